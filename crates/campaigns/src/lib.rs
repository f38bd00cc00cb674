#![doc = include_str!("../README.md")]

pub mod api;
pub mod dimensions;
mod error;
pub mod rules;
mod service;
mod store;
mod types;

pub use error::Error;
pub use service::{active, caps, change, create, days, find, list, set_status, slices};
pub use tallymark_base::lifecycle::Status;
pub use types::{Audience, Campaign, Caps, NewCampaign, NewPrize, Prize, Reward};

use tallymark_store::Migrations;

/// The tables of this crate.
pub const MIGRATIONS: Migrations = Migrations {
    owner: "campaigns",
    steps: &[
        ("0001_campaigns", include_str!("../migrations/0001_campaigns.sql")),
        ("0002_version", include_str!("../migrations/0002_version.sql")),
    ],
};
