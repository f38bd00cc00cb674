//! Where a table is.

use std::fs::File;
use std::io::{Cursor, Read, Seek, SeekFrom};
use std::path::PathBuf;

use bytes::Bytes;

use crate::Error;

/// A file, on a disk or in memory. It is opened for each reading anew.
#[derive(Debug, Clone)]
pub enum Source {
    /// A file.
    File(PathBuf),
    /// The bytes of one.
    Bytes(Bytes),
}

/// An opened source.
#[derive(Debug)]
pub(crate) enum Opened {
    File(File),
    Bytes(Cursor<Bytes>),
}

impl Source {
    pub(crate) fn open(&self) -> Result<Opened, Error> {
        Ok(match self {
            Self::File(path) => Opened::File(File::open(path).map_err(|error| Error::file(&error))?),
            Self::Bytes(bytes) => Opened::Bytes(Cursor::new(bytes.clone())),
        })
    }

    /// Bytes of the file.
    pub fn bytes(&self) -> Result<u64, Error> {
        match self {
            Self::File(path) => Ok(std::fs::metadata(path).map_err(|error| Error::file(&error))?.len()),
            Self::Bytes(bytes) => Ok(bytes.len() as u64),
        }
    }
}

impl Read for Opened {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match self {
            Self::File(file) => file.read(buffer),
            Self::Bytes(bytes) => bytes.read(buffer),
        }
    }
}

impl Seek for Opened {
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        match self {
            Self::File(file) => file.seek(to),
            Self::Bytes(bytes) => bytes.seek(to),
        }
    }
}
