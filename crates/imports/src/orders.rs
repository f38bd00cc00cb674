//! Rows of a file as orders: pure, from a mapping, a header and rows.

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
