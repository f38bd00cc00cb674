//! Folders that are there whole or not at all.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use tallymark_base::Timestamp;

use super::{BackupError, Holds, KEYS, Manifest};

/// Ends the name of a folder that is being written.
const PART: &str = ".part";

/// A backup that is whole.
#[derive(Debug)]
pub struct Found {
    /// Its folder.
    pub folder: PathBuf,
    /// What it is.
    pub manifest: Manifest,
}

/// A folder on its way. Dropping it removes what was written.
#[derive(Debug)]
pub(super) struct Staged {
    part: PathBuf,
    path: PathBuf,
    is_kept: bool,
}

impl Staged {
    /// `folder/name`, written as `folder/name.part`. Makes `folder` where it is missing; only its owner may look into it.
    pub(super) fn new(folder: &Path, name: &str) -> Result<Self, BackupError> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(BackupError::io(folder))?;
        let (path, part) = (folder.join(name), folder.join(format!("{name}{PART}")));
        if path.exists() {
            return Err(BackupError::Exists(path));
        }
        match DirBuilder::new().mode(0o700).create(&part) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(BackupError::Exists(part)),
            Err(error) => Err(BackupError::Io { path: part, error }),
            Ok(()) => Ok(Self { part, path, is_kept: false }),
        }
    }

    /// Where to write.
    pub(super) fn part(&self) -> &Path {
        &self.part
    }

    /// A folder in it.
    pub(super) fn subfolder(&self, name: &str) -> Result<PathBuf, BackupError> {
        let path = self.part.join(name);
        DirBuilder::new().mode(0o700).create(&path).map_err(BackupError::io(&path))?;
        Ok(path)
    }

    /// Makes every byte durable and gives the folder its name.
    pub(super) fn keep(mut self) -> Result<PathBuf, BackupError> {
        sync_all_in(&self.part)?;
        std::fs::rename(&self.part, &self.path).map_err(BackupError::io(&self.path))?;
        self.is_kept = true;
        sync_parent(&self.path)?;
        Ok(self.path.clone())
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        if !self.is_kept {
            // It has no manifest and no name: nobody takes it for a backup.
            std::fs::remove_dir_all(&self.part).ok();
        }
    }
}

/// A file that only its owner may read.
pub(super) fn create(path: &Path) -> Result<File, BackupError> {
    let opened = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    opened.map_err(BackupError::io(path))
}

/// Makes the entry of a folder durable.
pub(super) fn sync_parent(path: &Path) -> Result<(), BackupError> {
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(parent).and_then(|folder| folder.sync_all()).map_err(BackupError::io(parent))
}

fn sync_all_in(folder: &Path) -> Result<(), BackupError> {
    for entry in std::fs::read_dir(folder).map_err(BackupError::io(folder))? {
        let path = entry.map_err(BackupError::io(folder))?.path();
        if path.is_dir() {
            sync_all_in(&path)?;
        } else {
            File::open(&path).and_then(|file| file.sync_all()).map_err(BackupError::io(&path))?;
        }
    }
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(BackupError::io(folder))
}

/// The name of a backup: its moment to the second, in an order that is that of time.
pub(super) fn name_of(at: Timestamp) -> String {
    at.to_jiff().strftime("%Y%m%dT%H%M%SZ").to_string()
}

pub(super) fn found_in(folder: &Path) -> Result<Vec<Found>, BackupError> {
    if let Some(own) = found_at(folder)? {
        return Ok(vec![own]);
    }
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(BackupError::io(folder))? {
        let path = entry.map_err(BackupError::io(folder))?.path();
        if path.is_dir() && !path.to_string_lossy().ends_with(PART) {
            found.extend(found_at(&path)?);
        }
    }
    found.sort_by_key(|found| found.manifest.taken_at);
    Ok(found)
}

/// Removes the keys of backups from before a moment that lie in a folder, or in the backups that lie there.
pub(super) fn expire_keys(folder: &Path, before: Timestamp) -> Result<Vec<PathBuf>, BackupError> {
    let mut removed = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(BackupError::io(folder))? {
        let path = entry.map_err(BackupError::io(folder))?.path();
        for keys in [path.join(KEYS), path] {
            // Data, and what nobody can read, is not the keys of a backup.
            let Ok(manifest) = Manifest::read(&keys, Holds::Keys) else { continue };
            if manifest.taken_at < before {
                std::fs::remove_dir_all(&keys).map_err(BackupError::io(&keys))?;
                removed.push(keys);
            }
        }
    }
    removed.sort();
    Ok(removed)
}

/// The backup in a folder, where it is one. A damaged manifest is told: an older backup must not be taken in its place
/// without anybody knowing.
fn found_at(folder: &Path) -> Result<Option<Found>, BackupError> {
    match Manifest::read(folder, Holds::Data) {
        Ok(manifest) => Ok(Some(Found { folder: folder.to_owned(), manifest })),
        Err(BackupError::NotABackup(_)) => Ok(None),
        Err(error) => Err(error),
    }
}
