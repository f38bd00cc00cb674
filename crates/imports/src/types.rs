//! What is imported, and how far it is.

use serde::{Deserialize, Serialize};
use tallymark_base::Timestamp;
use tallymark_base::id::{ImportId, OrganisationId};
use utoipa::ToSchema;

use crate::{FileMapping, Kind};

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It waits for a server.
    Queued,
    /// Rows are taken.
    Running,
    /// Every row was taken or rejected.
    Done,
    /// It cannot go on; `error` says why.
    Failed,
    /// Somebody stopped it. What it took before stays.
    Cancelled,
}

impl State {
    /// Every state.
    pub const ALL: [Self; 5] = [Self::Queued, Self::Running, Self::Done, Self::Failed, Self::Cancelled];

    /// The stored number.
    pub const fn number(self) -> i64 {
        self as i64
    }

    /// From the stored number.
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.number() == number)
    }

    /// Its name in the API.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    /// Whether nothing more is done.
    pub const fn is_ended(self) -> bool {
        matches!(self, Self::Done | Self::Failed | Self::Cancelled)
    }
}

/// A run of an import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ImportRun)]
pub struct Run {
    /// Its id.
    pub id: ImportId,
    /// What the rows are.
    pub kind: Kind,
    /// Who says what the file says: a word.
    pub source: String,
    /// The name of the file, without its folder.
    pub file: String,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: String,
    /// Which sheet of a spreadsheet; the first where it is null.
    pub sheet: Option<String>,
    /// The part of the channel tree to which it is limited, as who began it was; null where to none.
    pub organisation: Option<OrganisationId>,
    /// How far it is.
    pub state: State,
    /// Rows below the header, once they were counted.
    pub rows_total: Option<u64>,
    /// Rows that were read so far: those accepted, refused and suppressed together.
    pub rows_read: u64,
    /// Rows that are in: members, lines of orders, articles, codes of documents. Of orders and documents, those that were recorded
    /// before are among them.
    pub rows_accepted: u64,
    /// Rows that cannot be taken. Of an order or a document, all its rows.
    pub rows_refused: u64,
    /// Rows of people who were erased and are not brought back.
    pub rows_suppressed: u64,
    /// What was left out: rows, and single cells of rows that were accepted. The first 10,000 are listed.
    pub rejects: u64,
    /// The stable name of what made it fail.
    pub error_code: Option<String>,
    /// What made it fail, and what to do.
    pub error: Option<String>,
    /// Who began it.
    pub by: String,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When it moved last.
    pub changed_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

/// What was left out, and why. It never holds the value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = ImportReject)]
pub struct Reject {
    /// The line of the file; the row of a spreadsheet.
    pub line: u64,
    /// The column; null where it is the whole row.
    pub column: Option<String>,
    /// The stable name of the reason.
    pub code: String,
    /// The reason.
    pub reason: String,
}

/// A mapping under its name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NamedMapping {
    /// Its name: a word.
    pub name: String,
    /// What the rows of its files are.
    pub kind: Kind,
    /// How often it was changed, from 1.
    pub version: u32,
    /// What the columns mean.
    pub mapping: FileMapping,
    /// When it was changed last.
    pub changed_at: Timestamp,
}
