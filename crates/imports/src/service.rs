//! Beginning imports, carrying them out, and looking at them.

mod batch;
pub(crate) mod begin;
pub(crate) mod brand;
pub(crate) mod forget;
pub(crate) mod manage;
pub(crate) mod preview;
pub(crate) mod preview_codes;
pub(crate) mod preview_operations;
pub(crate) mod preview_orders;
pub(crate) mod run;
mod take;
pub(crate) mod trial;
