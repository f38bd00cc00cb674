//! Use cases, inside the caller's transaction.

pub(crate) mod articles;
mod batch;
pub(crate) mod find;
pub(crate) mod points;
pub(crate) mod record;
