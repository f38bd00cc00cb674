//! What is refused about what was taken in.

use tallymark_base::{Fault, Kind};

use crate::Refusal;

/// A delivery that was not taken, or a request about what was.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// Too much waits.
    #[error("more events arrive than can be stored; try again in a second")]
    Overloaded,
    /// The server stops, or the database cannot be reached.
    #[error("events cannot be stored at the moment; try again in a second")]
    Unavailable,
    /// No such entry of the quarantine.
    #[error("there is no entry {id} in the quarantine")]
    NotFound {
        /// What was given.
        id: String,
    },
    /// The event cannot be read now either.
    #[error("the event cannot be read now either: {reason}")]
    StillUnreadable {
        /// Why.
        reason: String,
    },
    /// A definition is not one.
    #[error("{reason}")]
    Definition {
        /// Why.
        reason: String,
    },
    /// Our own mistake. The text is for the log.
    #[error("internal error of the intake")]
    Internal(String),
}

impl Fault for Error {
    fn code(&self) -> &'static str {
        match self {
            Self::Overloaded => "intake.overloaded",
            Self::Unavailable => "intake.unavailable",
            Self::NotFound { .. } => "intake.not_found",
            Self::StillUnreadable { .. } => "intake.still_unreadable",
            Self::Definition { .. } => "intake.definition",
            Self::Internal(_) => "intake.internal",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Overloaded | Self::Unavailable => Kind::Unavailable,
            Self::NotFound { .. } => Kind::NotFound,
            Self::StillUnreadable { .. } => Kind::Conflict,
            Self::Definition { .. } => Kind::Invalid,
            Self::Internal(_) => Kind::Internal,
        }
    }
}

impl From<&Error> for Refusal {
    fn from(error: &Error) -> Self {
        match error {
            Error::Overloaded => Self::TooManyRequests { retry_after_s: 1 },
            _ => Self::Unavailable { retry_after_s: 1 },
        }
    }
}

/// Anything that a step can fail with becomes an error that a caller may see; what it was stands in the log.
pub(crate) fn internal(fault: &(impl Fault + ?Sized)) -> Error {
    match fault.kind() {
        Kind::Unavailable => Error::Unavailable,
        _ => Error::Internal(format!("{}: {fault}", fault.code())),
    }
}
