//! Webhooks and what is known of them.

use serde::{Deserialize, Serialize};
use tallymark_base::Timestamp;
use tallymark_base::id::WebhookId;
use utoipa::ToSchema;

/// A webhook to be added, or in the place of one.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWebhook {
    /// Where events are posted: `https://` and at most 500 characters.
    #[schema(example = "https://erp.example/hooks/tallymark")]
    pub url: String,
    /// Which events: names such as `goods.shipped`, `goods.*` for all of a domain, `*` for every event. 1 to 50.
    pub events: Vec<String>,
    /// Whether it is told; `on` unless said otherwise.
    #[serde(default)]
    pub state: WebhookState,
}

/// Whether a webhook is told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WebhookState {
    /// It is told.
    #[default]
    On,
    /// It is not: somebody turned it off, it failed for five days, or its address said that it is gone.
    Off,
}

impl WebhookState {
    /// The stored number.
    pub const fn number(self) -> i64 {
        match self {
            Self::On => 1,
            Self::Off => 2,
        }
    }

    /// From the stored number.
    pub const fn from_number(number: i64) -> Option<Self> {
        match number {
            1 => Some(Self::On),
            2 => Some(Self::Off),
            _ => None,
        }
    }
}

/// A webhook.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Webhook {
    /// Its id.
    pub id: WebhookId,
    /// Where events are posted.
    pub url: String,
    /// Which events.
    pub events: Vec<String>,
    /// Whether it is told.
    pub state: WebhookState,
    /// When it was added.
    pub created_at: Timestamp,
    /// Messages that it took.
    pub told: u64,
    /// Messages that wait for it; counted up to 10,000.
    pub waiting: u64,
    /// When it took the last one.
    pub told_at: Option<Timestamp>,
    /// Attempts in a row that failed.
    pub failures: u64,
    /// Why the last attempt failed; none since it took something.
    pub last_error: Option<String>,
    /// When it is tried again, where it failed.
    pub next_at: Option<Timestamp>,
}

/// What messages are signed with: `whsec_` and base64. Shown once; never written to a log.
#[derive(Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String)]
pub struct Secret(pub(crate) String);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret(…)")
    }
}
