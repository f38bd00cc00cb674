//! The rows of a question to the lake as rows of a file, piece by piece.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use tallymark_base::id::TenantId;
use tallymark_base::{Fault, Kind};
use tallymark_exports::{Cell, Error};
use tallymark_lake::query::Pieces;
use tallymark_lake::{Answer, Lake, Limits, Question};
use utoipa::ToSchema;

use super::of_source;

/// Rows of a file where nobody asks for another number, and the largest number: nearly what a sheet has room for.
const ROWS_MAX: usize = 1_000_000;
/// As long as a file may take.
const TIME_MAX: Duration = Duration::from_secs(600);

/// A question to the lake, as `POST /v1/query` takes it, with more rows.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = QueryFilter)]
pub(crate) struct QueryFilter {
    /// One `SELECT`, at most 32 KiB.
    sql: String,
    /// Most rows of the file, at most 1,000,000, which it is where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1, maximum = 1_000_000)]
    limit: Option<usize>,
}

/// What is no question.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refused {
    /// No rows, or more than a file has.
    #[error("limit is a number of rows from 1 to {ROWS_MAX}, not {0}")]
    Limit(usize),
    /// Nothing was asked.
    #[error("the query is empty; send one SELECT")]
    Empty,
    /// The server has no lake.
    #[error("this server has no lake: start it with --lake FOLDER")]
    Off,
}

impl Fault for Refused {
    fn code(&self) -> &'static str {
        match self {
            Self::Limit(_) => "query.limit",
            Self::Empty => "query.not_read",
            Self::Off => "lake.off",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Limit(_) | Self::Empty => Kind::Invalid,
            Self::Off => Kind::NotFound,
        }
    }
}

impl QueryFilter {
    /// How many rows the file may have.
    ///
    /// # Errors
    /// [`Refused`].
    pub(super) fn rows_max(&self) -> Result<usize, Refused> {
        let limit = self.limit.unwrap_or(ROWS_MAX);
        match limit {
            _ if self.sql.trim().is_empty() => Err(Refused::Empty),
            1..=ROWS_MAX => Ok(limit),
            _ => Err(Refused::Limit(limit)),
        }
    }
}

/// Reads the rows.
pub(crate) struct Rows {
    pieces: Pieces,
    is_number: Vec<bool>,
    is_moment: Vec<bool>,
}

impl Rows {
    /// Asks; where it comes back the columns are known.
    pub(super) async fn new(
        lake: Option<&Lake>,
        tenant: TenantId,
        asked: QueryFilter,
        sees_people: bool,
    ) -> Result<Self, Error> {
        let rows_max = asked.rows_max().map_err(of_source)?;
        let lake = lake.ok_or(Refused::Off).map_err(of_source)?;
        let limits = Limits { rows_max, time: TIME_MAX, ..Limits::default() };
        let question = Question { sql: asked.sql, tenant, is_masked: !sees_people, limits };
        let pieces = lake.ask_in_pieces(question).await.map_err(of_source)?;
        let of = |wanted: &[&str]| -> Vec<bool> {
            pieces.columns().iter().map(|column| wanted.contains(&column.column_type.as_str())).collect()
        };
        let (is_number, is_moment) = (of(&["bigint", "double", "numeric"]), of(&["timestamp"]));
        Ok(Self { pieces, is_number, is_moment })
    }

    /// What the columns are called.
    pub(super) fn titles(&self) -> Vec<String> {
        self.pieces.columns().iter().map(|column| column.name.clone()).collect()
    }

    pub(super) async fn next(&mut self) -> Result<Vec<Vec<Cell>>, Error> {
        let Some(piece) = self.pieces.next().await.map_err(of_source)? else { return Ok(Vec::new()) };
        self.cells(&piece)
    }

    fn cells(&self, piece: &Answer) -> Result<Vec<Vec<Cell>>, Error> {
        let rows = piece.json_rows().map_err(|error| Error::Internal(error.to_string()))?;
        let cells = |row: Vec<Value>| {
            let kinds = self.is_number.iter().zip(&self.is_moment);
            row.into_iter().zip(kinds).map(|(value, (number, moment))| cell(value, *number, *moment)).collect()
        };
        Ok(rows.into_iter().map(cells).collect())
    }
}

/// A value as a cell: a number as it is written, a moment by the brand's clock.
fn cell(value: Value, is_number: bool, is_moment: bool) -> Cell {
    match value {
        Value::Null => Cell::Empty,
        Value::Number(number) => number.as_i64().map_or_else(|| Cell::decimal(number.to_string()), Cell::Number),
        Value::String(text) if is_number => Cell::decimal(text),
        Value::String(text) if is_moment => text.parse().map_or_else(|_| Cell::text(text), Cell::Time),
        Value::String(text) => Cell::text(text),
        other => Cell::text(other.to_string()),
    }
}
