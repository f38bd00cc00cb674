//! What goes wrong with a provider. No text repeats a secret or a personal value.

use std::path::PathBuf;
use std::time::Duration;

use tallymark_base::seal::SealError;
use tallymark_base::{Fault, Kind};

use crate::setting::SettingError;

/// A call that gave nothing, or a setting that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The base address of a provider cannot be one.
    #[error("that is no address of a provider: {reason}; give one such as https://api.example.com")]
    Address {
        /// What is wrong with it.
        reason: &'static str,
    },
    /// The provider is on this machine, which this server was not told to call.
    #[error(
        "this server does not call providers on its own machine; start it with --providers-on-loopback where that is \
         what you want"
    )]
    LoopbackRefused,
    /// The client could not be made.
    #[error("the client for providers cannot be made")]
    Client(String),
    /// No connection: the provider has not seen the call.
    #[error("the provider cannot be reached; nothing was sent, try again later")]
    Unreachable {
        /// For the log.
        cause: String,
    },
    /// The call broke off or took too long: the provider may have acted on it.
    #[error("the provider did not answer in time; it may have done what was asked")]
    NoAnswer {
        /// For the log.
        cause: String,
    },
    /// The answer is not one of the protocol.
    #[error("the provider's answer cannot be read: {reason}")]
    AnswerUnreadable {
        /// What is wrong with it.
        reason: String,
    },
    /// The provider said no, and would say so again.
    #[error("the provider refused: {code} {message}")]
    Refused {
        /// The provider's own code.
        code: String,
        /// Its own words, shortened.
        message: String,
    },
    /// The provider asks to come later.
    #[error("the provider is busy ({code}); try again later")]
    Busy {
        /// The provider's own code.
        code: String,
        /// When it may be ready, where it says so.
        wait: Option<Duration>,
    },
    /// A file of places by address that cannot be used.
    #[error("{} cannot be used to find places: {reason}", path.display())]
    PlaceFile {
        /// The file.
        path: PathBuf,
        /// What is wrong with it and what is needed.
        reason: String,
    },
    /// A setting that cannot be used.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// The database.
    #[error(transparent)]
    Store(#[from] tallymark_store::Error),
    /// A stored secret does not open.
    #[error(transparent)]
    Seal(#[from] SealError),
}

impl Error {
    /// Whether the provider may have done what was asked, although it did not say so.
    pub const fn may_have_happened(&self) -> bool {
        matches!(self, Self::NoAnswer { .. } | Self::AnswerUnreadable { .. })
    }

    /// Whether the same call may succeed later.
    pub const fn is_worth_repeating(&self) -> bool {
        matches!(self, Self::Unreachable { .. } | Self::NoAnswer { .. } | Self::Busy { .. })
    }

    /// For the log: what lies behind the text.
    pub fn cause(&self) -> &str {
        match self {
            Self::Client(cause) | Self::Unreachable { cause } | Self::NoAnswer { cause } => cause,
            _ => "",
        }
    }
}

impl Fault for Error {
    fn code(&self) -> &'static str {
        match self {
            Self::Address { .. } => "provider.address",
            Self::LoopbackRefused => "provider.loopback_refused",
            Self::Client(_) => "provider.client",
            Self::Unreachable { .. } => "provider.unreachable",
            Self::NoAnswer { .. } => "provider.no_answer",
            Self::AnswerUnreadable { .. } => "provider.answer_unreadable",
            Self::Refused { .. } => "provider.refused",
            Self::Busy { .. } => "provider.busy",
            Self::PlaceFile { .. } => "provider.place_file",
            Self::Setting(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::Seal(error) => error.code(),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Address { .. } | Self::LoopbackRefused | Self::Refused { .. } | Self::PlaceFile { .. } => {
                Kind::Invalid
            }
            Self::Client(_) => Kind::Internal,
            Self::Unreachable { .. } | Self::NoAnswer { .. } | Self::AnswerUnreadable { .. } | Self::Busy { .. } => {
                Kind::Unavailable
            }
            Self::Setting(error) => error.kind(),
            Self::Store(error) => error.kind(),
            Self::Seal(error) => error.kind(),
        }
    }
}

/// A provider's own words, short and in one line.
pub(crate) fn shortened(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect()
}
