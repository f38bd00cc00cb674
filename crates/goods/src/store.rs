//! Every statement about goods.

pub(crate) mod activation;
pub(crate) mod batch;
pub(crate) mod key;
pub(crate) mod link;
pub(crate) mod list;
pub(crate) mod operation;
pub(crate) mod pack_profile;
pub(crate) mod package;
pub(crate) mod product;
pub(crate) mod recall;
pub(crate) mod shipment;
pub(crate) mod sscc;
pub(crate) mod trace;

use tallymark_store::{Error, Row, Value};

use crate::Serials;

/// A count, index or serial as it is stored. All of them are far below 2^63: they were checked against 2^40.
fn number(value: u64) -> Value {
    (value as i64).into()
}

fn number_of(row: &Row, column: usize) -> Result<u64, Error> {
    let value = row.int(column)?;
    u64::try_from(value).map_err(|_| Error::Unreadable(format!("column {column} holds {value}")))
}

/// Serials in two neighbouring columns.
fn serials_of(row: &Row, from: usize) -> Result<Serials, Error> {
    Ok(Serials::new(number_of(row, from)?, number_of(row, from + 1)?))
}

fn unreadable(what: &str, value: impl std::fmt::Display) -> Error {
    Error::Unreadable(format!("{what} {value}"))
}
