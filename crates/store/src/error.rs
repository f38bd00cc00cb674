//! What can go wrong between the product and its database.

use tallymark_base::{Fault, Kind};

/// A database error, sorted by what the caller can do about it. The text never carries data of a row.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another transaction was in the way (deadlock, serialization, lock time-out). Doing it again helps.
    #[error("the database was busy with a competing change; send the request again")]
    Contended,
    /// The database cannot be reached, or no connection became free in time.
    #[error("the database cannot be reached now; nothing was changed, try again")]
    Unavailable,
    /// The disk or the quota of the database is full.
    #[error("the disk of the database is full; nothing was changed, free some room and try again")]
    Full,
    /// A unique key or check refused the write.
    #[error("the database refused a write that would break {constraint}")]
    Constraint {
        /// The constraint or column, as the engine names it.
        constraint: String,
    },
    /// A statement wrote another number of rows than were sent: the state changed since it was read.
    #[error("a statement wrote {wrote} rows of {sent}; the transaction was rolled back")]
    RowsWritten {
        /// Rows that were sent.
        sent: u64,
        /// Rows that were written.
        wrote: u64,
    },
    /// The installation is not safe to run on.
    #[error("{0}")]
    Unsafe(String),
    /// The clock of this server is not that of the database.
    #[error(
        "this server's clock is {difference_ms} ms off the database's (ahead where positive), more than the {limit_ms} ms at \
         which leases, ids and campaign times stay right; set the clock, for example by chrony, and start again"
    )]
    Clock {
        /// This server's clock less the database's, in milliseconds.
        difference_ms: i64,
        /// The most it may be.
        limit_ms: i64,
    },
    /// A migration in the database differs from the one in this program, or is newer.
    #[error("{0}")]
    Migration(String),
    /// Our own mistake: a malformed statement, a column of another type.
    #[error("internal database error")]
    Defect(#[source] sqlx::Error),
    /// A value in the database is not one that this program writes.
    #[error("a stored value is not readable: {0}")]
    Unreadable(String),
}

impl Error {
    /// Whether rolling back and doing the same again may succeed.
    pub const fn is_worth_repeating(&self) -> bool {
        matches!(self, Self::Contended | Self::RowsWritten { .. })
    }
}

impl Fault for Error {
    fn code(&self) -> &'static str {
        match self {
            Self::Contended => "store.contended",
            Self::Unavailable => "store.unavailable",
            Self::Full => "store.full",
            Self::Constraint { .. } => "store.constraint",
            Self::RowsWritten { .. } => "store.rows_written",
            Self::Unsafe(_) => "store.unsafe",
            Self::Clock { .. } => "store.clock",
            Self::Migration(_) => "store.migration",
            Self::Defect(_) => "store.defect",
            Self::Unreadable(_) => "store.unreadable",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Contended | Self::Unavailable | Self::Full | Self::RowsWritten { .. } => Kind::Unavailable,
            Self::Constraint { .. } => Kind::Conflict,
            Self::Unsafe(_) | Self::Clock { .. } | Self::Migration(_) | Self::Defect(_) | Self::Unreadable(_) => {
                Kind::Internal
            }
        }
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        use sqlx::Error as E;
        match &error {
            E::Database(database) => from_code(database.as_ref()).unwrap_or(Self::Defect(error)),
            E::Io(_) | E::Tls(_) | E::PoolTimedOut | E::PoolClosed | E::WorkerCrashed | E::Protocol(_) => {
                tracing::warn!(%error, "database unavailable");
                Self::Unavailable
            }
            _ => Self::Defect(error),
        }
    }
}

/// Sorts by SQLSTATE (PostgreSQL, five characters) or by result code (SQLite, a decimal number).
fn from_code(database: &dyn sqlx::error::DatabaseError) -> Option<Error> {
    let code = database.code()?;
    if let Ok(number) = code.parse::<u32>()
        && code.len() < 5
    {
        return from_sqlite(number, database.message());
    }
    match code.as_ref() {
        "40001" | "40P01" | "55P03" => Some(Error::Contended),
        "53100" => Some(Error::Full),
        // A unique, check or exclusion constraint.
        "23505" | "23514" | "23P01" => {
            Some(Error::Constraint { constraint: database.constraint().unwrap_or("a constraint").to_owned() })
        }
        // 08: connection; 57P0x: shutdown, crash, cannot connect now; 53300: too many connections.
        other if other.starts_with("08") || other.starts_with("57P") || other == "53300" => {
            tracing::warn!(error = %database, "database unavailable");
            Some(Error::Unavailable)
        }
        _ => None,
    }
}

fn from_sqlite(code: u32, message: &str) -> Option<Error> {
    // The low byte is the primary code: https://sqlite.org/rescode.html
    match code & 0xff {
        5 | 6 => Some(Error::Contended),
        13 => Some(Error::Full),
        10 | 14 => {
            tracing::warn!(code, message, "database unavailable");
            Some(Error::Unavailable)
        }
        19 => {
            let constraint = message.rsplit(": ").next().unwrap_or(message).to_owned();
            Some(Error::Constraint { constraint })
        }
        _ => None,
    }
}
