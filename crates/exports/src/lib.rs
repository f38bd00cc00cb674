#![doc = include_str!("../README.md")]

mod cell;
mod csv;
mod error;
mod keys;
mod service;
mod store;
mod table;
mod types;
mod xlsx;

pub use cell::{Cell, NUMBER_DIGITS_MAX, TEXT_CHARS_MAX};
pub use error::Error;
pub use service::{
    ATTEMPTS_MAX, File, KEPT_FOR, New, Pages, RUN_JOB, begin, cancel, carry_out, fail, find, forget, later, list,
    retry, withdraw,
};
pub use table::{Head, Table};
pub use types::{Format, Run, State};

use tallymark_store::Migrations;

/// The tables of this crate.
pub const MIGRATIONS: Migrations =
    Migrations { owner: "exports", steps: &[("0001_exports", include_str!("../migrations/0001_exports.sql"))] };
