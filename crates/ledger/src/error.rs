//! What the ledger refuses.

use tallymark_base::{Fault, Kind};

use crate::types::{AccountKey, Transfer};

/// A refused movement. The transaction it was tried in must be rolled back.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A book that cannot go below zero would.
    #[error("{} has {available} of {}, which is not enough", account.describe(), account.unit.name())]
    Insufficient {
        /// The account that was asked for too much.
        account: AccountKey,
        /// What it would have left; negative.
        available: i64,
    },
    /// Amounts are above zero.
    #[error("an amount of {amount} was to be moved; amounts are whole numbers above zero")]
    Amount {
        /// The amount.
        amount: i64,
    },
    /// Debit and credit are the same account.
    #[error("a transfer from {} to itself moves nothing", account.describe())]
    SameAccount {
        /// The account.
        account: AccountKey,
    },
    /// A sum would not fit 64 bits.
    #[error("the sum of amounts does not fit; split the movement")]
    Overflow,
    /// The id was used for another transfer.
    #[error("transfer {}/{} exists with other contents; use another id", given.origin, given.part)]
    IdTaken {
        /// What was to be posted.
        given: Box<Transfer>,
    },
    /// The pending transfer does not exist or was resolved before.
    #[error("transfer {origin}/{part} is not pending: it does not exist, or was posted or voided before")]
    NotPending {
        /// Origin of the transfer.
        origin: i64,
        /// Part within the origin.
        part: i64,
    },
    /// The database.
    #[error(transparent)]
    Store(#[from] tallymark_store::Error),
}

impl Fault for Error {
    fn code(&self) -> &'static str {
        match self {
            Self::Insufficient { .. } => "ledger.insufficient",
            Self::Amount { .. } => "ledger.amount",
            Self::SameAccount { .. } => "ledger.same_account",
            Self::Overflow => "ledger.overflow",
            Self::IdTaken { .. } => "ledger.id_taken",
            Self::NotPending { .. } => "ledger.not_pending",
            Self::Store(error) => error.code(),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Insufficient { .. } | Self::IdTaken { .. } | Self::NotPending { .. } => Kind::Conflict,
            Self::Amount { .. } | Self::SameAccount { .. } | Self::Overflow => Kind::Invalid,
            Self::Store(error) => error.kind(),
        }
    }
}
