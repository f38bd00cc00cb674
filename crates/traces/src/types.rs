//! What is captured, asked and answered.

use serde::{Deserialize, Serialize};
use tallymark_base::Timestamp;
use tallymark_base::id::{CaptureId, SubscriptionId};
use tallymark_epcis::Event;
use utoipa::ToSchema;

/// What happens with a document of which an event is wrong.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Behaviour {
    /// Nothing of it is kept.
    #[default]
    Rollback,
    /// The others are kept.
    Proceed,
}

/// What went wrong with one event (RFC 7807).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CaptureError {
    /// The exception of EPCIS.
    #[serde(rename = "type")]
    #[schema(example = "epcisException:ValidationException")]
    pub type_uri: String,
    /// Its name.
    pub title: String,
    /// The status that it alone would have.
    pub status: u16,
    /// Which event, which field, and why.
    pub detail: String,
}

impl CaptureError {
    /// An event that is wrong in itself.
    pub(crate) fn validation(detail: String) -> Self {
        Self {
            type_uri: "epcisException:ValidationException".to_owned(),
            title: "Validation error".to_owned(),
            status: 400,
            detail,
        }
    }

    /// Another event has the id.
    pub(crate) fn taken(detail: String) -> Self {
        Self {
            type_uri: "epcisException:ResourceAlreadyExistsException".to_owned(),
            title: "Resource already exists".to_owned(),
            status: 409,
            detail,
        }
    }
}

/// What became of a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CaptureJob {
    /// Its id.
    #[serde(rename = "captureID")]
    pub capture_id: CaptureId,
    /// When it came.
    pub created_at: Timestamp,
    /// When it was done.
    pub finished_at: Timestamp,
    /// Always false: a document is captured when it is answered.
    pub running: bool,
    /// Whether nothing was wrong.
    pub success: bool,
    /// What happened with what was right.
    pub capture_error_behaviour: Behaviour,
    /// What was wrong, at most the first hundred.
    pub errors: Vec<CaptureError>,
}

/// A query with a name.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NamedQuery {
    /// Its name: 1 to 120 letters, digits, `-`, `_` and `.`.
    pub name: String,
    /// Its parameters.
    #[schema(value_type = Object)]
    pub query: serde_json::Map<String, serde_json::Value>,
}

/// Which part of an answer is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// How many events at most.
    pub per_page: usize,
    /// Where the page before ended.
    pub token: Option<String>,
}

/// A page of events.
#[derive(Debug)]
pub struct Found {
    /// The events, complete.
    pub events: Vec<Event>,
    /// Where the next page begins; none after the last.
    pub next: Option<String>,
}

/// When a scheduled query runs, like cron, in UTC: each field a number, a list `1,15`, or ranges `[1-5]`; what is left out is any,
/// and seconds that are left out are 0.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Schedule {
    /// 0 to 59.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second: Option<String>,
    /// 0 to 59.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minute: Option<String>,
    /// 0 to 23.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hour: Option<String>,
    /// 1 to 31.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day_of_month: Option<String>,
    /// 1 to 12.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub month: Option<String>,
    /// 1 (Monday) to 7.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub day_of_week: Option<String>,
}

/// Who is to be told what a query finds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewSubscription {
    /// The address that is called: `https://`, or this machine.
    pub dest: String,
    /// What messages are signed with: `GS1-Signature` is `sha256=` and the HMAC-SHA256 of the body, hexadecimal.
    #[serde(default, skip_serializing)]
    pub signature_token: Option<String>,
    /// Another name of the same.
    #[serde(default, skip_serializing)]
    pub secret: Option<String>,
    /// Tell events that were recorded from this moment on; left out: from the subscription on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initial_record_time: Option<Timestamp>,
    /// Whether a schedule tells that there is nothing.
    #[serde(default)]
    pub report_if_empty: bool,
    /// When the query runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schedule: Option<Schedule>,
    /// Events are told as they come.
    #[serde(default)]
    pub stream: bool,
}

/// Somebody who is told what a query finds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Subscription {
    /// Its id.
    #[serde(rename = "subscriptionID")]
    pub subscription_id: SubscriptionId,
    /// What was asked for, without the secret.
    #[serde(flatten)]
    pub asked: NewSubscription,
    /// Since when.
    pub created_at: Timestamp,
    /// When something was last told and taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_notified_at: Option<Timestamp>,
    /// Why the last try failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_error: Option<String>,
}
