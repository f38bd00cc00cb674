#![doc = include_str!("../README.md")]

pub mod api;
pub mod dimensions;
mod error;
pub mod rules;
mod service;
mod store;
mod types;

pub use error::Error;
pub use service::{organisation, rotation, tenant};
pub use types::{Generation, NewOrganisation, NewTenant, Organisation, OrganisationKind, Rotated, Tenant};

use tallymark_store::Migrations;

/// The tables of this crate.
pub const MIGRATIONS: Migrations = Migrations {
    owner: "partners",
    steps: &[
        ("0001_partners", include_str!("../migrations/0001_partners.sql")),
        ("0002_tenant_key", include_str!("../migrations/0002_tenant_key.sql")),
    ],
};

/// The tables with the secrets of tenants: a backup keeps their rows apart.
pub const KEY_TABLES: [&str; 2] = ["tenant", "tenant_key"];
