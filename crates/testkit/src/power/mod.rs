//! A disk that loses power: a SQLite VFS that forgets what was not synced.
//!
//! `kill -9` proves only that a transaction is whole or absent: the page cache of the operating
//! system survives the process, so a store that never syncs passes. Durability needs a disk that
//! forgets. [`Power::register`] adds such a disk to SQLite as a shim over the default VFS; a pool
//! opened with [`Power::vfs_name`] runs on it; [`Power::cut`] takes the power away.
//!
//! ```no_run
//! use tallymark_testkit::power::{Power, Unsynced};
//! # fn open_store_with_vfs(_: &str) {}
//! let power = Power::register();
//! open_store_with_vfs(power.vfs_name());
//! // Goes off in front of the 120th write, truncation, sync or deletion from here on:
//! power.cut_after(119, Unsynced::KeepRandomSectors, 42);
//! // ... work until the store answers with an I/O error, note what it acknowledged, then:
//! let report = power.cut(Unsynced::KeepRandomSectors, 42).expect("the image is written");
//! // The files hold what a reboot would find: open them with the ordinary VFS, or with a fresh
//! // `Power`, and compare with what was acknowledged.
//! # let _ = report;
//! ```
//!
//! # The disk that is modelled
//!
//! - **Reads see the cache.** Until the cut, every connection sees all writes, as under an
//!   operating system.
//! - **Only a sync makes content durable.** A successful `xSync` makes everything written to that
//!   file so far durable. No real `fsync` is issued: the machine that runs the test keeps its
//!   power, and the test is fast.
//! - **Unsynced writes survive in any subset, in any order**, in sectors of 512 bytes. A sector
//!   written several times since the last sync may hold any of its versions. So WAL frames and
//!   pages tear, and SQLite's checksums and sync order have to cope. A sector itself is written
//!   whole or not at all, and bytes that a write did not touch are not harmed
//!   (`SQLITE_IOCAP_POWERSAFE_OVERWRITE`, which SQLite assumes by default).
//! - **The length is apart from the content**: after a cut it is any length the file had since its
//!   last sync. Sectors inside that length whose content did not survive read as zeros, or as what
//!   a truncation had removed.
//! - **A deletion is durable when the directory is synced**: by a deletion that asks for it, or by
//!   the first sync of a journal or WAL opened later in that directory, as the unix VFS does it.
//!   Until then a cut may bring the deleted file back as it was last synced.
//! - **A created file stays**, with length 0 when it was never synced.
//! - **Shared memory is volatile**: the `-shm` file is gone after a cut.
//! - **After the cut nothing works**: every call that could read, write, lock or open answers
//!   `SQLITE_IOERR`. The image is put into new files that replace the old ones by rename, so that
//!   connections which outlive the cut hold dead files and neither they nor their locks reach the
//!   image.
//!
//! # What it does not model
//!
//! - sectors that are damaged by an interrupted write, bit rot, and disks that lie about a sync;
//! - a creation that is undone (the file is empty instead of absent), and renames (SQLite makes none);
//! - temporary files: they pass through, as nothing in them outlives a connection;
//! - a full disk for the `-shm` file and for temporary files;
//! - memory-mapped database files: the shim offers none, and SQLite falls back to reads;
//! - files written outside this VFS: all connections to a database must use the same [`Power`].

mod disk;
mod file;
mod file_log;
mod vfs;

use std::io;

use vfs::Shared;

/// Which of the writes that were not synced survive a cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsynced {
    /// None: each file is exactly as it was last synced, and deletions that the directory does
    /// not have yet are undone.
    DropAll,
    /// A seeded arbitrary subset, sector by sector. How much survives differs from cut to cut,
    /// from about a tenth to all of it.
    KeepRandomSectors,
}

/// What a cut did to the files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CutReport {
    /// Sectors of 512 bytes that had been written since the last sync of their file.
    pub unsynced_sectors: u64,
    /// Those of them whose latest content did not survive.
    pub lost_sectors: u64,
    /// Deleted files that came back.
    pub files_returned: u64,
}

/// One disk and its power supply. Copies are handles to the same disk.
///
/// Each registration stays with SQLite until the process ends (about a kilobyte), as connections
/// may outlive every handle.
#[derive(Clone, Copy)]
pub struct Power {
    shared: &'static Shared,
}

impl Power {
    /// Registers a new disk with SQLite under a name of its own. It is not made the default.
    ///
    /// # Panics
    ///
    /// If SQLite has no default VFS or refuses the registration, which means that it is out of
    /// memory or was built without an operating system.
    #[must_use]
    pub fn register() -> Self {
        Self { shared: vfs::register() }
    }

    /// The name to open databases with: `SqliteConnectOptions::vfs(power.vfs_name())`.
    #[must_use]
    pub fn vfs_name(&self) -> &'static str {
        self.shared.name()
    }

    /// Cuts the power at once and leaves on disk what a reboot would find.
    ///
    /// From this call on all input and output through this VFS fails with `SQLITE_IOERR`. If the
    /// power is off already, nothing more happens and the report of that cut is returned.
    ///
    /// # Errors
    ///
    /// If the real file system refuses to read the files or to write their image; the files are
    /// then no durable image and the test says nothing.
    pub fn cut(&self, unsynced: Unsynced, seed: u64) -> io::Result<CutReport> {
        self.shared.disk_mut().cut(unsynced, seed)
    }

    /// Lets the power go off by itself: after `operations` more writes, truncations, syncs and
    /// deletions, in front of the next one. With one connection that point is the same in every
    /// run. Call [`Power::cut`] afterwards for the report.
    pub fn cut_after(&self, operations: u64, unsynced: Unsynced, seed: u64) {
        self.shared.disk_mut().cut_after(operations, unsynced, seed);
    }

    /// Whether the power was cut.
    #[must_use]
    pub fn is_off(&self) -> bool {
        self.shared.disk().is_off()
    }

    /// Writes, truncations, syncs and deletions so far: the range to draw the argument of
    /// [`Power::cut_after`] from.
    #[must_use]
    pub fn operations(&self) -> u64 {
        self.shared.disk().operations()
    }

    /// While `full`, a write that would make a database, journal or WAL longer fails with
    /// `SQLITE_FULL`. Writes inside the present length succeed.
    pub fn fill_disk(&self, full: bool) {
        self.shared.disk_mut().fill(full);
    }

    /// While `fails`, a sync makes nothing durable and answers `SQLITE_IOERR_FSYNC`. The next sync
    /// that succeeds covers those writes too.
    pub fn fail_sync(&self, fails: bool) {
        self.shared.disk_mut().fail_sync(fails);
    }
}

impl std::fmt::Debug for Power {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Power").field("vfs_name", &self.vfs_name()).finish_non_exhaustive()
    }
}
