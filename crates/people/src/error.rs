//! What is refused about people. No text of an error repeats a personal value.

use tallymark_base::id::{AccountId, IdError};
use tallymark_base::seal::SealError;
use tallymark_base::{Fault, Kind};

use crate::IdentifierKind;

/// A refused request about a person. Nothing was changed, or the caller's transaction must be rolled back.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The text is no identifier of this kind.
    #[error("{}", explain(*kind))]
    Malformed {
        /// The kind it was to be.
        kind: IdentifierKind,
    },
    /// A request shows nothing.
    #[error("nobody can be found by nothing; give at least one identifier")]
    NoIdentifier,
    /// A request shows too much.
    #[error("a request has at most {max} identifiers, not {given}")]
    TooManyIdentifiers {
        /// How many were given.
        given: usize,
        /// The limit.
        max: usize,
    },
    /// Too many requests in a batch.
    #[error("a batch has at most {max} requests, not {given}; send the rest in another")]
    BatchTooLarge {
        /// How many were given.
        given: usize,
        /// The limit.
        max: usize,
    },
    /// No such account in this tenant.
    #[error("there is no account {account}")]
    AccountNotFound {
        /// What was given.
        account: AccountId,
    },
    /// The key of the account is gone.
    #[error("the value of {account} was erased and cannot be read by anybody")]
    Erased {
        /// The account.
        account: AccountId,
    },
    /// The database.
    #[error(transparent)]
    Store(#[from] tallymark_store::Error),
    /// No id could be issued.
    #[error(transparent)]
    Id(#[from] IdError),
    /// A sealed value does not open.
    #[error(transparent)]
    Seal(#[from] SealError),
}

const fn explain(kind: IdentifierKind) -> &'static str {
    match kind {
        IdentifierKind::Device => "that is not a device id; it has 32 hexadecimal digits",
        IdentifierKind::Phone => {
            "that is not a phone number; give 11 digits such as 13800138000, or +, country code and number"
        }
        IdentifierKind::WechatOpenid => "that is not a WeChat openid; give it as appid:openid",
        IdentifierKind::Card => "that is not a card number; it has 4 to 32 letters or digits",
    }
}

impl Fault for Error {
    fn code(&self) -> &'static str {
        match self {
            Self::Malformed { kind } => match kind {
                IdentifierKind::Device => "people.device_malformed",
                IdentifierKind::Phone => "people.phone_malformed",
                IdentifierKind::WechatOpenid => "people.wechat_openid_malformed",
                IdentifierKind::Card => "people.card_malformed",
            },
            Self::NoIdentifier => "people.no_identifier",
            Self::TooManyIdentifiers { .. } => "people.too_many_identifiers",
            Self::BatchTooLarge { .. } => "people.batch_too_large",
            Self::AccountNotFound { .. } => "people.account_not_found",
            Self::Erased { .. } => "people.erased",
            Self::Store(error) => error.code(),
            Self::Id(error) => error.code(),
            Self::Seal(error) => error.code(),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Malformed { .. } | Self::NoIdentifier | Self::TooManyIdentifiers { .. } => Kind::Invalid,
            Self::BatchTooLarge { .. } => Kind::TooLarge,
            Self::AccountNotFound { .. } | Self::Erased { .. } => Kind::NotFound,
            Self::Store(error) => error.kind(),
            Self::Id(error) => error.kind(),
            Self::Seal(error) => error.kind(),
        }
    }
}
