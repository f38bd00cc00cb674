#![doc = include_str!("../README.md")]

pub mod api;
mod catalog;
pub mod dimensions;
mod error;
pub mod events;
pub mod print;
pub mod rules;
mod service;
mod store;
mod types;

pub use catalog::{Catalog, Found, State};
pub use error::Error;
pub use service::catalog::catalog;
pub use service::keys::CodeKeys;
pub use service::shipping::{check_within, custodians, custody_chain, ship, shipment};
pub use service::{batch, keys, product};
pub use types::{
    Activation, Batch, BatchStatus, Custody, Faces, NewBatch, NewProduct, NewShipment, Product, Serials, Shipment,
    Unit, Voiding,
};

use tallymark_store::Migrations;

/// The tables of this crate.
pub const MIGRATIONS: Migrations =
    Migrations { owner: "goods", steps: &[("0001_goods", include_str!("../migrations/0001_goods.sql"))] };

/// The table of keys that codes are minted under: a backup keeps its rows apart.
pub const KEY_TABLE: &str = "code_key";
