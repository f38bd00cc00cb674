//! The event envelope, and how an event type declares itself.
//!
//! Every business fact is an event. A domain declares each of its event types once, in `events.rs`, as a struct that
//! implements [`Event`]; the catalogue, the schema and the documents come from that declaration.

use serde::Serialize;

use crate::time::Timestamp;

/// How personal a field is. Fields above `None` never hold a readable value in an event: only opaque ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Personal {
    /// Says nothing about a person.
    None,
    /// An opaque id that stands for a person; the key that gives it meaning lives in the vault.
    Pseudonym,
}

/// One field of an event type.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Field {
    /// Name in the JSON of the event.
    pub name: &'static str,
    /// What it means, with unit and allowed values.
    pub meaning: &'static str,
    /// Whether it concerns a person.
    pub personal: Personal,
}

/// Shorthand for a field that says nothing about a person.
pub const fn field(name: &'static str, meaning: &'static str) -> Field {
    Field { name, meaning, personal: Personal::None }
}

/// Shorthand for a field that stands for a person.
pub const fn pseudonym(name: &'static str, meaning: &'static str) -> Field {
    Field { name, meaning, personal: Personal::Pseudonym }
}

/// The declaration of an event type.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct EventType {
    /// Dotted name, subject first: `scan.decided`.
    pub name: &'static str,
    /// Raised when a field changes its meaning or goes; adding a field keeps it.
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
