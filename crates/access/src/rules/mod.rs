//! Pure decisions: what roles may do, which passwords and addresses are taken, how long one waits after failures, and
//! which code a clock shows.

pub mod attempt;
pub mod role;
pub mod text;
pub mod totp;

pub use role::{Role, permissions};
