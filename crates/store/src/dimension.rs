//! Dimensions: what events name by id, as tables of the lake.
//!
//! A domain declares the rows of a dimension as it declares an event ([`tallymark_base::event!`], in `dimensions.rs`, with
//! a name that begins with `dim.`) and gives a function that reads them page by page. The lake writes all pages as one
//! snapshot that takes the place of the one before.

use std::pin::Pin;

use tallymark_base::Timestamp;
use tallymark_base::event::{Envelope, Event, EventType};

use crate::{Error, Tx};

/// A dimension and how it is read.
#[derive(Debug, Clone, Copy)]
pub struct Dimension {
    /// What its rows hold.
    pub declared: EventType,
    /// Reads the rows after a key, of every tenant, in order of the key.
    pub read: Read,
}

/// Reads up to so many rows whose key (tenant, id) comes after this one; `(0, 0)` comes before all.
pub type Read = for<'a> fn(&'a mut Tx, (i64, i64), u32) -> Reading<'a>;

/// A page that is being read.
pub type Reading<'a> = Pin<Box<dyn Future<Output = Result<Page, Error>> + Send + 'a>>;

/// Some rows of a dimension, in order of their key.
#[derive(Debug, Default)]
pub struct Page {
    /// JSON lines of [`Envelope`], each with the row's id and the moment at which it was made.
    pub lines: Vec<u8>,
    /// The key of the last row; `None` where there is no row.
    pub last: Option<(i64, i64)>,
}

impl Page {
    /// Adds a row.
    pub fn push<E: Event>(&mut self, tenant: i64, id: i64, made_at: Timestamp, row: &E) {
        serde_json::to_writer(&mut self.lines, &Envelope { id, tenant, at: made_at, data: row })
            .expect("a row is a plain struct: it always serializes");
        self.lines.push(b'\n');
        self.last = Some((tenant, id));
    }
}
