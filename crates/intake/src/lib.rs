#![doc = include_str!("../README.md")]

pub mod api;
pub mod definition;
pub mod desk;
mod error;
mod event;
pub mod events;
pub mod forget;
pub mod identifier;
mod intake;
mod json;
mod keys;
mod limits;
pub mod privacy;
mod reply;
mod service;
mod settings;
mod store;
mod time;
pub mod traits;
pub mod wire;

pub use error::Error;
pub use event::context::{App, Campaign, Context, Device, ExternalId, Library, Page, System};
pub use event::{Event, Flaw, Kind};
pub use intake::Intake;
pub use json::object::Object;
pub use limits::Limits;
pub use reply::{Refusal, SUCCESS_BODY};
pub use time::{EventTime, TimeBasis, TimeFlag};
pub use wire::{Endpoint, Outcome, Quarantined, Request, receive};

use tallymark_store::Migrations;

/// The tables of this crate.
pub const MIGRATIONS: Migrations = Migrations {
    owner: "intake",
    steps: &[
        ("0001_intake", include_str!("../migrations/0001_intake.sql")),
        ("0002_namespace", include_str!("../migrations/0002_namespace.sql")),
    ],
};
