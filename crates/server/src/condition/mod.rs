//! How well an installation is: what was looked at, how it stands, and what to do. One judgement for `tallymark doctor`, which
//! looks from outside, and for `GET /v1/health`, by which a server that runs tells.
//!
//! Each judgement takes what was seen and gives a [`Finding`]; whoever looks decides what is shown to whom.

pub mod backups;
pub mod database;
mod finding;
pub mod lake;
mod look;
pub mod machine;
pub mod work;

use std::path::PathBuf;

pub use finding::{Finding, State};
pub(crate) use look::{Condition, look};

/// Where on this machine an installation lies, as far as a server is told.
#[derive(Debug, Clone, Default)]
pub struct Places {
    /// The file of a SQLite database.
    pub database: Option<PathBuf>,
    /// The folder of the lake, where it is one.
    pub lake: Option<PathBuf>,
    /// The folder of backups.
    pub backups: Option<PathBuf>,
}
