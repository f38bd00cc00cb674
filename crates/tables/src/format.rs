//! Which format a file has: by its bytes, whatever its name says.

use std::io::Read;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Error, Source};

/// A format of tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// Text, separated by commas, semicolons or tabs.
    Csv,
    /// Excel since 2007.
    Xlsx,
    /// Apache Parquet.
    Parquet,
}

/// The beginning of the files of Excel before 2007, and of those that a password locks.
const COMPOUND: [u8; 8] = [0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1];

impl Format {
    /// The format of a file by its first bytes; what is nothing else is CSV.
    pub fn of(source: &Source) -> Result<Self, Error> {
        let mut start = Vec::new();
        source.open()?.take(8).read_to_end(&mut start).map_err(|error| Error::file(&error))?;
        if start.starts_with(&COMPOUND) {
            let why = "it is of Excel before 2007 or has a password; save it as .xlsx without one".to_owned();
            return Err(Error::Malformed { format: "XLSX", why });
        }
        Ok(match start.as_slice() {
            [b'P', b'K', 3 | 5, 4 | 6, ..] => Self::Xlsx,
            [b'P', b'A', b'R', b'1', ..] => Self::Parquet,
            _ => Self::Csv,
        })
    }

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::Parquet => "parquet",
        }
    }
}
