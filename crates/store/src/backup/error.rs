//! Why a backup could not be taken or brought back.

use std::io;
use std::path::{Path, PathBuf};

use tallymark_base::{Fault, Kind, Timestamp};

use crate::{Engine, Error};

/// A backup that was not taken, or not brought back. Nothing of it remains.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The disk or its permissions.
    #[error("{}: {error}", path.display())]
    Io {
        /// Which file or folder.
        path: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// There is one of the same second.
    #[error("there is a backup {} already; try again in a second", .0.display())]
    Exists(PathBuf),
    /// The folder is no backup, or one that was never finished.
    #[error("{} is no backup: it has no manifest.json; `tallymark restore --from FOLDER --list` shows those in a folder", .0.display())]
    NotABackup(PathBuf),
    /// No backup is old enough.
    #[error("there is no backup in {} from {at} or before; the oldest is from {oldest}", folder.display())]
    NoneBefore {
        /// Where was looked.
        folder: PathBuf,
        /// The moment that was asked for.
        at: Timestamp,
        /// The oldest that is there.
        oldest: Timestamp,
    },
    /// There is no backup at all.
    #[error("there is no whole backup in {}", .0.display())]
    None(PathBuf),
    /// A file is not what was written.
    #[error("{} is damaged: {why}; take another copy of this backup, or an older backup", file.display())]
    Damaged {
        /// Which file.
        file: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// Made by a later program.
    #[error("the backup was made by a newer program ({program}): {why}; restore it with that program")]
    Newer {
        /// The version that made it.
        program: String,
        /// What this program does not know.
        why: String,
    },
    /// Made by a program whose tables are others.
    #[error("the backup is of another program: {0}")]
    Foreign(String),
    /// The folder of the keys is missing.
    #[error("the keys of the backup are not in {}; say where they are by --keys-from", .0.display())]
    KeysMissing(PathBuf),
    /// Keys of something else.
    #[error("the keys in --keys-from do not fit the backup: {0}")]
    KeysOfAnother(String),
    /// A backup goes back to the engine that it was taken from.
    #[error("the backup was taken from {taken:?} and cannot be restored to {asked:?}; name a {taken:?} database")]
    OtherEngine {
        /// What was asked for.
        asked: Engine,
        /// What it was taken from.
        taken: Engine,
    },
    /// There is something where it should go.
    #[error("{0}; a backup is restored only to an empty place, and what is there is never overwritten")]
    NotEmpty(String),
    /// There is nothing to back up.
    #[error("{0}")]
    NoDatabase(String),
    /// The database.
    #[error(transparent)]
    Store(#[from] Error),
}

impl BackupError {
    pub(super) fn io(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        |error| Self::Io { path, error }
    }

    pub(super) fn damaged(file: &Path, why: impl Into<String>) -> Self {
        Self::Damaged { file: file.to_owned(), why: why.into() }
    }
}

impl From<sqlx::Error> for BackupError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

impl Fault for BackupError {
    fn code(&self) -> &'static str {
        match self {
            Self::Io { .. } => "backup.io",
            Self::Exists(_) => "backup.exists",
            Self::NotABackup(_) => "backup.not_a_backup",
            Self::NoneBefore { .. } => "backup.none_before",
            Self::None(_) => "backup.none",
            Self::Damaged { .. } => "backup.damaged",
            Self::Newer { .. } => "backup.newer",
            Self::Foreign(_) => "backup.foreign",
            Self::KeysMissing(_) => "backup.keys_missing",
            Self::KeysOfAnother(_) => "backup.keys_of_another",
            Self::OtherEngine { .. } => "backup.other_engine",
            Self::NotEmpty(_) => "backup.not_empty",
            Self::NoDatabase(_) => "backup.no_database",
            Self::Store(error) => error.code(),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Io { .. } => Kind::Unavailable,
            Self::Store(error) => error.kind(),
            _ => Kind::Invalid,
        }
    }
}
