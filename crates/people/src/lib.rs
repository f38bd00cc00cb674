#![doc = include_str!("../README.md")]

pub mod dimensions;
mod error;
pub mod events;
mod identifier;
mod keys;
pub mod otp;
pub mod policy;
pub mod rules;
mod service;
mod store;
mod types;

pub use error::Error;
pub use identifier::{GivenIdentifier, Identifier, IdentifierKind, Unusable};
pub use keys::{BlindIndex, PeopleKeys};
pub use policy::{EvidenceRule, standard_policy};
pub use service::{
    BATCH_MAX, IDENTIFIERS_MAX, consent, everybody, find, identity, list, person, portrait, privacy, profile,
    proposals, resolve, reveal, rotation, runs, set_tier, tags, vault,
};
pub use tallymark_identity::Policy;
pub use types::{Person, Resolved, Seen};

use tallymark_store::Migrations;

/// The tables of this crate.
pub const MIGRATIONS: Migrations = Migrations {
    owner: "people",
    steps: &[
        ("0001_people", include_str!("../migrations/0001_people.sql")),
        ("0002_phone_code", include_str!("../migrations/0002_phone_code.sql")),
        ("0003_identity", include_str!("../migrations/0003_identity.sql")),
        ("0004_privacy", include_str!("../migrations/0004_privacy.sql")),
        ("0005_portrait", include_str!("../migrations/0005_portrait.sql")),
        ("0006_proposal", include_str!("../migrations/0006_proposal.sql")),
        ("0007_tag", include_str!("../migrations/0007_tag.sql")),
        ("0008_lists", include_str!("../migrations/0008_lists.sql")),
    ],
};

/// The table of keys that seal personal values: a backup keeps its rows apart.
pub const KEY_TABLE: &str = "account_key";
