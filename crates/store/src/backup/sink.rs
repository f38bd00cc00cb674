//! Writing and reading long files with their checksum, on a thread of their own.
//!
//! The database is read while the disk writes: chunks wait in a short line between the two.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use sha2::{Digest, Sha256};

use super::BackupError;
use super::folder::create;
use super::manifest::{Sum, hex};

/// Bytes that are handed over at once.
pub(super) const CHUNK: usize = 1 << 20;
/// Chunks that may wait.
const WAITING: usize = 8;

/// A file that is being written.
pub(super) struct Sink {
    path: PathBuf,
    sender: SyncSender<Vec<u8>>,
    writer: JoinHandle<io::Result<Written>>,
    chunk: Vec<u8>,
}

struct Written {
    bytes: u64,
    sha256: [u8; 32],
}

impl Sink {
    /// Makes the file.
    pub(super) fn new(path: &Path) -> Result<Self, BackupError> {
        let file = create(path)?;
        let (sender, receiver) = sync_channel(WAITING);
        let writer = std::thread::spawn(move || write(file, &receiver));
        Ok(Self { path: path.to_owned(), sender, writer, chunk: Vec::with_capacity(CHUNK) })
    }

    /// Adds bytes. Waits for the disk where it is slower. A disk that failed says so in [`Sink::finish`].
    pub(super) fn add(&mut self, bytes: &[u8]) {
        self.chunk.extend_from_slice(bytes);
        if self.chunk.len() >= CHUNK {
            let full = std::mem::replace(&mut self.chunk, Vec::with_capacity(CHUNK));
            self.sender.send(full).ok();
        }
    }

    /// Writes what is left; gives what the manifest says of the file.
    pub(super) fn finish(self) -> Result<Sum, BackupError> {
        let Self { path, sender, writer, chunk } = self;
        sender.send(chunk).ok();
        drop(sender);
        let written = writer.join().unwrap_or_else(|_| Err(io::Error::other("the writer panicked")));
        let Written { bytes, sha256 } = written.map_err(BackupError::io(&path))?;
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        Ok(Sum { name, bytes, sha256: hex(&sha256) })
    }
}

fn write(mut file: File, chunks: &Receiver<Vec<u8>>) -> io::Result<Written> {
    let (mut bytes, mut sum) = (0, Sha256::new());
    for chunk in chunks {
        file.write_all(&chunk)?;
        sum.update(&chunk);
        bytes += chunk.len() as u64;
    }
    file.sync_all()?;
    Ok(Written { bytes, sha256: sum.finalize().into() })
}

/// The length and checksum of a file that is there.
pub(super) fn sum_of(path: &Path) -> Result<Sum, BackupError> {
    let mut file = File::open(path).map_err(BackupError::io(path))?;
    let (mut bytes, mut sum) = (0, Sha256::new());
    let mut chunk = vec![0; CHUNK];
    loop {
        let read = file.read(&mut chunk).map_err(BackupError::io(path))?;
        if read == 0 {
            break;
        }
        sum.update(&chunk[..read]);
        bytes += read as u64;
    }
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    Ok(Sum { name, bytes, sha256: hex(&sum.finalize()) })
}

/// Refuses a file that is not what the manifest says.
pub(super) fn check(path: &Path, expected: &Sum) -> Result<(), BackupError> {
    if !path.exists() {
        return Err(BackupError::damaged(path, "it is missing"));
    }
    compare(path, expected, &sum_of(path)?)
}

/// Refuses a file whose length and checksum, as they were found, are not what the manifest says.
pub(super) fn compare(path: &Path, expected: &Sum, found: &Sum) -> Result<(), BackupError> {
    if found.bytes != expected.bytes {
        return Err(BackupError::damaged(path, format!("it has {} bytes, not {}", found.bytes, expected.bytes)));
    }
    if found.sha256 != expected.sha256 {
        return Err(BackupError::damaged(path, "its SHA-256 is not that of the manifest"));
    }
    Ok(())
}
