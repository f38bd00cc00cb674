//! What is refused about codes. No text repeats a number or a code.

use std::time::Duration;

use tallymark_base::id::IdError;
use tallymark_base::seal::SealError;
use tallymark_base::{Fault, Kind};
use tallymark_store::outbox::SaveError;

/// A limit of one-time codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// A minute between two codes for a phone.
    Resend,
    /// Codes for a phone in a day.
    Phone,
    /// Codes for a network address in a day.
    Address,
    /// Messages of the tenant in a day.
    Messages,
    /// What the tenant's messages of a day may cost.
    Budget,
}

/// A refused request about a code. Nothing was changed, or the caller's transaction must be rolled back.
#[derive(Debug, thiserror::Error)]
pub enum CodeError {
    /// A limit was reached.
    #[error("{}; ask again in {} s", explain(*limit), wait.as_secs() + u64::from(wait.subsec_nanos() > 0))]
    Limited {
        /// Which.
        limit: Limit,
        /// When it is over.
        wait: Duration,
    },
    /// Something other than a phone number was to get a code.
    #[error("a code is sent to a phone number, and asked for on a device")]
    NoPhone,
    /// About people in general.
    #[error(transparent)]
    People(#[from] crate::Error),
    /// The database.
    #[error(transparent)]
    Store(#[from] tallymark_store::Error),
    /// No id could be issued.
    #[error(transparent)]
    Id(#[from] IdError),
    /// A sealed message does not open.
    #[error(transparent)]
    Seal(#[from] SealError),
}

impl CodeError {
    /// Whether rolling back and doing the same again may succeed at once.
    pub const fn is_worth_repeating(&self) -> bool {
        match self {
            Self::People(crate::Error::Store(error)) | Self::Store(error) => error.is_worth_repeating(),
            _ => false,
        }
    }
}

const fn explain(limit: Limit) -> &'static str {
    match limit {
        Limit::Resend => "a code was asked for this number less than a minute ago",
        Limit::Phone => "this number was sent as many codes as a number gets in a day",
        Limit::Address => "as many codes were asked for from here as an address gets in a day",
        Limit::Messages | Limit::Budget => "no more codes are sent today",
    }
}

impl Fault for CodeError {
    fn code(&self) -> &'static str {
        match self {
            Self::Limited { limit, .. } => match limit {
                Limit::Resend => "code.resend",
                Limit::Phone => "code.phone_limit",
                Limit::Address => "code.address_limit",
                Limit::Messages => "code.message_limit",
                Limit::Budget => "code.budget",
            },
            Self::NoPhone => "code.no_phone",
            Self::People(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::Id(error) => error.code(),
            Self::Seal(error) => error.code(),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Limited { .. } => Kind::TooMany,
            Self::NoPhone => Kind::Invalid,
            Self::People(error) => error.kind(),
            Self::Store(error) => error.kind(),
            Self::Id(error) => error.kind(),
            Self::Seal(error) => error.kind(),
        }
    }
}

impl From<SaveError> for CodeError {
    fn from(error: SaveError) -> Self {
        match error {
            SaveError::Store(error) => Self::Store(error),
            SaveError::Id(error) => Self::Id(error),
        }
    }
}
