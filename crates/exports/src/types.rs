//! What is asked for as a file, and what becomes of it.

use serde::{Deserialize, Serialize};
use tallymark_base::Timestamp;
use tallymark_base::id::ExportId;
use utoipa::ToSchema;

/// The kinds of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ExportFormat)]
pub enum Format {
    /// Comma-separated values.
    Csv,
    /// A spreadsheet.
    Xlsx,
}

impl Format {
    /// Its name, which is the end of the file's name as well.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
        }
    }

    /// By its name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Csv, Self::Xlsx].into_iter().find(|format| format.name() == name)
    }

    /// What the network calls it.
    pub const fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }
}

/// How far an export is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ExportState)]
pub enum State {
    /// It waits for a server.
    Queued,
    /// It is written.
    Running,
    /// The file is there.
    Done,
    /// It could not be written.
    Failed,
    /// Somebody gave it up, or deleted the file.
    Cancelled,
    /// The file was deleted after its time.
    Expired,
    /// The file was deleted because somebody whom it may tell of was erased. It can be asked for again.
    Withdrawn,
}

impl State {
    const ALL: [Self; 7] =
        [Self::Queued, Self::Running, Self::Done, Self::Failed, Self::Cancelled, Self::Expired, Self::Withdrawn];

    /// Its name, as the API spells it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Whether it waits or is written.
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Queued | Self::Running)
    }

    pub(crate) const fn number(self) -> i64 {
        match self {
            Self::Queued => 0,
            Self::Running => 1,
            Self::Done => 2,
            Self::Failed => 3,
            Self::Cancelled => 4,
            Self::Expired => 5,
            Self::Withdrawn => 6,
        }
    }

    pub(crate) fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.number() == number)
    }
}

/// An export.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = Export)]
pub struct Run {
    /// Its id.
    pub id: ExportId,
    /// Which list.
    pub list: String,
    /// As what.
    pub format: Format,
    /// What was asked, as it was sent.
    #[schema(value_type = Object)]
    pub request: serde_json::Value,
    /// How far it is.
    pub state: State,
    /// Rows that are written.
    pub rows: u64,
    /// Rows that it will have, where that was known when it began.
    pub rows_total: Option<u64>,
    /// Bytes of the file so far.
    pub bytes: u64,
    /// Why it failed: a stable code.
    pub error_code: Option<String>,
    /// Why it failed, in words.
    pub error: Option<String>,
    /// Who asked for it.
    pub created_by: String,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it last moved.
    pub changed_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
    /// When the file is deleted.
    pub expires_at: Option<Timestamp>,
}
