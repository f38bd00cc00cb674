//! Which encoding a text file has, and reading it as UTF-8.

use std::io::Read;

use encoding_rs::{CoderResult, Decoder, DecoderResult, Encoding, GB18030, UTF_8};

use crate::{Error, Source};

/// Bytes that are read at once.
const PIECE: usize = 64 << 10;
/// The room that any decoder needs to go on.
pub(crate) const ROOM_MIN: usize = 64;

/// The encoding of a file: what its mark says, else UTF-8 where every byte fits, else GB18030 where every byte fits.
pub(crate) fn of(source: &Source) -> Result<&'static Encoding, Error> {
    let mut start = Vec::new();
    source.open()?.take(3).read_to_end(&mut start).map_err(|error| Error::file(&error))?;
    if let Some((encoding, _)) = Encoding::for_bom(&start) {
        return match misfit(source, encoding)? {
            None => Ok(encoding),
            Some(line) => Err(Error::Encoding { line }),
        };
    }
    let Some(line) = misfit(source, UTF_8)? else { return Ok(UTF_8) };
    match misfit(source, GB18030)? {
        None => Ok(GB18030),
        Some(_) => Err(Error::Encoding { line }),
    }
}

/// The first line that is no text in an encoding; `None` where all are.
fn misfit(source: &Source, encoding: &'static Encoding) -> Result<Option<u64>, Error> {
    let (mut file, mut decoder) = (source.open()?, encoding.new_decoder());
    let (mut raw, mut text) = (vec![0; PIECE], vec![0; PIECE * 3 + ROOM_MIN]);
    let mut line = 1;
    loop {
        let count = file.read(&mut raw).map_err(|error| Error::file(&error))?;
        let (result, _, written) = decoder.decode_to_utf8_without_replacement(&raw[..count], &mut text, count == 0);
        line += text[..written].iter().filter(|byte| **byte == b'\n').count() as u64;
        match result {
            DecoderResult::Malformed(..) => return Ok(Some(line)),
            _ if count == 0 => return Ok(None),
            _ => {}
        }
    }
}

/// A file as UTF-8. Its readers give at least [`ROOM_MIN`] bytes of room.
pub(crate) struct Utf8<R> {
    inner: R,
    decoder: Decoder,
    raw: Box<[u8]>,
    start: usize,
    end: usize,
    is_over: bool,
    /// The decoder gave everything; it must not be asked again.
    is_done: bool,
}

impl<R: Read> Utf8<R> {
    pub(crate) fn new(inner: R, encoding: &'static Encoding) -> Self {
        let raw = vec![0; PIECE].into_boxed_slice();
        Self { inner, decoder: encoding.new_decoder(), raw, start: 0, end: 0, is_over: false, is_done: false }
    }
}

impl<R: Read> Read for Utf8<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        debug_assert!(buffer.len() >= ROOM_MIN, "a decoder needs room for a character");
        loop {
            if self.is_done {
                return Ok(0);
            }
            if self.start == self.end && !self.is_over {
                (self.start, self.end) = (0, self.inner.read(&mut self.raw)?);
                self.is_over = self.end == 0;
            }
            let rest = &self.raw[self.start..self.end];
            let (result, read, written, _) = self.decoder.decode_to_utf8(rest, buffer, self.is_over);
            self.start += read;
            self.is_done = self.is_over && result == CoderResult::InputEmpty;
            if written > 0 {
                return Ok(written);
            }
        }
    }
}
