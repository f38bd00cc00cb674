#![doc = include_str!("../README.md")]

pub mod api;
mod error;
pub mod rules;
mod service;
mod store;
mod types;

pub use error::Error;
pub use service::{active, create, find, list, set_status};
pub use tallymark_base::lifecycle::Status;
pub use types::{NewRebateRule, RebateRule, Recipient};

use tallymark_store::Migrations;

/// The tables of this crate.
pub const MIGRATIONS: Migrations = Migrations {
    owner: "settlement",
    steps: &[("0001_settlement", include_str!("../migrations/0001_settlement.sql"))],
};
