//! What is refused about webhooks.

use tallymark_base::id::{IdError, WebhookId};
use tallymark_base::seal::SealError;
use tallymark_base::{Fault, Kind};

/// A refused request about a webhook.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such webhook.
    #[error("there is no webhook {id}")]
    NotFound {
        /// What was given.
        id: WebhookId,
    },
    /// As many as a brand may have.
    #[error("a brand has at most {max} webhooks; remove one that nobody listens to")]
    TooMany {
        /// The limit.
        max: usize,
    },
    /// An address that nothing is sent to.
    #[error("give an https:// address of at most {max} characters without user, password and fragment")]
    Url {
        /// The limit.
        max: usize,
    },
    /// No events, too many, or one that there is not.
    #[error("give 1 to {max} events: {given:?} is no name of one, nor a beginning such as goods.*")]
    Events {
        /// What is wrong.
        given: String,
        /// The limit.
        max: usize,
    },
    /// A secret that opens with no key.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The database.
    #[error(transparent)]
    Store(#[from] tallymark_store::Error),
    /// No id could be issued.
    #[error(transparent)]
    Id(#[from] IdError),
}

impl Fault for Error {
    fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "webhook.not_found",
            Self::TooMany { .. } => "webhook.too_many",
            Self::Url { .. } => "webhook.url",
            Self::Events { .. } => "webhook.events",
            Self::Seal(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::Id(error) => error.code(),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::NotFound { .. } => Kind::NotFound,
            Self::TooMany { .. } => Kind::Conflict,
            Self::Url { .. } | Self::Events { .. } => Kind::Invalid,
            Self::Seal(error) => error.kind(),
            Self::Store(error) => error.kind(),
            Self::Id(error) => error.kind(),
        }
    }
}
