//! What is refused about recalls.

use tallymark_base::id::{OperationId, RecallId};
use tallymark_base::{Fault, Kind};

/// A refused request about a recall.
#[derive(Debug, thiserror::Error)]
pub enum RecallError {
    /// Texts in no language, in too many, in one twice, or in something that is no language.
    #[error("a recall speaks 1 to {max} languages, each once and named like zh-CN or en")]
    Texts {
        /// The limit.
        max: usize,
    },
    /// The recall does not exist in this tenant.
    #[error("there is no recall {recall}")]
    NotFound {
        /// What was given.
        recall: RecallId,
    },
    /// The operation does not exist in this tenant.
    #[error("there is no operation {operation}")]
    OperationNotFound {
        /// What was given.
        operation: OperationId,
    },
    /// Too many recalls stand.
    #[error("{max} recalls stand; lift those that are over, or recall whole batches")]
    TooMany {
        /// The limit.
        max: usize,
    },
    /// Goods that lie in too many places.
    #[error("these goods are more than {max} runs of neighbouring codes; recall them in parts, or their whole batches")]
    TooScattered {
        /// The limit.
        max: usize,
    },
    /// The recall was lifted before.
    #[error("the recall {recall} was lifted")]
    Lifted {
        /// Which.
        recall: RecallId,
    },
}

impl Fault for RecallError {
    fn code(&self) -> &'static str {
        match self {
            Self::Texts { .. } => "goods.recall_texts",
            Self::NotFound { .. } => "goods.recall_not_found",
            Self::OperationNotFound { .. } => "goods.operation_not_found",
            Self::TooMany { .. } => "goods.too_many_recalls",
            Self::TooScattered { .. } => "goods.recall_too_scattered",
            Self::Lifted { .. } => "goods.recall_lifted",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Texts { .. } | Self::TooScattered { .. } => Kind::Invalid,
            Self::NotFound { .. } | Self::OperationNotFound { .. } => Kind::NotFound,
            Self::TooMany { .. } | Self::Lifted { .. } => Kind::Conflict,
        }
    }
}
