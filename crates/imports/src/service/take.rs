//! Taking what rows are, by their kind.

mod articles;
mod codes;
mod members;
mod operations;
mod orders;

pub(super) use articles::Articles;
pub(super) use codes::Codes;
pub(super) use members::Members;
pub(super) use operations::Operations;
pub(super) use orders::Orders;
