//! The disk: the logs of all files, deletions that the directory does not know yet, and the power.

use std::collections::BTreeMap;
use std::ffi::c_int;
use std::io;
use std::path::{Path, PathBuf};

use libsqlite3_sys::{SQLITE_FULL, SQLITE_IOERR, SQLITE_IOERR_FSYNC};

use super::file_log::{Fate, FileLog};
use super::{CutReport, Unsynced};

/// The cut that is due after some more operations.
struct Fuse {
    operations_left: u64,
    unsynced: Unsynced,
    seed: u64,
}

/// The state behind one registered VFS. Paths are absolute, as SQLite gives them.
#[derive(Default)]
pub(super) struct Disk {
    files: BTreeMap<PathBuf, FileLog>,
    /// Files that are unlinked while the directory on disk still names them, as last synced.
    unlinked: BTreeMap<PathBuf, Vec<u8>>,
    operations: u64,
    full: bool,
    sync_fails: bool,
    fuse: Option<Fuse>,
    /// The result of the cut, once the power is off.
    outcome: Option<Result<CutReport, (io::ErrorKind, String)>>,
}

impl Disk {
    pub(super) fn is_off(&self) -> bool {
        self.outcome.is_some()
    }

    pub(super) fn operations(&self) -> u64 {
        self.operations
    }

    pub(super) fn fill(&mut self, full: bool) {
        self.full = full;
    }

    pub(super) fn fail_sync(&mut self, fails: bool) {
        self.sync_fails = fails;
    }

    pub(super) fn cut_after(&mut self, operations: u64, unsynced: Unsynced, seed: u64) {
        self.fuse = Some(Fuse { operations_left: operations, unsynced, seed });
    }

    /// To be called in front of every operation that changes a file or makes it durable. Fails
    /// with SQLite's code if the power is off or goes off here.
    pub(super) fn begin_operation(&mut self) -> Result<(), c_int> {
        if let Some(fuse) = &mut self.fuse {
            match fuse.operations_left.checked_sub(1) {
                Some(left) => fuse.operations_left = left,
                None => {
                    let (unsynced, seed) = (fuse.unsynced, fuse.seed);
                    // The outcome stays for the test to fetch: SQLite has no use for it.
                    let _ = self.cut(unsynced, seed);
                }
            }
        }
        if self.is_off() {
            return Err(SQLITE_IOERR);
        }
        self.operations += 1;
        Ok(())
    }

    /// Starts to follow a file that was opened. One that exists is durable as it is.
    pub(super) fn opened(&mut self, path: &Path, length_before: Option<u64>) {
        match length_before {
            None => {
                self.files.insert(path.to_owned(), FileLog::synced(0));
            }
            Some(length) => {
                self.files.entry(path.to_owned()).or_insert_with(|| FileLog::synced(length));
            }
        }
    }

    /// The length of a followed file, in bytes.
    pub(super) fn length(&self, path: &Path) -> u64 {
        self.files.get(path).map_or(0, FileLog::length)
    }

    /// Fails with SQLite's code if the disk has no room for a file that ends at `end`.
    pub(super) fn find_room(&self, path: &Path, end: u64) -> Result<(), c_int> {
        if self.full && end > self.length(path) { Err(SQLITE_FULL) } else { Ok(()) }
    }

    /// See [`FileLog::write`].
    pub(super) fn written(&mut self, path: &Path, offset: u64, data: &[u8], before: &[u8]) {
        if let Some(log) = self.files.get_mut(path) {
            log.write(offset, data, before);
        }
    }

    /// See [`FileLog::truncate`].
    pub(super) fn truncated(&mut self, path: &Path, length: u64, before: &[u8]) {
        if let Some(log) = self.files.get_mut(path) {
            log.truncate(length, before);
        }
    }

    /// Makes a file durable, and with `and_directory` the deletions beside it.
    pub(super) fn sync(&mut self, path: &Path, and_directory: bool) -> Result<(), c_int> {
        if self.sync_fails {
            return Err(SQLITE_IOERR_FSYNC);
        }
        if let Some(log) = self.files.get_mut(path) {
            log.sync();
        }
        if and_directory {
            self.sync_directory_of(path);
        }
        Ok(())
    }

    /// What a cut would bring back if the deletion of this file did not survive; nothing if there
    /// is no such file.
    pub(super) fn synced_image(&self, path: &Path) -> Option<Vec<u8>> {
        let cached = std::fs::read(path).ok()?;
        Some(match self.files.get(path) {
            Some(log) => log.image(&cached, &mut Fate::Synced, &mut CutReport::default()),
            None => cached,
        })
    }

    /// Notes a deletion. `synced_image` is from before it.
    pub(super) fn deleted(&mut self, path: &Path, synced_image: Option<Vec<u8>>, durable: bool) {
        self.files.remove(path);
        if let Some(image) = synced_image {
            // If the name was taken anew since an unsynced deletion, the directory on disk still
            // points to the first file.
            self.unlinked.entry(path.to_owned()).or_insert(image);
        }
        if durable {
            self.sync_directory_of(path);
        }
    }

    fn sync_directory_of(&mut self, path: &Path) {
        let directory = path.parent();
        self.unlinked.retain(|unlinked, _| unlinked.parent() != directory);
    }

    /// See [`super::Power::cut`].
    pub(super) fn cut(&mut self, unsynced: Unsynced, seed: u64) -> io::Result<CutReport> {
        if self.outcome.is_none() {
            let result = self.leave_image(Fate::new(unsynced, seed));
            self.outcome = Some(result.map_err(|error| (error.kind(), error.to_string())));
            self.files.clear();
            self.unlinked.clear();
        }
        match self.outcome.as_ref().expect("set above") {
            Ok(report) => Ok(*report),
            Err((kind, text)) => Err(io::Error::new(*kind, text.clone())),
        }
    }

    fn leave_image(&self, mut fate: Fate) -> io::Result<CutReport> {
        let mut report = CutReport::default();
        for (path, log) in &self.files {
            let image = log.image(&std::fs::read(path)?, &mut fate, &mut report);
            replace(path, &image)?;
            remove_if_present(&with_suffix(path, "-shm"))?;
        }
        for (path, image) in &self.unlinked {
            let returns = matches!(fate, Fate::Synced) || fate.pick(2) == 0;
            if returns {
                replace(path, image)?;
                report.files_returned += 1;
            }
        }
        Ok(report)
    }
}

/// Puts a new file in the place of an old one, so that who still holds the old one open, or a lock
/// on it, has no part in the new one.
fn replace(path: &Path, content: &[u8]) -> io::Result<()> {
    let fresh = with_suffix(path, "-image");
    std::fs::write(&fresh, content)?;
    std::fs::rename(&fresh, path)
}

fn remove_if_present(path: &Path) -> io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
