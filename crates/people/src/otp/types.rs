//! What is asked about codes and messages, and what is answered.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::Serialize;
use tallymark_base::Timestamp;
use tallymark_base::geography::Adcode;
use tallymark_base::id::{MessageId, PersonId, ProductId};
use utoipa::ToSchema;

use crate::Identifier;

/// Somebody asks for a code.
#[derive(Debug, Clone, Copy)]
pub struct CodeRequest<'a> {
    /// For this number.
    pub phone: &'a Identifier,
    /// On this device; only there the code will be good.
    pub device: &'a Identifier,
    /// From this network address; for IPv6 its /64 network.
    pub address: IpAddr,
    /// The template of the message; it has one place, `code`.
    pub template: &'a str,
    /// What the message costs at most, in fen: set aside of the day's budget.
    pub price_fen: i64,
    /// What the tenant's messages of a day may cost, in fen.
    pub budget_fen: i64,
    /// How many messages of a day the tenant may send.
    pub messages_max: i64,
    /// The tenant's day, as days since 1970-01-01 in its zone.
    pub day: i64,
    /// When that day ends.
    pub day_ends: Timestamp,
}

/// What came of an answer with a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answered {
    /// It was right, now or before: device and phone belong to this person.
    Joined(PersonId),
    /// It was wrong.
    Wrong {
        /// How many more answers the code is good for.
        answers_left: i64,
    },
    /// It has not six digits, and was not counted.
    NotACode,
    /// There is no code to answer: none was asked for on this device, it is too old, or it was answered too often.
    NoCode,
}

/// A message that is to be handed to a provider.
#[derive(Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// Its id, which the provider is told.
    pub id: MessageId,
    /// The number, in E.164. Personal: never into a log.
    pub phone: String,
    /// The template.
    pub template: String,
    /// The template's values; the code among them is secret.
    pub params: BTreeMap<String, String>,
}

impl std::fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Outgoing({}, {}, hidden)", self.id, self.template)
    }
}

/// How far a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessageStatus {
    /// Waits to be sent.
    Waiting,
    /// A provider was told and has not answered yet.
    HandedOver,
    /// A provider took it.
    Sent,
    /// The provider refused it, or it was given up.
    Refused,
    /// It would have come after the code's end, and was not sent.
    TooLate,
    /// A provider was told and did not say what it did; it was not told again, lest it come twice.
    PerhapsSent,
}

impl MessageStatus {
    pub(super) const fn number(self) -> i64 {
        match self {
            Self::Waiting => 0,
            Self::HandedOver => 1,
            Self::Sent => 2,
            Self::Refused => 3,
            Self::TooLate => 4,
            Self::PerhapsSent => 5,
        }
    }

    pub(super) const fn from_number(number: i64) -> Option<Self> {
        match number {
            0 => Some(Self::Waiting),
            1 => Some(Self::HandedOver),
            2 => Some(Self::Sent),
            3 => Some(Self::Refused),
            4 => Some(Self::TooLate),
            5 => Some(Self::PerhapsSent),
            _ => None,
        }
    }
}

/// On what page a code was typed in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Page {
    /// The product that the page tells of.
    pub product: Option<ProductId>,
    /// Where it was opened.
    pub place: Option<Adcode>,
}

/// A message as it is listed: neither number nor content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Message {
    /// Its id.
    pub id: MessageId,
    /// Its template.
    pub template: String,
    /// How far it is.
    pub status: MessageStatus,
    /// What it cost, in fen, once it has ended.
    pub cost_fen: Option<i64>,
    /// Who was told.
    pub provider: Option<String>,
    /// The provider's own id for it.
    pub provider_id: Option<String>,
    /// Why it was not sent.
    pub error: Option<String>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
}
