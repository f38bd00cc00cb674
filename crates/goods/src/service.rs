//! Use cases about goods, inside the caller's transaction.

pub mod batch;
pub(crate) mod catalog;
pub mod keys;
pub mod product;
pub(crate) mod shipping;
