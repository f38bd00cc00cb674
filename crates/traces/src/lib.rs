#![doc = include_str!("../README.md")]

pub mod api;
mod error;
mod hook;
mod keys;
pub mod rules;
mod service;
mod store;
mod types;

pub use error::Error;
pub use hook::{Captured, Hook, NoHook, Short, Whereabouts, WrittenOut};
pub use service::forget::forget;
pub use service::prepare::{Prepared, prepare};
pub use service::short::{NewShort, append};
pub use service::sockets::{Pace, Sockets};
pub use service::standing::{Standing, standing};
pub use service::subscribe::{Message, Teller};
pub use service::traces::Traces;
pub use types::{
    Behaviour, CaptureError, CaptureJob, Found, NamedQuery, NewSubscription, Page, Schedule, Subscription,
};

use tallymark_store::Migrations;

/// The tables of this crate.
pub const MIGRATIONS: Migrations = Migrations {
    owner: "traces",
    steps: &[
        ("0001_traces", include_str!("../migrations/0001_traces.sql")),
        ("0002_short", include_str!("../migrations/0002_short.sql")),
        ("0003_event_id", include_str!("../migrations/0003_event_id.sql")),
    ],
};
