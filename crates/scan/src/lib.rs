#![doc = include_str!("../README.md")]

pub mod answer;
mod batcher;
mod error;
pub mod events;
mod facts;
pub mod list;
mod measures;
pub mod past;
pub mod redeemed;
pub mod rules;
mod service;
mod settings;
mod store;
pub mod types;
pub mod verify;

pub use batcher::{BATCH_MAX, Options, Scanner};
pub use error::Error;
pub use service::{code_use, find};
pub use settings::Settings;

use tallymark_store::Migrations;

/// The tables of this crate.
pub const MIGRATIONS: Migrations = Migrations {
    owner: "scan",
    steps: &[
        ("0001_scan", include_str!("../migrations/0001_scan.sql")),
        ("0002_place_source", include_str!("../migrations/0002_place_source.sql")),
        ("0003_past", include_str!("../migrations/0003_past.sql")),
        ("0004_first_new", include_str!("../migrations/0004_first_new.sql")),
        ("0005_lists", include_str!("../migrations/0005_lists.sql")),
        ("0006_lists_by_id", include_str!("../migrations/0006_lists_by_id.sql")),
        ("0007_redeemed", include_str!("../migrations/0007_redeemed.sql")),
    ],
};

/// The tables of this crate and of every crate below it, in the order in which they are made.
pub const ALL_MIGRATIONS: &[Migrations] = &[
    tallymark_store::MIGRATIONS,
    tallymark_ledger::MIGRATIONS,
    tallymark_partners::MIGRATIONS,
    tallymark_people::MIGRATIONS,
    tallymark_traces::MIGRATIONS,
    tallymark_goods::MIGRATIONS,
    tallymark_campaigns::MIGRATIONS,
    tallymark_settlement::MIGRATIONS,
    MIGRATIONS,
];
