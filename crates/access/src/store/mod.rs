//! Every statement of this crate, one file for each group of tables.

pub(crate) mod attempt;
pub(crate) mod key;
pub(crate) mod link;
pub(crate) mod oidc;
pub(crate) mod session;
pub(crate) mod sign_in_link;
pub(crate) mod user;
pub(crate) mod view;
