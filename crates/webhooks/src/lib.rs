#![doc = include_str!("../README.md")]

mod error;
pub mod rules;
mod service;
mod store;
mod types;

pub use error::Error;
pub use service::manage::{create, find, list, new_secret, remove, replace, test};
pub use service::take::take;
pub use service::tell::{Message, Teller, tell};
pub use types::{NewWebhook, Secret, Webhook, WebhookState};

use tallymark_store::Migrations;

/// The tables of this crate.
pub const MIGRATIONS: Migrations =
    Migrations { owner: "webhooks", steps: &[("0001_webhooks", include_str!("../migrations/0001_webhooks.sql"))] };

/// What a message is that only tries whether a webhook works.
pub const TEST_EVENT: &str = "webhook.test";
