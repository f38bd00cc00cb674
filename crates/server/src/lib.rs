#![doc = include_str!("../README.md")]

mod api;
mod app;
mod clerk;
pub mod condition;
mod console;
mod docs;
mod events;
pub mod everybody;
pub mod export;
pub mod exports;
mod health;
mod holdings;
mod hosts;
mod jobs;
mod measures;
mod outside;
mod page;
pub mod privacy;
mod redeemed;
pub mod rotation;
mod serve;
pub mod simulation;
mod streams;
mod subscribers;
mod tasks;
pub mod tenants;
pub mod timeline;
mod webhooks;

pub use app::{App, Network, PER_KEY, PER_USER, description, description_json};
pub use console::Console;
pub use events::{dimensions, event_names, registry};
pub use holdings::Wallets;
pub use outside::{Outside, OutsideOptions};
pub use serve::{Plan, Running, start, start_at};

use tallymark_store::Migrations;

/// The tables of the whole product, in the order in which they are made.
pub fn migrations() -> Vec<Migrations> {
    let beside = [
        tallymark_exports::MIGRATIONS,
        tallymark_imports::MIGRATIONS,
        tallymark_intake::MIGRATIONS,
        tallymark_lake::MIGRATIONS,
        tallymark_orders::MIGRATIONS,
        tallymark_providers::MIGRATIONS,
        tallymark_webhooks::MIGRATIONS,
    ];
    [tallymark_scan::ALL_MIGRATIONS, &beside, &tallymark_access::MIGRATIONS].concat()
}

/// The tables whose rows are keys: a backup keeps them apart.
pub const KEY_TABLES: &[&str] =
    &[tallymark_people::KEY_TABLE, tallymark_goods::KEY_TABLE, TENANT_KEYS[0], TENANT_KEYS[1]];
const TENANT_KEYS: [&str; 2] = tallymark_partners::KEY_TABLES;
