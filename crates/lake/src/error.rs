//! What can go wrong between the database and the lake, and in a question to the lake.

use deltalake::DeltaTableError;
use tallymark_base::{Fault, Kind};

/// An error of the lake.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The database.
    #[error(transparent)]
    Store(#[from] tallymark_store::Error),
    /// No id could be issued.
    #[error(transparent)]
    Id(#[from] tallymark_base::id::IdError),
    /// The place of the lake is not one.
    #[error("{0}")]
    Location(String),
    /// The storage of the lake did not answer, or refused.
    #[error("the lake's storage cannot be read or written now; nothing is lost, it is tried again")]
    Storage(#[source] Box<DeltaTableError>),
    /// A table that was written under this lease is not there any more.
    #[error("table {table} of the lake is gone: is its disk mounted? Nothing is lost, it is tried again")]
    Gone {
        /// The table.
        table: String,
    },
    /// There is nothing where the lake was.
    #[error(
        "there is no table at the lake's place, and this database wrote some before: is its disk mounted? Nothing is lost, \
         it is tried again; where the lake shall begin anew at this place, run `tallymark lake begin`"
    )]
    Empty,
    /// A lake cannot begin where one is.
    #[error("table {table} is at this place; a lake begins in an empty one")]
    NotEmpty {
        /// A table that is there.
        table: String,
    },
    /// Another server holds the lease of the lake writer.
    #[error("another server writes the lake")]
    LeaseLost,
    /// The tables hold batches that the database does not know: it was set back, or the folder belongs to another.
    #[error(
        "table {table} of the lake holds batch {stored}, the database has come to {known} only: the database was \
         restored from a backup that is older than the lake; set the lake back to it by `tallymark lake rewind`, or give \
         it another place"
    )]
    Ahead {
        /// The table.
        table: String,
        /// The batch it holds.
        stored: i64,
        /// The last batch of the database.
        known: i64,
    },
    /// The table belongs to another installation.
    #[error("table {table} in this lake was made by another installation; give each installation a place of its own")]
    Foreign {
        /// The table.
        table: String,
    },
    /// The lake took in batch after batch while the events beyond it were read.
    #[error("the lake took in {tries} batches while the question was prepared; ask again")]
    Moving {
        /// How often it was begun anew.
        tries: u32,
    },
    /// Work on the lake's threads broke off.
    #[error(transparent)]
    Ended(#[from] crate::Ended),
    /// A question that cannot be answered.
    #[error(transparent)]
    Query(#[from] crate::query::QueryError),
}

impl Fault for Error {
    fn code(&self) -> &'static str {
        match self {
            Self::Store(error) => error.code(),
            Self::Id(error) => error.code(),
            Self::Location(_) => "lake.location",
            Self::Storage(_) => "lake.storage",
            Self::Gone { .. } => "lake.gone",
            Self::Empty => "lake.empty",
            Self::NotEmpty { .. } => "lake.not_empty",
            Self::LeaseLost => "lake.lease_lost",
            Self::Ahead { .. } => "lake.ahead",
            Self::Foreign { .. } => "lake.foreign",
            Self::Moving { .. } => "lake.moving",
            Self::Ended(_) => "lake.ended",
            Self::Query(error) => error.code(),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Store(error) => error.kind(),
            Self::Id(error) => error.kind(),
            Self::Location(_) => Kind::Invalid,
            Self::Storage(_) | Self::Gone { .. } | Self::Empty | Self::LeaseLost | Self::Moving { .. } => {
                Kind::Unavailable
            }
            Self::Ahead { .. } | Self::Foreign { .. } | Self::NotEmpty { .. } => Kind::Conflict,
            Self::Ended(_) => Kind::Internal,
            Self::Query(error) => error.kind(),
        }
    }
}

impl From<DeltaTableError> for Error {
    fn from(error: DeltaTableError) -> Self {
        Self::Storage(Box::new(error))
    }
}

impl From<tallymark_store::outbox::SaveError> for Error {
    fn from(error: tallymark_store::outbox::SaveError) -> Self {
        match error {
            tallymark_store::outbox::SaveError::Store(error) => Self::Store(error),
            tallymark_store::outbox::SaveError::Id(error) => Self::Id(error),
        }
    }
}
