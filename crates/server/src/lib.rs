#![doc = include_str!("../README.md")]

mod api;
mod app;
mod health;
mod hosts;
mod jobs;
pub mod keys;
mod link;
mod measures;
mod page;
mod serve;
mod store;
pub mod tenants;

pub use app::{App, Network, description};
pub use serve::{Running, start};

use tallymark_store::Migrations;

/// The server's own tables.
const OWN: Migrations =
    Migrations { owner: "server", steps: &[("0001_api_key", include_str!("../migrations/0001_api_key.sql"))] };

/// The tables of the whole product, in the order in which they are made.
pub fn migrations() -> Vec<Migrations> {
    [tallymark_scan::ALL_MIGRATIONS, &[OWN]].concat()
}

/// The tables whose rows are keys: a backup keeps them apart.
pub const KEY_TABLES: &[&str] =
    &[tallymark_people::KEY_TABLE, tallymark_goods::KEY_TABLE, tallymark_partners::KEY_TABLE];
