//! Taking the whole database away while it is used, and bringing it back.
//!
//! A backup is a folder named after its moment. It holds one consistent picture: everything that was acknowledged before
//! it began, and of what came later all of a transaction or nothing. The rows of tables that hold keys (which seal
//! personal values and codes) are apart, in a folder that can be kept elsewhere and for a shorter time.
//!
//! - SQLite: the pages of the file, read in one read transaction, so that the writer goes on. Restoring is copying.
//! - PostgreSQL: every table by `COPY … (FORMAT binary)` out of one snapshot. Restoring is one transaction.
//!
//! Nothing half looks whole: a backup is written under another name and renamed when every byte is on the disk, and each
//! file's SHA-256 stands in a manifest that has one itself. A restored SQLite file is renamed in the same way.

mod error;
mod folder;
mod manifest;
mod postgres;
mod sink;
mod sqlite;
mod tuples;

use std::path::{Path, PathBuf};

use tallymark_base::Timestamp;

pub use error::BackupError;
pub use folder::Found;
pub use manifest::{Holds, Manifest};

use crate::{Engine, Migrations};
use folder::Staged;

/// The folder of the keys, inside the backup where nothing else is asked for.
pub const KEYS: &str = "keys";

/// What a backup tells of itself besides what the database knows.
#[derive(Debug, Clone)]
pub struct About {
    /// Unguessable and unique: names the backup for ever.
    pub id: [u8; 16],
    /// When it begins.
    pub at: Timestamp,
    /// The version of the program.
    pub program: &'static str,
    /// Tables that hold keys: their rows go apart.
    pub key_tables: &'static [&'static str],
    /// Whose data it is, as texts: keys of a later backup fit when they are of the same tenants.
    pub tenants: Vec<String>,
}

/// Where a backup goes.
#[derive(Debug, Clone)]
pub struct Destination {
    /// Holds one folder for each backup.
    pub folder: PathBuf,
    /// The same for the keys; in the backup's own folder where it is not given.
    pub keys: Option<PathBuf>,
}

/// A backup that was taken.
#[derive(Debug)]
pub struct Taken {
    /// Its folder.
    pub folder: PathBuf,
    /// The folder of its keys.
    pub keys: PathBuf,
    /// What the data is.
    pub manifest: Manifest,
}

/// What is brought back.
#[derive(Debug, Clone)]
pub struct Source {
    /// The folder of one backup.
    pub folder: PathBuf,
    /// The folder of the keys, where they are not in the backup's own. They may be of a later backup: then what was erased
    /// since stays erased.
    pub keys: Option<PathBuf>,
}

/// Takes a backup of the database at `url`, which may be in use. Migrates nothing.
pub async fn take(url: &str, to: &Destination, about: &About) -> Result<Taken, BackupError> {
    let name = folder::name_of(about.at);
    let data = Staged::new(&to.folder, &name)?;
    let keys = match &to.keys {
        Some(folder) => Some(Staged::new(folder, &name)?),
        None => None,
    };
    let keys_part = match &keys {
        Some(keys) => keys.part().to_owned(),
        None => data.subfolder(KEYS)?,
    };
    let copied = match engine_of(url)? {
        Engine::Sqlite => sqlite::copy(sqlite_path(url), data.part(), &keys_part, about.key_tables).await?,
        Engine::Postgres => postgres::copy(url, data.part(), &keys_part, about.key_tables).await?,
    };
    let (of_data, of_keys) = manifest::of(about, copied);
    of_keys.write(&keys_part)?;
    of_data.write(data.part())?;
    // The keys first: a backup that is there has its keys.
    let keys_folder = match keys {
        Some(keys) => keys.keep()?,
        None => to.folder.join(&name).join(KEYS),
    };
    Ok(Taken { folder: data.keep()?, keys: keys_folder, manifest: of_data })
}

/// Brings a backup back into a database that holds nothing: `migrations` are those that this program knows.
pub async fn restore(url: &str, from: &Source, migrations: &[Migrations]) -> Result<Manifest, BackupError> {
    let keys_folder = from.keys.clone().unwrap_or_else(|| from.folder.join(KEYS));
    let data = Manifest::read(&from.folder, Holds::Data)?;
    let keys = Manifest::read(&keys_folder, Holds::Keys)?;
    data.refuse_unknown(migrations)?;
    keys.refuse_strange(&data)?;
    match (engine_of(url)?, data.engine) {
        (Engine::Sqlite, Engine::Sqlite) => {
            let keys = sqlite::Keys { folder: &keys_folder, manifest: &keys };
            sqlite::restore(sqlite_path(url), &from.folder, &data, &keys).await?;
        }
        (Engine::Postgres, Engine::Postgres) => {
            let parts = [(from.folder.as_path(), &data), (keys_folder.as_path(), &keys)];
            postgres::restore(url, parts, migrations).await?;
        }
        (asked, taken) => return Err(BackupError::OtherEngine { asked, taken }),
    }
    Ok(data)
}

/// Removes the keys of backups from before a moment that lie in a folder, or in the backups that lie there; gives what was removed.
/// With them goes what could read anything of people who were erased since. The data stays, and comes back with keys of a
/// later backup.
pub fn expire_keys(folder: &Path, before: Timestamp) -> Result<Vec<PathBuf>, BackupError> {
    folder::expire_keys(folder, before)
}

/// The whole backups in a folder, oldest first; the folder may be a backup itself. What was never finished, and what is no
/// backup, is left out.
pub fn found_in(folder: &Path) -> Result<Vec<Found>, BackupError> {
    folder::found_in(folder)
}

fn engine_of(url: &str) -> Result<Engine, BackupError> {
    Ok(Engine::of(url)?)
}

fn sqlite_path(url: &str) -> &Path {
    Path::new(url.trim_start_matches("sqlite:").trim_start_matches("//"))
}
