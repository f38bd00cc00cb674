//! Comma-separated values, as RFC 4180 has them and as spreadsheets write them.
//!
//! A reader of our own, for three things that others do not tell: the line in which each record begins, a quote that is
//! never closed, and a record that is longer than it may be before it is in memory. Like them it takes what is not in the
//! RFC: a quote inside a cell that does not begin with one is a character, and what follows a closed quote belongs to
//! the cell.

use std::io::{BufRead as _, BufReader, Read};

use crate::encoding::{self, Utf8};
use crate::feed::Feed;
use crate::types::Cell;
use crate::{Error, Limits, Source};

/// Bytes that are read at once; the header's line is looked for within them.
const BUFFER: usize = 64 << 10;
/// What separates cells; of equally frequent ones the first.
const DELIMITERS: [u8; 3] = [b',', b';', b'\t'];

/// Reads a file of text.
pub(crate) fn read(source: &Source, mut feed: Feed<'_>) -> Result<(), Error> {
    let text = Utf8::new(source.open()?, encoding::of(source)?);
    let mut records = Records::new(text, *feed.limits())?;
    while let Some((line, cells)) = records.next()? {
        if feed.record(line, cells)?.is_break() {
            return Ok(());
        }
    }
    feed.end()
}

/// Where in a cell the reader is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Within {
    /// Before its first character.
    Start,
    /// A cell without quotes, or what follows its closing quote.
    Plain,
    /// Between quotes.
    Quotes,
    /// After a quote between quotes: the closing one, or the first of a doubled one.
    Quote,
}

struct Records<R> {
    inner: BufReader<R>,
    limits: Limits,
    delimiter: u8,
    line: u64,
    /// The last record ended with a carriage return; a line feed after it belongs to it.
    after_return: bool,
}

/// A record on its way.
struct Growing {
    cells: Vec<Cell>,
    cell: Vec<u8>,
    within: Within,
    bytes: usize,
    /// Where the last opening quote was: line, and column from 1.
    quote: (u64, usize),
}

impl<R: Read> Records<R> {
    fn new(inner: R, limits: Limits) -> Result<Self, Error> {
        let mut inner = BufReader::with_capacity(BUFFER, inner);
        let delimiter = delimiter_of(inner.fill_buf().map_err(|error| Error::file(&error))?);
        Ok(Self { inner, limits, delimiter, line: 1, after_return: false })
    }

    /// The next record with the line in which it begins; a blank line is a record of one empty cell.
    fn next(&mut self) -> Result<Option<(u64, Vec<Cell>)>, Error> {
        let first = self.line;
        let mut record =
            Growing { cells: Vec::new(), cell: Vec::new(), within: Within::Start, bytes: 0, quote: (first, 1) };
        loop {
            let bytes = self.inner.fill_buf().map_err(|error| Error::file(&error))?;
            if bytes.is_empty() {
                if record.within == Within::Quotes {
                    let (line, column) = record.quote;
                    return Err(Error::OpenQuote { line, column });
                }
                let is_nothing = record.cells.is_empty() && record.within == Within::Start;
                record.end_cell(self.limits.cell_bytes_max);
                return Ok((!is_nothing).then_some((first, record.cells)));
            }
            let (mut used, mut is_whole) = (0, false);
            for byte in bytes {
                used += 1;
                if std::mem::take(&mut self.after_return) && *byte == b'\n' {
                    continue;
                }
                let is_end = record.take(*byte, self.delimiter, self.line, &self.limits);
                self.line += u64::from(*byte == b'\n' || (is_end && *byte == b'\r'));
                if is_end {
                    self.after_return = *byte == b'\r';
                    is_whole = true;
                    break;
                }
            }
            self.inner.consume(used);
            if record.bytes > self.limits.record_bytes_max {
                return Err(Error::RecordTooLong { line: first, max: self.limits.record_bytes_max });
            }
            if is_whole {
                return Ok(Some((first, record.cells)));
            }
        }
    }
}

impl Growing {
    /// Takes a byte; gives whether the record ends with it.
    fn take(&mut self, byte: u8, delimiter: u8, line: u64, limits: &Limits) -> bool {
        self.bytes += 1;
        match (self.within, byte) {
            (Within::Quotes, b'"') => self.within = Within::Quote,
            (Within::Quotes, _) => self.cell.push(byte),
            (Within::Quote, b'"') => {
                self.cell.push(byte);
                self.within = Within::Quotes;
            }
            (_, b'\r' | b'\n') => {
                self.end_cell(limits.cell_bytes_max);
                return true;
            }
            (_, byte) if byte == delimiter => self.end_cell(limits.cell_bytes_max),
            (Within::Start, b'"') => {
                self.within = Within::Quotes;
                self.quote = (line, self.cells.len() + 1);
            }
            (_, byte) => {
                self.cell.push(byte);
                self.within = Within::Plain;
            }
        }
        false
    }

    fn end_cell(&mut self, bytes_max: usize) {
        self.cells.push(Cell::of(&String::from_utf8_lossy(&self.cell), bytes_max));
        self.cell.clear();
        self.within = Within::Start;
    }
}

/// What separates the cells of the first line that is not blank.
fn delimiter_of(text: &[u8]) -> u8 {
    let (mut counts, mut is_quoted, mut is_blank) = ([0_usize; DELIMITERS.len()], false, true);
    for byte in text {
        match byte {
            b'"' => is_quoted = !is_quoted,
            b'\r' | b'\n' if !is_quoted && !is_blank => break,
            _ if is_quoted => {}
            _ => {
                if let Some(place) = DELIMITERS.iter().position(|delimiter| delimiter == byte) {
                    counts[place] += 1;
                }
            }
        }
        is_blank &= byte.is_ascii_whitespace();
    }
    let most = (0..DELIMITERS.len()).rev().max_by_key(|place| counts[*place]).unwrap_or(0);
    DELIMITERS[most]
}
