//! What a backup says of itself: `manifest.json`, once for the data and once for the keys.

use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tallymark_base::Timestamp;

use super::{About, BackupError};
use crate::{Engine, Migrations};

/// The form of a backup that this program writes, and the newest that it reads.
const FORMAT: u32 = 1;
const FILE: &str = "manifest.json";

/// Which half.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Holds {
    /// Everything but the keys.
    Data,
    /// The keys alone.
    Keys,
}

/// The manifest of one half of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The form of the files.
    pub format: u32,
    /// Which half this is.
    pub holds: Holds,
    /// Both halves of a backup have the same.
    pub id: String,
    /// Everything acknowledged before is in it.
    pub taken_at: Timestamp,
    /// The version of the program that took it.
    pub program: String,
    /// What it was taken from.
    pub engine: Engine,
    /// The version of the engine.
    pub engine_version: String,
    /// What had been applied to the database.
    pub migrations: Vec<Applied>,
    /// Whose data it is.
    pub tenants: Vec<String>,
    /// The tables and their rows.
    pub tables: Vec<Table>,
    /// The files beside the manifest.
    pub files: Vec<Sum>,
    /// SHA-256 over all of the above, as JSON with this field empty.
    pub checksum: String,
}

/// A migration that was applied.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Applied {
    /// Whose.
    pub owner: String,
    /// Its number.
    pub number: i64,
    /// Its name.
    pub name: String,
    /// SHA-256 of its text.
    pub checksum: String,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// How many rows it had.
    pub rows: u64,
}

/// A file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sum {
    /// Its name in the folder.
    pub name: String,
    /// Its length.
    pub bytes: u64,
    /// SHA-256 of its content.
    pub sha256: String,
}

/// What was copied.
#[derive(Debug)]
pub(super) struct Copied {
    pub(super) engine: Engine,
    pub(super) engine_version: String,
    pub(super) migrations: Vec<Applied>,
    pub(super) data: Part,
    pub(super) keys: Part,
}

/// The tables and files of one half.
#[derive(Debug, Default)]
pub(super) struct Part {
    pub(super) tables: Vec<Table>,
    pub(super) files: Vec<Sum>,
}

/// The manifests of both halves.
pub(super) fn of(about: &About, copied: Copied) -> (Manifest, Manifest) {
    let Copied { engine, engine_version, migrations, data, keys } = copied;
    let both = Manifest {
        format: FORMAT,
        holds: Holds::Data,
        id: hex(&about.id),
        taken_at: about.at,
        program: about.program.to_owned(),
        engine,
        engine_version,
        migrations,
        tenants: about.tenants.clone(),
        tables: data.tables,
        files: data.files,
        checksum: String::new(),
    };
    let of_keys = Manifest { holds: Holds::Keys, tables: keys.tables, files: keys.files, ..both.clone() };
    (both.signed(), of_keys.signed())
}

impl Manifest {
    /// Rows of all tables.
    pub fn rows(&self) -> u64 {
        self.tables.iter().map(|table| table.rows).sum()
    }

    /// Bytes of all files.
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }

    pub(super) fn write(&self, folder: &Path) -> Result<(), BackupError> {
        let path = folder.join(FILE);
        let mut file = super::folder::create(&path)?;
        let text = serde_json::to_string_pretty(self).expect("a manifest is texts and numbers");
        std::io::Write::write_all(&mut file, (text + "\n").as_bytes()).map_err(BackupError::io(&path))
    }

    /// Reads the manifest of a half and checks that it is whole, of a form that is known, and of that half.
    pub(super) fn read(folder: &Path, holds: Holds) -> Result<Self, BackupError> {
        let path = folder.join(FILE);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(match holds {
                    Holds::Data => BackupError::NotABackup(folder.to_owned()),
                    Holds::Keys => BackupError::KeysMissing(folder.to_owned()),
                });
            }
            Err(error) => return Err(BackupError::Io { path, error }),
        };
        let unreadable = |error: serde_json::Error| BackupError::damaged(&path, error.to_string());
        let rough: serde_json::Value = serde_json::from_str(&text).map_err(unreadable)?;
        if rough["format"].as_u64().is_some_and(|format| format > u64::from(FORMAT)) {
            let program = rough["program"].as_str().unwrap_or("unknown").to_owned();
            return Err(BackupError::Newer { program, why: format!("its files have form {}", rough["format"]) });
        }
        let manifest: Self = serde_json::from_value(rough).map_err(unreadable)?;
        if manifest.clone().signed().checksum != manifest.checksum {
            return Err(BackupError::damaged(&path, "its checksum is not that of its content"));
        }
        if manifest.holds != holds {
            let why = format!("it holds {:?}, and {holds:?} is needed here", manifest.holds);
            return Err(BackupError::damaged(&path, why));
        }
        Ok(manifest)
    }

    fn signed(mut self) -> Self {
        self.checksum.clear();
        let text = serde_json::to_vec(&self).expect("a manifest is texts and numbers");
        self.checksum = hex(&Sha256::digest(text));
        self
    }

    /// Refuses what a program with other tables wrote.
    pub(super) fn refuse_unknown(&self, known: &[Migrations]) -> Result<(), BackupError> {
        for Applied { owner, number, name, checksum } in &self.migrations {
            let steps = known.iter().find(|migrations| migrations.owner == owner).map_or(&[][..], |known| known.steps);
            let step = usize::try_from(*number - 1).ok().and_then(|at| steps.get(at));
            let Some((_, text)) = step else {
                let why = format!("this program does not know migration {name} of {owner}");
                return Err(BackupError::Newer { program: self.program.clone(), why });
            };
            if hex(&Sha256::digest(text.as_bytes())) != *checksum {
                return Err(BackupError::Foreign(format!("migration {name} of {owner} has another text")));
            }
        }
        Ok(())
    }

    /// Refuses keys that are not those of `data`: they are of the same backup, or of a later one of the same tenants.
    pub(super) fn refuse_strange(&self, data: &Self) -> Result<(), BackupError> {
        if self.id == data.id {
            return Ok(());
        }
        if self.engine != data.engine {
            return Err(BackupError::KeysOfAnother(format!("they are from {:?}", self.engine)));
        }
        if self.taken_at < data.taken_at {
            let why = format!("they are from {}, and the data is from {}", self.taken_at, data.taken_at);
            return Err(BackupError::KeysOfAnother(why));
        }
        match data.tenants.iter().find(|tenant| !self.tenants.contains(tenant)) {
            Some(tenant) => Err(BackupError::KeysOfAnother(format!("they do not know the tenant {tenant}"))),
            None => Ok(()),
        }
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
