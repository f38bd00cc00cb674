#![doc = include_str!("../README.md")]

mod api;
mod app;
mod events;
mod health;
mod hosts;
mod jobs;
mod link;
mod measures;
mod outside;
mod page;
mod serve;
pub mod tenants;

pub use app::{App, Network, PER_KEY, PER_USER, description, description_json};
pub use events::{dimensions, registry};
pub use outside::{Outside, OutsideOptions};
pub use serve::{Running, start};

use tallymark_store::Migrations;

/// The tables of the whole product, in the order in which they are made.
pub fn migrations() -> Vec<Migrations> {
    let beside = [
        tallymark_imports::MIGRATIONS,
        tallymark_intake::MIGRATIONS,
        tallymark_lake::MIGRATIONS,
        tallymark_providers::MIGRATIONS,
    ];
    [tallymark_scan::ALL_MIGRATIONS, &beside, &tallymark_access::MIGRATIONS].concat()
}

/// The tables whose rows are keys: a backup keeps them apart.
pub const KEY_TABLES: &[&str] =
    &[tallymark_people::KEY_TABLE, tallymark_goods::KEY_TABLE, tallymark_partners::KEY_TABLE];
