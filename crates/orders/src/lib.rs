#![doc = include_str!("../README.md")]

pub mod api;
mod error;
pub mod events;
mod keys;
pub mod rules;
mod service;
mod store;
mod types;
pub mod verify;

pub use error::Error;
pub use service::articles::{Articles, put_articles};
pub use service::find::{count_of_accounts, find, find_by_number, list, page_of_accounts};
pub use service::points::{create_rule, find_rule, list_rules, set_rule_status};
pub use service::record::{Desk, record};
pub use tallymark_base::lifecycle::Status;
pub use types::{
    Article, Decision, Grant, NewLine, NewOrder, NewPointsRule, Order, Outcome, Part, PointsRule, Recorded,
};

use tallymark_store::Migrations;

/// The tables of this crate.
pub const MIGRATIONS: Migrations =
    Migrations { owner: "orders", steps: &[("0001_orders", include_str!("../migrations/0001_orders.sql"))] };

/// Orders that are recorded in one transaction.
pub const ORDERS_MAX: usize = 1_024;
/// Lines of an order.
pub const LINES_MAX: usize = 2_000;
/// Characters of a number, a source's shop, an article's code.
pub const CODE_CHARS_MAX: usize = 64;
/// Characters of names that people gave.
pub const NAME_CHARS_MAX: usize = 200;
/// Decimals of a quantity: it is counted in thousandths.
pub const QUANTITY_DIGITS: u32 = 3;
