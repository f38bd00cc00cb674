//! Every statement about events.

pub(crate) mod event;
pub(crate) mod index;
pub(crate) mod other;

use tallymark_store::{Error, Row};

fn number_array(row: &Row, column: usize) -> Result<[u8; 16], Error> {
    row.array(column)
}
