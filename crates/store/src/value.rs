//! The few kinds of value that every engine keeps alike, and a reader for a row of them.

use sqlx::Row as _;

use crate::Error;

/// A parameter of a statement. Every variant has one type on each engine, NULLs included, so that a prepared
/// statement never changes its parameter types.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// BIGINT: numbers, ids, moments (microseconds), booleans (0 or 1).
    Int(Option<i64>),
    /// TEXT. Must not hold U+0000, which PostgreSQL cannot keep; the edge refuses it.
    Text(Option<String>),
    /// BLOB or BYTEA.
    Bytes(Option<Vec<u8>>),
    /// DOUBLE PRECISION. Never for value.
    Real(f64),
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Int(Some(value))
    }
}

impl From<Option<i64>> for Value {
    fn from(value: Option<i64>) -> Self {
        Self::Int(value)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Int(Some(i64::from(value)))
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(Some(value.to_owned()))
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(Some(value))
    }
}

impl From<Option<String>> for Value {
    fn from(value: Option<String>) -> Self {
        Self::Text(value)
    }
}

impl From<Vec<u8>> for Value {
    fn from(value: Vec<u8>) -> Self {
        Self::Bytes(Some(value))
    }
}

impl From<&[u8]> for Value {
    fn from(value: &[u8]) -> Self {
        Self::Bytes(Some(value.to_vec()))
    }
}

impl<const N: usize> From<[u8; N]> for Value {
    fn from(value: [u8; N]) -> Self {
        Self::Bytes(Some(value.to_vec()))
    }
}

impl From<Option<Vec<u8>>> for Value {
    fn from(value: Option<Vec<u8>>) -> Self {
        Self::Bytes(value)
    }
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Real(value)
    }
}

impl From<tallymark_base::Timestamp> for Value {
    fn from(value: tallymark_base::Timestamp) -> Self {
        Self::Int(Some(value.0))
    }
}

/// A row that came back. Columns are read by position.
#[derive(Debug)]
pub enum Row {
    /// From SQLite.
    Sqlite(sqlx::sqlite::SqliteRow),
    /// From PostgreSQL.
    Postgres(sqlx::postgres::PgRow),
}

macro_rules! column {
    ($(#[$meta:meta])* $name:ident, $type:ty) => {
        $(#[$meta])*
        pub fn $name(&self, column: usize) -> Result<$type, Error> {
            Ok(match self {
                Self::Sqlite(row) => row.try_get(column)?,
                Self::Postgres(row) => row.try_get(column)?,
            })
        }
    };
}

impl Row {
    column!(
        /// A BIGINT.
        int, i64
    );
    column!(
        /// A BIGINT or NULL.
        opt_int, Option<i64>
    );
    column!(
        /// A TEXT.
        text, String
    );
    column!(
        /// A TEXT or NULL.
        opt_text, Option<String>
    );
    column!(
        /// Bytes.
        bytes, Vec<u8>
    );
    column!(
        /// Bytes or NULL.
        opt_bytes, Option<Vec<u8>>
    );
    column!(
        /// A DOUBLE PRECISION.
        real, f64
    );

    /// A BIGINT that is 0 or 1.
    pub fn flag(&self, column: usize) -> Result<bool, Error> {
        Ok(self.int(column)? != 0)
    }

    /// A moment.
    pub fn time(&self, column: usize) -> Result<tallymark_base::Timestamp, Error> {
        self.int(column).map(tallymark_base::Timestamp)
    }

    /// A typed id.
    pub fn id<I: tallymark_base::TypedId>(&self, column: usize) -> Result<I, Error> {
        self.int(column).map(I::from_raw)
    }

    /// Bytes of a fixed length.
    pub fn array<const N: usize>(&self, column: usize) -> Result<[u8; N], Error> {
        let bytes = self.bytes(column)?;
        let length = bytes.len();
        bytes.try_into().map_err(|_| Error::Unreadable(format!("column {column} has {length} bytes, not {N}")))
    }
}
