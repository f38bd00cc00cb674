//! Use cases about goods, inside the caller's transaction.

pub mod batch;
mod captured;
pub(crate) mod catalog;
pub(crate) mod contents;
pub mod exceptions;
pub mod flows;
pub mod keys;
pub mod links;
pub mod listing;
pub(crate) mod operation;
pub mod operations;
pub(crate) mod own_events;
pub mod pack_profiles;
pub mod packages;
pub mod product;
pub(crate) mod reading;
pub mod recall;
pub(crate) mod returns;
pub mod shipments;
pub(crate) mod shipping;
mod telling;
pub(crate) mod trace;
