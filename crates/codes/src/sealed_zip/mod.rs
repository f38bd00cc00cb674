//! A ZIP file under a password that is written from front to back: no part of it is gone back to, so it can be sent while
//! it is made, and how long it becomes is known before ([`SealedZip::bytes_of`]).
//!
//! Files are stored uncompressed and encrypted by AES-256 in WinZip's form AE-2
//! (<https://www.winzip.com/en/support/aes-encryption/>), which 7-Zip, WinZip, macOS Archive Utility and libraries open. Their
//! names and lengths can be read without the password, as in every such file. Files of 4 GiB and more follow APPNOTE 6.3.10,
//! section 4.5.3 (ZIP64).

mod cipher;
mod headers;

use std::io::{self, Write};

use thiserror::Error;
use zeroize::Zeroizing;

use self::cipher::{Cipher, MAC_BYTES, SALT_BYTES, VERIFIER_BYTES};
pub use self::headers::ZipTime;
use self::headers::{Entry, end, end_bytes};

/// Bytes that encryption adds to a file: salt and check value before it, authentication code behind it.
const OVERHEAD_BYTES: u64 = (SALT_BYTES + VERIFIER_BYTES + MAC_BYTES) as u64;

/// Why a ZIP file could not be written.
#[derive(Debug, Error)]
pub enum ZipError {
    /// A name that is empty, too long, or leads out of the folder it is unpacked into.
    #[error("{0:?} is no name of a file in a ZIP file")]
    Name(String),
    /// As many files as one ZIP file takes.
    #[error("a ZIP file holds at most {max} files", max = SealedZip::<Vec<u8>>::FILES_MAX)]
    Full,
    /// A file that has not the length that was announced.
    #[error("{name} was announced with {announced} bytes and has {more} {}", compared(.is_over))]
    Length {
        /// The file.
        name: String,
        /// What was announced.
        announced: u64,
        /// The difference.
        more: u64,
        /// Whether it is longer.
        is_over: bool,
    },
    /// The bytes could not be written.
    #[error("the ZIP file could not be written: {0}")]
    Io(#[from] io::Error),
}

const fn compared(is_over: &bool) -> &'static str {
    if *is_over { "more" } else { "fewer" }
}

/// A ZIP file under a password, being written.
///
/// ```
/// use tallymark_codes::{SealedZip, ZipTime};
///
/// let mut zip = SealedZip::new(Vec::new(), "correct horse", ZipTime::EARLIEST);
/// zip.begin("codes.txt", 17, [7; 16])?;
/// zip.write(&mut b"0123456789ABCDEF\n".to_vec())?;
/// let file = zip.finish()?;
/// assert_eq!(file.len() as u64, SealedZip::<Vec<u8>>::bytes_of([("codes.txt", 17)]));
/// # Ok::<(), tallymark_codes::ZipError>(())
/// ```
pub struct SealedZip<W> {
    out: W,
    password: Zeroizing<String>,
    time: ZipTime,
    offset: u64,
    entries: Vec<Entry>,
    open: Option<Open>,
}

/// The file being written.
struct Open {
    cipher: Cipher,
    left: u64,
}

impl<W: Write> SealedZip<W> {
    /// Most files of one ZIP file.
    pub const FILES_MAX: usize = 20_000;

    /// Starts a ZIP file whose files all bear the time. Writes go to `out` as they come, so that it needs no buffer where
    /// they are large.
    pub fn new(out: W, password: &str, time: ZipTime) -> Self {
        Self { out, password: Zeroizing::new(password.to_owned()), time, offset: 0, entries: Vec::new(), open: None }
    }

    /// Starts the next file, of `bytes` bytes. `salt` must differ from that of every other file under the password: with the
    /// same salt two files are encrypted by the same stream, and their difference is readable.
    ///
    /// # Errors
    /// [`ZipError::Length`] where the file before is not complete, [`ZipError::Name`], [`ZipError::Full`], [`ZipError::Io`].
    pub fn begin(&mut self, name: &str, bytes: u64, salt: [u8; SALT_BYTES]) -> Result<(), ZipError> {
        self.end_file()?;
        let leads_out = name.split('/').any(|part| matches!(part, "" | "." | "..")) || name.contains('\\');
        if name.len() > usize::from(u8::MAX) || leads_out {
            return Err(ZipError::Name(name.to_owned()));
        }
        if self.entries.len() == Self::FILES_MAX {
            return Err(ZipError::Full);
        }
        let entry = Entry { name: name.to_owned(), bytes, offset: self.offset, time: self.time };
        let (cipher, verifier) = Cipher::new(&self.password, &salt);
        let mut head = entry.local();
        head.extend(salt);
        head.extend(verifier);
        self.put(&head)?;
        self.entries.push(entry);
        self.open = Some(Open { cipher, left: bytes });
        Ok(())
    }

    /// Writes a piece of the file that was begun last. The piece is encrypted in its place: what it held is gone.
    ///
    /// # Errors
    /// [`ZipError::Length`] where it is longer than announced, [`ZipError::Io`].
    pub fn write(&mut self, piece: &mut [u8]) -> Result<(), ZipError> {
        let length = piece.len() as u64;
        let left = self.open.as_ref().map_or(0, |open| open.left);
        if length > left {
            return Err(self.wrong_length(length - left, true));
        }
        if let Some(open) = &mut self.open {
            open.left -= length;
            open.cipher.encrypt(piece);
        }
        self.put(piece)
    }

    /// Completes the ZIP file and gives the writer back.
    ///
    /// # Errors
    /// [`ZipError::Length`] where the last file is not complete, [`ZipError::Io`].
    pub fn finish(mut self) -> Result<W, ZipError> {
        self.end_file()?;
        let start = self.offset;
        let mut tail = Vec::new();
        for entry in &self.entries {
            tail.extend(entry.central());
        }
        let length = tail.len() as u64;
        tail.extend(end(self.entries.len() as u64, start, length));
        self.put(&tail)?;
        self.out.flush()?;
        Ok(self.out)
    }

    /// How long the ZIP file of these files, each a name and its bytes, becomes.
    pub fn bytes_of<'n>(files: impl IntoIterator<Item = (&'n str, u64)>) -> u64 {
        let (mut offset, mut central) = (0, 0);
        for (name, bytes) in files {
            let entry = Entry { name: name.to_owned(), bytes, offset, time: ZipTime::EARLIEST };
            offset += entry.local().len() as u64 + OVERHEAD_BYTES + bytes;
            central += entry.central().len() as u64;
        }
        offset + central + end_bytes(offset, central)
    }

    fn end_file(&mut self) -> Result<(), ZipError> {
        match self.open.take() {
            None => Ok(()),
            Some(Open { cipher, left: 0 }) => self.put(&cipher.code()),
            Some(Open { left, .. }) => Err(self.wrong_length(left, false)),
        }
    }

    fn wrong_length(&self, more: u64, is_over: bool) -> ZipError {
        let (name, announced) = self.entries.last().map(|entry| (entry.name.clone(), entry.bytes)).unwrap_or_default();
        ZipError::Length { name, announced, more, is_over }
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), ZipError> {
        self.out.write_all(bytes)?;
        self.offset += bytes.len() as u64;
        Ok(())
    }
}

impl<W> std::fmt::Debug for SealedZip<W> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SealedZip")
            .field("offset", &self.offset)
            .field("files", &self.entries.len())
            .finish_non_exhaustive()
    }
}
