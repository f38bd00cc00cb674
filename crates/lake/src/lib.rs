#![doc = include_str!("../README.md")]

pub mod api;
mod columns;
mod decode;
mod durable;
mod error;
mod lake;
mod location;
mod memory;
pub mod query;
mod status;
mod store;
mod table;
mod tail;
mod writer;

pub use error::Error;
pub use lake::{Ended, Lake};
pub use location::Location;
pub use memory::Memory;
pub use query::{Answer, Current, Limits, Question, SeenTable};
pub use status::{Pending, PutAsideCount, Status, TableStatus, covered_until, pending, status};
pub use store::PutAside;
pub use tail::TailLimits;
pub use writer::{Kept, Rewound, Settings, Step, Writer};

use tallymark_store::Migrations;

/// The tables of this crate.
pub const MIGRATIONS: Migrations = Migrations {
    owner: "lake",
    steps: &[
        ("0001_lake", include_str!("../migrations/0001_lake.sql")),
        ("0002_snapshot", include_str!("../migrations/0002_snapshot.sql")),
        ("0003_place", include_str!("../migrations/0003_place.sql")),
    ],
};
