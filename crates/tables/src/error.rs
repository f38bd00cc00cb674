//! Why a table cannot be read. No text repeats a cell.

use tallymark_base::{Fault, Kind};

/// What makes a file, or the rest of it, unreadable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The file system.
    #[error("the file cannot be read: {why}")]
    File {
        /// What the system says.
        why: String,
    },
    /// The file is too large.
    #[error("a file has at most {max} bytes; cut it into several, each with the header")]
    TooLarge {
        /// The limit.
        max: u64,
    },
    /// What is in the file is too large.
    #[error("what the file holds expands to more than {max} bytes; cut it into several files")]
    Expands {
        /// The limit.
        max: u64,
    },
    /// Too many columns.
    #[error("a table has at most {max} columns; leave out those that nobody needs")]
    TooManyColumns {
        /// The limit.
        max: usize,
    },
    /// Too many rows.
    #[error("a table has at most {max} rows; cut it into several files, each with the header")]
    TooManyRows {
        /// The limit.
        max: u64,
    },
    /// There is no header.
    #[error("the table is empty; its first row must name the columns")]
    Empty,
    /// The bytes are text in no encoding that is read.
    #[error("line {line} is neither UTF-8 nor GB18030; save the file as \"CSV UTF-8\"")]
    Encoding {
        /// The first line that is no UTF-8.
        line: u64,
    },
    /// A quote is open at the end of the file.
    #[error(
        "the quote in line {line}, column {column} is never closed; close it, or write it twice where it is meant as such"
    )]
    OpenQuote {
        /// Where the quote is.
        line: u64,
        /// In which column, from 1.
        column: usize,
    },
    /// A record is too long.
    #[error("the record that begins in line {line} has more than {max} bytes; is a quote in it left open?")]
    RecordTooLong {
        /// Where it begins.
        line: u64,
        /// The limit.
        max: usize,
    },
    /// The spreadsheet has no such sheet.
    #[error("there is no sheet {name:?}; there are {}", has.join(", "))]
    NoSheet {
        /// What was asked for; empty for the first.
        name: String,
        /// The sheets that there are.
        has: Vec<String>,
    },
    /// The file is damaged, locked by a password, or of another format.
    #[error("the file is no {format} that can be read, or it is locked by a password: {why}")]
    Malformed {
        /// What it was taken for.
        format: &'static str,
        /// What is wrong with it.
        why: String,
    },
    /// There is no such column.
    #[error("there is no column {name:?}; there are {}", has.join(", "))]
    NoColumn {
        /// What was asked for.
        name: String,
        /// The columns that there are.
        has: Vec<String>,
    },
    /// Two columns have the name.
    #[error("columns {first} and {second} are both called {name:?}; rename one of them in the file")]
    TwoColumns {
        /// The name.
        name: String,
        /// The first, from 1.
        first: usize,
        /// The second.
        second: usize,
    },
}

impl Fault for Error {
    fn code(&self) -> &'static str {
        match self {
            Self::File { .. } => "table.file",
            Self::TooLarge { .. } => "table.too_large",
            Self::Expands { .. } => "table.expands",
            Self::TooManyColumns { .. } => "table.too_many_columns",
            Self::TooManyRows { .. } => "table.too_many_rows",
            Self::Empty => "table.empty",
            Self::Encoding { .. } => "table.encoding",
            Self::OpenQuote { .. } => "table.open_quote",
            Self::RecordTooLong { .. } => "table.record_too_long",
            Self::NoSheet { .. } => "table.no_sheet",
            Self::Malformed { .. } => "table.malformed",
            Self::NoColumn { .. } => "table.no_column",
            Self::TwoColumns { .. } => "table.two_columns",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::TooLarge { .. } | Self::Expands { .. } => Kind::TooLarge,
            _ => Kind::Invalid,
        }
    }
}

/// Characters of what a library says about a file.
const WHY_CHARS_MAX: usize = 200;

impl Error {
    pub(crate) fn file(error: &std::io::Error) -> Self {
        Self::File { why: error.to_string() }
    }

    pub(crate) fn malformed(format: &'static str, why: &impl std::fmt::Display) -> Self {
        let why: String = why.to_string().chars().filter(|c| !c.is_control()).take(WHY_CHARS_MAX).collect();
        Self::Malformed { format, why }
    }
}
