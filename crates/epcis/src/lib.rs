#![doc = include_str!("../README.md")]

pub mod answer;
mod check;
pub mod context;
mod document;
pub mod equal;
mod event;
pub mod facts;
pub mod hash;
pub mod identifier;
pub mod query;
mod skim;
pub mod time;
pub mod uri;
pub mod vocabulary;

pub use check::{EventType, TYPES};
pub use context::Context;
pub use document::{Document, Refusal, Rejected, read, read_event};
pub use event::Event;

use serde::{Deserialize, Serialize};

/// How deep a value may be nested within a field.
const DEPTH_MAX: usize = 24;

/// One thing that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Where, as a JSON pointer (RFC 6901) within the event or document; empty: it as a whole.
    pub pointer: String,
    /// What is wrong and what would be right.
    pub reason: String,
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.pointer.is_empty() { f.write_str(&self.reason) } else { write!(f, "{}: {}", self.pointer, self.reason) }
    }
}

/// What is read at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a document.
    pub bytes_max: usize,
    /// Events of a document.
    pub events_max: usize,
    /// EPCs of an event, in all its lists together.
    pub epcs_per_event_max: usize,
    /// How deep an event may be nested.
    pub depth_max: usize,
}

impl Default for Limits {
    /// 16 MiB, 10,000 events, 50,000 EPCs an event, 24 levels.
    fn default() -> Self {
        Self { bytes_max: 16 << 20, events_max: 10_000, epcs_per_event_max: 50_000, depth_max: DEPTH_MAX }
    }
}
