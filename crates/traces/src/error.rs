//! What is refused about events.

use tallymark_base::id::IdError;
use tallymark_base::seal::SealError;
use tallymark_base::{Fault, Kind};
use tallymark_epcis::Refusal;
use tallymark_epcis::query::QueryError;

/// A refused request about events. The codes end in the names that EPCIS has for its exceptions.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// The document cannot be read.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// An event is wrong.
    #[error("{text}")]
    Invalid {
        /// Which events, and what is wrong with them.
        text: String,
    },
    /// There is an event of the id that says something else.
    #[error("there is an event {id} already, and it says something else")]
    EventTaken {
        /// The id.
        id: String,
    },
    /// A query parameter cannot be taken.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// A page token is none of ours.
    #[error("nextPageToken: it is none that this server gave")]
    PageToken,
    /// More events than the caller wants.
    #[error("more than {max} events match, as maxEventCount says")]
    TooLarge {
        /// The limit.
        max: u64,
    },
    /// There is no such thing.
    #[error("there is no {what}")]
    NotFound {
        /// What was asked for.
        what: String,
    },
    /// A query of the name exists.
    #[error("there is a query {name:?} already")]
    QueryTaken {
        /// The name.
        name: String,
    },
    /// A subscription cannot be taken.
    #[error("{text}")]
    Subscription {
        /// What is wrong with it.
        text: String,
    },
    /// Too many wait.
    #[error("too many documents wait to be captured; try again in a second")]
    Overloaded,
    /// Too many listen.
    #[error("{max} connections of a brand may be open on a server, and this server has as many as it takes; close one")]
    TooManySockets {
        /// Those of a brand.
        max: usize,
    },
    /// The server stops, or the database cannot be written.
    #[error("events cannot be stored at the moment; try again")]
    Unavailable,
    /// A defect.
    #[error("{cause}")]
    Internal {
        /// For the log.
        cause: String,
    },
}

impl From<tallymark_store::Error> for Error {
    fn from(error: tallymark_store::Error) -> Self {
        match error.kind() {
            Kind::Unavailable | Kind::Conflict => Self::Unavailable,
            _ => Self::Internal { cause: error.to_string() },
        }
    }
}

impl From<IdError> for Error {
    fn from(error: IdError) -> Self {
        Self::Internal { cause: error.to_string() }
    }
}

impl From<SealError> for Error {
    fn from(error: SealError) -> Self {
        Self::Internal { cause: error.to_string() }
    }
}

impl Fault for Error {
    fn code(&self) -> &'static str {
        match self {
            Self::Refused(Refusal::TooManyBytes { .. } | Refusal::TooManyEvents { .. }) => "epcis.capture_limit",
            Self::Refused(_) | Self::Invalid { .. } => "epcis.validation",
            Self::EventTaken { .. } => "epcis.event_taken",
            Self::Query(_) | Self::PageToken => "epcis.query_parameter",
            Self::TooLarge { .. } => "epcis.query_too_large",
            Self::NotFound { .. } => "epcis.no_such_name",
            Self::QueryTaken { .. } => "epcis.query_taken",
            Self::Subscription { .. } => "epcis.subscription_controls",
            Self::Overloaded => "epcis.overloaded",
            Self::TooManySockets { .. } => "epcis.too_many_sockets",
            Self::Unavailable => "epcis.unavailable",
            Self::Internal { .. } => "epcis.implementation",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Refused(Refusal::TooManyBytes { .. } | Refusal::TooManyEvents { .. }) | Self::TooLarge { .. } => {
                Kind::TooLarge
            }
            Self::Refused(_) | Self::Invalid { .. } | Self::Query(_) | Self::PageToken | Self::Subscription { .. } => {
                Kind::Invalid
            }
            Self::EventTaken { .. } | Self::QueryTaken { .. } => Kind::Conflict,
            Self::NotFound { .. } => Kind::NotFound,
            Self::Overloaded | Self::TooManySockets { .. } => Kind::TooMany,
            Self::Unavailable => Kind::Unavailable,
            Self::Internal { .. } => Kind::Internal,
        }
    }
}
