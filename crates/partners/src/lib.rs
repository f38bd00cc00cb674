#![doc = include_str!("../README.md")]

pub mod api;
pub mod dimensions;
mod error;
pub mod rules;
mod service;
mod store;
mod types;

pub use error::Error;
pub use service::{organisation, tenant};
pub use types::{NewOrganisation, NewTenant, Organisation, OrganisationKind, Tenant};

use tallymark_store::Migrations;

/// The tables of this crate.
pub const MIGRATIONS: Migrations =
    Migrations { owner: "partners", steps: &[("0001_partners", include_str!("../migrations/0001_partners.sql"))] };

/// The table with the secrets of tenants: a backup keeps its rows apart.
pub const KEY_TABLE: &str = "tenant";
