//! Why a question has no answer.

use datafusion::error::DataFusionError;
use tallymark_base::{Fault, Kind};

use super::Limits;

/// A question that was refused, or met a limit.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// It is longer than a question may be.
    #[error("the query has {bytes} bytes, {max} are allowed")]
    TooLong {
        /// Its length.
        bytes: usize,
        /// The limit.
        max: usize,
    },
    /// It is not one `SELECT`.
    #[error("{0}; send one SELECT, or EXPLAIN of one")]
    NotRead(String),
    /// It cannot be understood: the syntax, a table, a column, a type.
    #[error("{0}")]
    Sql(String),
    /// A value broke it: a division by zero, a number out of range.
    #[error("the query failed: {0}")]
    Failed(String),
    /// It needs more memory than it may use.
    #[error(
        "the query needs more than {mebibytes} MiB of memory; choose fewer days, group by fewer values, or read the \
         tables with an engine of your own"
    )]
    Memory {
        /// The limit.
        mebibytes: usize,
    },
    /// Its rows are too large together.
    #[error("the rows of the answer are over {max} bytes; choose fewer columns or rows")]
    Bytes {
        /// The limit.
        max: usize,
    },
    /// It took too long.
    #[error("the query was ended after {seconds} s; choose fewer days, or read the tables with an engine of your own")]
    Time {
        /// The limit.
        seconds: u64,
    },
    /// The storage, or a defect. The cause is in the log.
    #[error("the query could not be carried out")]
    Internal(#[source] Box<DataFusionError>),
}

impl QueryError {
    /// Over the limit of memory.
    pub(super) const fn memory(limits: Limits) -> Self {
        Self::Memory { mebibytes: limits.memory_bytes >> 20 }
    }

    /// What the engine's error means for the one who asked.
    pub(super) fn of(error: DataFusionError, limits: Limits) -> Self {
        let text = || first_line(error.find_root());
        match error.find_root() {
            DataFusionError::ResourcesExhausted(_) => Self::memory(limits),
            DataFusionError::SQL(..)
            | DataFusionError::Plan(_)
            | DataFusionError::SchemaError(..)
            | DataFusionError::NotImplemented(_)
            | DataFusionError::Diagnostic(..)
            | DataFusionError::Collection(_) => Self::Sql(text()),
            DataFusionError::ArrowError(..) | DataFusionError::Execution(_) => Self::Failed(text()),
            _ => Self::Internal(Box::new(error)),
        }
    }
}

/// An error without the engine's remarks on where in its own code it arose.
fn first_line(error: &DataFusionError) -> String {
    let text = error.strip_backtrace();
    text.lines().next().unwrap_or_default().chars().take(500).collect()
}

impl Fault for QueryError {
    fn code(&self) -> &'static str {
        match self {
            Self::TooLong { .. } => "query.too_long",
            Self::NotRead(_) => "query.not_read",
            Self::Sql(_) => "query.sql",
            Self::Failed(_) => "query.failed",
            Self::Memory { .. } => "query.memory",
            Self::Bytes { .. } => "query.bytes",
            Self::Time { .. } => "query.time",
            Self::Internal(_) => "query.internal",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Internal(_) => Kind::Internal,
            _ => Kind::Invalid,
        }
    }
}
