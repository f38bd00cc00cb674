//! Events: their envelope, and how an event type declares itself, once.
//!
//! Every business fact is an event. A domain declares its event types in `events.rs` with [`event!`](crate::event!):
//! one struct each, whose documentation is the description, whose fields' documentation is their meaning, and whose
//! field types ([`FieldValue`]) say how they are written. From that one declaration come the JSON Schema
//! ([`schema`]), the columns of the lake, the catalogue and the documents.
//!
//! ```
//! use tallymark_base::event;
//! use tallymark_base::event::{Event, FieldType};
//! use tallymark_base::id::{AccountId, ScanId};
//!
//! event! {
//!     /// A scan won points.
//!     pub struct PointsWon = "example.points_won", version 1, owner "example" {
//!         /// id of the scan
//!         scan: ScanId,
//!         /// points
//!         amount: i64 [points],
//!         /// source account that won; null when it is not known
//!         account: Option<AccountId> [pseudonym],
//!     }
//! }
//!
//! let [scan, amount, account] = PointsWon::TYPE.fields else { panic!("three fields") };
//! assert_eq!(scan.meaning, "id of the scan");
//! assert_eq!(amount.field_type, FieldType::Points);
//! assert!(account.is_nullable);
//! # _ = (PointsWon { scan: tallymark_base::TypedId::from_raw(1), amount: 2, account: None }, EVENTS);
//! ```

mod declare;
mod field;
mod registry;
pub mod schema;

use serde::Serialize;

pub use self::declare::sentence;
pub use self::field::{Field, FieldType, FieldValue, Personal, Shape, Word};
pub use self::registry::Registry;
use crate::time::Timestamp;

/// The declaration of an event type.
#[derive(Debug, Clone, Copy)]
pub struct EventType {
    /// Dotted name, subject first: `scan.decided`.
    pub name: &'static str,
    /// Raised when a field changes its meaning or type, or goes; a new nullable field keeps it.
    pub version: u16,
    /// The crate that emits it.
    pub owner: &'static str,
    /// One sentence.
    pub description: &'static str,
    /// Every field of `data`.
    pub fields: &'static [Field],
}

/// An event: a serializable struct with its declaration.
pub trait Event: Serialize {
    /// The declaration.
    const TYPE: EventType;
}

/// What surrounds every event on its way to the lake and to webhooks.
#[derive(Debug, Serialize)]
pub struct Envelope<'a, E> {
    /// Unique for ever; consumers drop what they have seen.
    pub id: i64,
    /// Whose event it is.
    pub tenant: i64,
    /// When it happened.
    pub at: Timestamp,
    /// The event's own fields.
    pub data: &'a E,
}

impl EventType {
    /// Whether it declares the rows of a dimension: what events name by id, read from the database as a whole, instead of
    /// what happened.
    pub fn is_dimension(&self) -> bool {
        self.name.starts_with("dim.")
    }

    /// The name of its table in the lake: `scan_decided`, and `scan_decided_v2` from version 2 on, because a raised
    /// version means that the columns do not fit the old ones.
    pub fn table(&self) -> String {
        let name = self.name.replace('.', "_");
        if self.version == 1 { name } else { format!("{name}_v{}", self.version) }
    }
}
