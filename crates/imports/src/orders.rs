//! Rows of a file as orders: pure, from a mapping, a header and rows.
//!
//! The rows of an order mostly stand one after the other; then an order is whole when the next begins. Where they do not, a first
//! look at the file counts the rows of each, and an order is held until it has all of them.

mod assembler;
mod plan;

use tallymark_orders::NewOrder;

pub(crate) use assembler::Assembler;

/// An order, and where it stands in the file.
#[derive(Debug)]
pub(crate) struct OrderOfRows {
    pub(crate) order: NewOrder,
    /// The line of its first row.
    pub(crate) line: u64,
    pub(crate) rows: u64,
}
