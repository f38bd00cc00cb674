//! What is refused about exports.

use tallymark_base::id::{ExportId, IdError};
use tallymark_base::seal::SealError;
use tallymark_base::{Fault, Kind};
use tallymark_store::audit::RecordError;

/// An export that was not begun, or did not go on.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No such export.
    #[error("there is no export {id}; what was asked for 30 days ago is forgotten")]
    NotFound {
        /// What was given.
        id: ExportId,
    },
    /// It has no file, or not yet.
    #[error("export {id} is {state}: there is no file to read; ask for the list again if it was there before")]
    NoFile {
        /// The export.
        id: ExportId,
        /// Its state.
        state: &'static str,
    },
    /// It ended before.
    #[error("export {id} is {state} already")]
    Ended {
        /// The export.
        id: ExportId,
        /// Its state.
        state: &'static str,
    },
    /// Somebody has as many exports under way as the server carries out.
    #[error("{max} exports of this brand are under way; wait for one to end, or cancel one")]
    TooMany {
        /// How many there may be.
        max: usize,
    },
    /// It was cancelled, or another server began it anew.
    #[error("export {id} is not carried out here any more")]
    Elsewhere {
        /// The export.
        id: ExportId,
    },
    /// The server stops; another attempt begins anew.
    #[error("the server stops; export {id} begins anew on the next one")]
    Stopped {
        /// The export.
        id: ExportId,
    },
    /// Whoever reads the list could not.
    #[error("{text}")]
    Source {
        /// A stable code.
        code: &'static str,
        /// What it means.
        kind: Kind,
        /// In words.
        text: String,
    },
    /// Something of a file opens with no key.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The database.
    #[error(transparent)]
    Store(#[from] tallymark_store::Error),
    /// No id could be issued.
    #[error(transparent)]
    Id(#[from] IdError),
    /// The audit log.
    #[error(transparent)]
    Audit(#[from] RecordError),
    /// The tenant.
    #[error(transparent)]
    Partners(#[from] tallymark_partners::Error),
    /// A defect.
    #[error("internal error while writing an export: {0}")]
    Internal(String),
}

impl Error {
    /// What ended the reading of a list.
    pub fn of_source(fault: &dyn Fault) -> Self {
        Self::Source { code: fault.code(), kind: fault.kind(), text: fault.to_string() }
    }
}

impl Fault for Error {
    fn code(&self) -> &'static str {
        match self {
            Self::NotFound { .. } => "export.not_found",
            Self::NoFile { .. } => "export.no_file",
            Self::Ended { .. } => "export.ended",
            Self::TooMany { .. } => "export.too_many",
            Self::Elsewhere { .. } => "export.elsewhere",
            Self::Stopped { .. } => "export.stopped",
            Self::Source { code, .. } => code,
            Self::Seal(error) => error.code(),
            Self::Store(error) => error.code(),
            Self::Id(error) => error.code(),
            Self::Audit(error) => error.code(),
            Self::Partners(error) => error.code(),
            Self::Internal(_) => "export.internal",
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::NotFound { .. } => Kind::NotFound,
            Self::NoFile { .. } | Self::Ended { .. } | Self::Elsewhere { .. } => Kind::Conflict,
            Self::TooMany { .. } => Kind::TooMany,
            Self::Stopped { .. } => Kind::Unavailable,
            Self::Source { kind, .. } => *kind,
            Self::Seal(error) => error.kind(),
            Self::Store(error) => error.kind(),
            Self::Id(error) => error.kind(),
            Self::Audit(error) => error.kind(),
            Self::Partners(error) => error.kind(),
            Self::Internal(_) => Kind::Internal,
        }
    }
}
