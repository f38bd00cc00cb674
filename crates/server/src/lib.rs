#![doc = include_str!("../README.md")]

mod api;
mod app;
mod health;
mod hosts;
mod jobs;
mod link;
mod outside;
mod page;
mod serve;
pub mod tenants;

pub use app::{App, Network, description, description_json};
pub use outside::{Outside, OutsideOptions};
pub use serve::{Running, start};

use tallymark_store::Migrations;

/// The tables of the whole product, in the order in which they are made.
pub fn migrations() -> Vec<Migrations> {
    [tallymark_scan::ALL_MIGRATIONS, &[tallymark_providers::MIGRATIONS], &tallymark_access::MIGRATIONS].concat()
}
