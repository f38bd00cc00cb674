//! What is refused about imports. No text repeats a cell.

use tallymark_base::id::{IdError, ImportId};
use tallymark_base::seal::SealError;
use tallymark_base::{Fault, Kind};
use tallymark_store::audit::RecordError;
use tallymark_store::outbox::SaveError;

/// An import that was not begun, or did not go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file cannot be read.
    #[error(transparent)]
    Table(#[from] tallymark_tables::Error),
    /// The mapping cannot be meant.
    #[error("mapping, at {at}: {reason}")]
    Mapping {
        /// Where: `identifiers[1].scope`, for example.
        at: String,
        /// What is wrong, and what to write instead.
        reason: String,
    },
    /// A name is no word.
    #[error("{what} is a word of 1 to 32 lower-case letters, digits and the signs _ . -")]
    NotAWord {
        /// What it names.
        what: &'static str,
    },
    /// No such run.
    #[error("there is no import {id}")]
    NotFound {
        /// What was given.
        id: ImportId,
    },
    /// No such mapping.
    #[error("there is no mapping {name:?}; put one under this name first")]
    MappingNotFound {
        /// What was given.
        name: String,
    },
    /// A mapping is for other files.
    #[error("the mapping {name:?} is for files of {kind}; put one under another name")]
    OtherKind {
        /// Its name.
        name: String,
        /// What its files hold.
        kind: &'static str,
    },
    /// The file is longer than what is taken.
    #[error("a file that is sent has at most {max} bytes; import a larger one by `tallymark import`, or cut it")]
    TooLarge {
        /// The limit.
        max: u64,
    },
    /// The rows of orders or documents are too far from each other.
    #[error(
        "more than {max} rows are of orders or documents whose other rows come later, or that come before their turn; sort the file by their time and number"
    )]
    Scattered {
        /// The limit.
        max: u64,
    },
    /// Nothing was sent.
    #[error("the body is empty; send the file as it is")]
    NoFile,
    /// The run ended before.
    #[error("import {id} is {state} already")]
    Ended {
        /// The run.
        id: ImportId,
        /// Its state.
        state: &'static str,
    },
    /// The run is carried out by somebody else.
    #[error("import {id} is carried out by another process at this moment; it goes on there")]
    Elsewhere {
        /// The run.
        id: ImportId,
    },
    /// Somebody asked to stop.
    #[error("import {id} was stopped between two batches; import the same file again and it goes on")]
    Stopped {
        /// The run.
        id: ImportId,
    },
    /// The pieces of the file are gone.
    #[error("the file of import {id} is gone; send it again and the import goes on")]
    FileGone {
        /// The run.
        id: ImportId,
    },
    /// Others were in the way all the time.
    #[error("the database is too busy for import {id} now; it goes on where it stopped when it is tried again")]
    Busy {
        /// The run.
        id: ImportId,
    },
    /// What people refused.
    #[error(transparent)]
    People(#[from] tallymark_people::Error),
    /// The tenant.
    #[error(transparent)]
    Tenant(#[from] tallymark_partners::Error),
    /// The orders.
    #[error(transparent)]
    Orders(#[from] tallymark_orders::Error),
    /// The goods.
    #[error(transparent)]
    Goods(#[from] tallymark_goods::Error),
    /// The database.
    #[error(transparent)]
    Store(#[from] tallymark_store::Error),
    /// No id could be issued.
    #[error(transparent)]
    Id(#[from] IdError),
    /// What was stored opens under no key of ours.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// Our own mistake. The text is for the log.
    #[error("internal error of the imports: {0}")]
    Internal(String),
}

impl Fault for Error {
    fn code(&self) -> &'static str {
        match self {
            Self::Table(error) => error.code(),
            Self::Mapping { .. } => "import.mapping",
            Self::NotAWord { .. } => "import.not_a_word",
            Self::NotFound { .. } => "import.not_found",
            Self::MappingNotFound { .. } => "import.mapping_not_found",
            Self::OtherKind { .. } => "import.other_kind",
            Self::TooLarge { .. } => "import.too_large",
            Self::Scattered { .. } => "import.scattered",
            Self::NoFile => "import.no_file",
            Self::Ended { .. } => "import.ended",
            Self::Elsewhere { .. } => "import.elsewhere",
            Self::Stopped { .. } => "import.stopped",
            Self::FileGone { .. } => "import.file_gone",
            Self::Busy { .. } => "import.busy",
            Self::People(error) => error.code(),
            Self::Orders(error) => error.code(),
            Self::Goods(error) => error.code(),
            Self::Tenant(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::Id(error) => error.code(),
            Self::Seal(error) => error.code(),
            Self::Internal(_) => "import.internal",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Table(error) => error.kind(),
            Self::Mapping { .. } | Self::NotAWord { .. } | Self::NoFile | Self::Scattered { .. } => Kind::Invalid,
            Self::NotFound { .. } | Self::MappingNotFound { .. } => Kind::NotFound,
            Self::TooLarge { .. } => Kind::TooLarge,
            Self::OtherKind { .. } | Self::Ended { .. } | Self::Elsewhere { .. } | Self::FileGone { .. } => {
                Kind::Conflict
            }
            Self::Stopped { .. } | Self::Busy { .. } => Kind::Unavailable,
            Self::People(error) => error.kind(),
            Self::Orders(error) => error.kind(),
            Self::Goods(error) => error.kind(),
            Self::Tenant(error) => error.kind(),
            Self::Store(error) => error.kind(),
            Self::Id(error) => error.kind(),
            Self::Seal(error) => error.kind(),
            Self::Internal(_) => Kind::Internal,
        }
    }
}

impl Error {
    /// Whether it is about the file or what it asks for, so that trying again tells the same.
    pub(crate) fn is_of_file(&self) -> bool {
        match self {
            Self::Scattered { .. } | Self::Mapping { .. } => true,
            Self::Goods(error) => !matches!(error.kind(), Kind::Internal | Kind::Unavailable),
            _ => false,
        }
    }

    /// Whether rolling back and doing the same again may succeed.
    pub(crate) fn is_worth_repeating(&self) -> bool {
        matches!(self.code(), "store.contended" | "store.rows_written")
            || matches!(self, Self::Orders(error) if error.is_worth_repeating())
    }
}

impl From<RecordError> for Error {
    fn from(error: RecordError) -> Self {
        match error {
            RecordError::Store(error) => Self::Store(error),
            RecordError::Id(error) => Self::Id(error),
        }
    }
}

impl From<SaveError> for Error {
    fn from(error: SaveError) -> Self {
        match error {
            SaveError::Store(error) => Self::Store(error),
            SaveError::Id(error) => Self::Id(error),
        }
    }
}
