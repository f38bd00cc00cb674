//! Counting the rows of a stream in PostgreSQL's binary form of COPY, and seeing that it ends where it should.
//!
//! The form (PostgreSQL manual, "COPY", Binary Format): an 11-byte signature, 32 bits of flags, a header extension with
//! its length before it, then rows: the number of fields in 16 bits, each field with its length in 32 bits before it, -1
//! for NULL; a number of fields of -1 ends the stream.

/// Counts while the stream goes by in pieces of any length.
#[derive(Debug)]
pub(super) struct Tuples {
    state: State,
    /// Bytes of a number that came in an earlier piece.
    number: [u8; 4],
    have: usize,
    /// Bytes to pass over before the next number.
    skip: u64,
    /// Fields of the row that are still to come.
    fields: i16,
    rows: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Extension,
    Row,
    Field,
    End,
    Broken,
}

/// Signature and flags.
const BEFORE_EXTENSION: u64 = 11 + 4;

impl Tuples {
    pub(super) const fn new() -> Self {
        Self { state: State::Extension, number: [0; 4], have: 0, skip: BEFORE_EXTENSION, fields: 0, rows: 0 }
    }

    /// Takes the next piece.
    pub(super) fn add(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            if self.skip > 0 {
                let passed = self.skip.min(bytes.len() as u64);
                self.skip -= passed;
                bytes = &bytes[passed as usize..];
                continue;
            }
            let wanted = match self.state {
                State::Row => 2,
                State::Extension | State::Field => 4,
                State::End | State::Broken => {
                    self.state = State::Broken;
                    return;
                }
            };
            self.number[self.have] = bytes[0];
            self.have += 1;
            bytes = &bytes[1..];
            if self.have == wanted {
                self.have = 0;
                self.step();
            }
        }
    }

    fn step(&mut self) {
        let length = i32::from_be_bytes(self.number);
        match self.state {
            State::Extension => {
                self.skip = u64::try_from(length).unwrap_or(0);
                self.state = State::Row;
            }
            State::Row => match i16::from_be_bytes([self.number[0], self.number[1]]) {
                -1 => self.state = State::End,
                fields if fields > 0 => {
                    (self.fields, self.state) = (fields, State::Field);
                }
                _ => self.state = State::Broken,
            },
            State::Field => {
                self.skip = u64::try_from(length).unwrap_or(0);
                self.fields -= 1;
                if self.fields == 0 {
                    self.rows += 1;
                    self.state = State::Row;
                }
            }
            State::End | State::Broken => {}
        }
    }

    /// The number of rows, where the stream is whole.
    pub(super) fn rows(&self) -> Option<u64> {
        (self.state == State::End && self.skip == 0).then_some(self.rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The signature of the manual, no flags, no extension; rows (1, NULL) and (empty, "ab"); the end.
    fn stream() -> Vec<u8> {
        let mut bytes = b"PGCOPY\n\xff\r\n\0".to_vec();
        bytes.extend([0, 0, 0, 0, 0, 0, 0, 0]);
        bytes.extend([0, 2, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 1, 255, 255, 255, 255]);
        bytes.extend([0, 2, 0, 0, 0, 0, 0, 0, 0, 2, b'a', b'b']);
        bytes.extend([255, 255]);
        bytes
    }

    #[test]
    fn rows_are_counted_however_the_stream_is_cut() {
        let whole = stream();
        for size in 1..=whole.len() {
            let mut tuples = Tuples::new();
            whole.chunks(size).for_each(|piece| tuples.add(piece));
            assert_eq!(tuples.rows(), Some(2), "pieces of {size}");
        }
    }

    #[test]
    fn a_stream_that_ends_early_or_goes_on_has_no_number_of_rows() {
        let whole = stream();
        for length in 0..whole.len() {
            let mut tuples = Tuples::new();
            tuples.add(&whole[..length]);
            assert_eq!(tuples.rows(), None, "{length} bytes");
        }
        let mut tuples = Tuples::new();
        tuples.add(&whole);
        tuples.add(b"x");
        assert_eq!(tuples.rows(), None);
    }
}
