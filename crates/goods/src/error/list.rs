//! What is refused about lists of codes that were made elsewhere.

use tallymark_base::id::BatchId;
use tallymark_base::{Fault, Kind};
use tallymark_codes::{Face, Level};

/// A refused list. On any error the caller's transaction must be rolled back.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// A link without a place for the code.
    #[error(
        "{given:?} is not the link that codes are printed in; write it whole, with {{code}} where the code stands: https://q.example.com/v?c={{code}}"
    )]
    Link {
        /// The start of what was given.
        given: String,
    },
    /// A list of codes that the batch has not.
    #[error("the batch {batch} has no {face} codes of level {level}; draft one that has them, or leave the column out")]
    NoSuchCodes {
        /// The batch.
        batch: BatchId,
        /// At which level.
        level: Level,
        /// On which face.
        face: Face,
    },
    /// A list without items or with another number of them.
    #[error("the list has {rows} items and the batch {items}: draft a batch of {rows} items, or complete the list")]
    Items {
        /// Of the list.
        rows: u64,
        /// Of the batch.
        items: u64,
    },
    /// Too many codes.
    #[error(
        "a list has at most {max} codes, all labels together, and this one {codes}; cut it, and draft a batch for each part"
    )]
    TooMany {
        /// How many.
        codes: u64,
        /// The limit.
        max: u64,
    },
    /// Rows that cannot be taken.
    #[error("of the list's rows {rows} cannot be taken, so nothing of it was; correct the list and send it again")]
    Rows {
        /// How many.
        rows: u64,
    },
    /// A code that exists.
    #[error(
        "row {row} of the list, counted from the first code, has a code that is known already{}; nothing of the list was taken",
        of_batch(batch)
    )]
    Known {
        /// Which row, from 1.
        row: u64,
        /// Whose list has it; none: it is a code of the brand's own making.
        batch: Option<BatchId>,
    },
    /// Two lists for one batch.
    #[error("another list is being taken in for batch {batch}; wait for it, or cancel it")]
    Elsewhere {
        /// The batch.
        batch: BatchId,
    },
    /// A batch without a list.
    #[error("there is no list of codes that were made elsewhere for batch {batch}")]
    NotFound {
        /// What was given.
        batch: BatchId,
    },
    /// Codes that cannot be printed by us.
    #[error("the codes of level {level} of batch {batch} were made elsewhere and are printed there")]
    MadeElsewhere {
        /// The batch.
        batch: BatchId,
        /// At which level.
        level: Level,
    },
}

fn of_batch(batch: &Option<BatchId>) -> String {
    batch.map_or_else(String::new, |batch| format!(", from the list of batch {batch}"))
}

impl Fault for ListError {
    fn code(&self) -> &'static str {
        match self {
            Self::Link { .. } => "goods.list_link",
            Self::NoSuchCodes { .. } => "goods.list_no_such_codes",
            Self::Items { .. } => "goods.list_items",
            Self::TooMany { .. } => "goods.list_too_many",
            Self::Rows { .. } => "goods.list_rows",
            Self::Known { .. } => "goods.list_known",
            Self::Elsewhere { .. } => "goods.list_elsewhere",
            Self::NotFound { .. } => "goods.list_not_found",
            Self::MadeElsewhere { .. } => "goods.made_elsewhere",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Link { .. }
            | Self::NoSuchCodes { .. }
            | Self::Items { .. }
            | Self::TooMany { .. }
            | Self::Rows { .. } => Kind::Invalid,
            Self::NotFound { .. } => Kind::NotFound,
            Self::Known { .. } | Self::Elsewhere { .. } | Self::MadeElsewhere { .. } => Kind::Conflict,
        }
    }
}
