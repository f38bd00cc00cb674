#![doc = include_str!("../README.md")]

mod error;
pub mod rules;
mod service;
mod store;
mod types;
pub mod verify;

pub use error::Error;
pub use service::{balances, find, post, resolve, slots};
pub use types::{AccountKey, Balance, Book, Code, Posted, Resolution, Transfer};

use tallymark_store::Migrations;

/// The tables of this crate.
pub const MIGRATIONS: Migrations =
    Migrations { owner: "ledger", steps: &[("0001_ledger", include_str!("../migrations/0001_ledger.sql"))] };
