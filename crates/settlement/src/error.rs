//! What is refused about rebate rules.

use tallymark_base::id::{IdError, ProductId, RebateId};
use tallymark_base::{Fault, Kind, Timestamp};

use crate::Status;

/// A refused request about a rebate rule. Nothing was changed, once the transaction is rolled back.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A name is empty, too long, or holds control characters.
    #[error("a name has 1 to 120 characters and no control characters; this one has {length}")]
    Name {
        /// Characters of what was given.
        length: usize,
    },
    /// It would be over before it begins.
    #[error("the rule ends at {ends}, which is not after its start at {starts}")]
    EndsBeforeStart {
        /// Its start.
        starts: Timestamp,
        /// Its end.
        ends: Timestamp,
    },
    /// Too many products.
    #[error("a rule names at most {max} products, not {given}")]
    TooManyProducts {
        /// How many were given.
        given: usize,
        /// The limit.
        max: usize,
    },
    /// Nobody made the product known.
    #[error("there is no product {id}; make it known before a rebate rule names it")]
    ProductUnknown {
        /// The first of those given that is not there.
        id: ProductId,
    },
    /// A rebate that is not above zero or is absurdly large.
    #[error("a rebate of {amount_fen} fen was to be paid; give a whole number from 1 to {max_fen}")]
    Amount {
        /// What was given.
        amount_fen: i64,
        /// The limit.
        max_fen: i64,
    },
    /// A budget that is not above zero or is absurdly large.
    #[error("the budget is {budget_fen} fen; give a whole number from 1 to {max_fen}")]
    Budget {
        /// What was given.
        budget_fen: i64,
        /// The limit.
        max_fen: i64,
    },
    /// The budget does not pay a single rebate.
    #[error("the budget of {budget_fen} fen does not pay one rebate of {amount_fen}")]
    BudgetTooSmall {
        /// The budget that was given.
        budget_fen: i64,
        /// The rebate that was given.
        amount_fen: i64,
    },
    /// No such rule in this tenant.
    #[error("there is no rebate rule {id}")]
    NotFound {
        /// What was asked for.
        id: RebateId,
    },
    /// A step that a rule's life does not have.
    #[error("a rebate rule that is {} cannot become {}", from.name(), to.name())]
    StatusChange {
        /// What it is.
        from: Status,
        /// What it was to become.
        to: Status,
    },
    /// The ledger.
    #[error(transparent)]
    Ledger(#[from] tallymark_ledger::Error),
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
            Self::Name { .. } => "settlement.name",
            Self::EndsBeforeStart { .. } => "settlement.ends_before_start",
            Self::TooManyProducts { .. } => "settlement.too_many_products",
            Self::ProductUnknown { .. } => "settlement.product_unknown",
            Self::Amount { .. } => "settlement.amount",
            Self::Budget { .. } => "settlement.budget",
            Self::BudgetTooSmall { .. } => "settlement.budget_too_small",
            Self::NotFound { .. } => "settlement.not_found",
            Self::StatusChange { .. } => "settlement.status_change",
            Self::Ledger(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::Id(error) => error.code(),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Name { .. }
            | Self::EndsBeforeStart { .. }
            | Self::TooManyProducts { .. }
            | Self::ProductUnknown { .. }
            | Self::Amount { .. }
            | Self::Budget { .. }
            | Self::BudgetTooSmall { .. } => Kind::Invalid,
            Self::NotFound { .. } => Kind::NotFound,
            Self::StatusChange { .. } => Kind::Conflict,
            Self::Ledger(error) => error.kind(),
            Self::Store(error) => error.kind(),
            Self::Id(error) => error.kind(),
        }
    }
}
