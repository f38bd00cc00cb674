//! Use cases of users, sessions, passwords and keys.

pub(crate) mod attempt;
pub mod key;
pub(crate) mod password;
pub mod second_factor;
pub mod session;
pub mod sign_in_link;
pub mod user;
pub mod view;
