//! The written form of a code: Crockford's base 32 (<https://www.crockford.com/base32.html>), upper
//! case, without I, L, O and U. Reading follows his rules too: lower case counts as upper case,
//! I and L are 1, O is 0, hyphens are ignored; spaces are ignored as well, because people copy the
//! groups printed on labels. U stands for nothing and is refused.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::types::CodeLength;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Characters between two hyphens where a code is shown to people.
const GROUP: usize = 4;

/// Longest text that is looked at: a code of 20 characters with a separator between all of them.
const INPUT_BYTES_MAX: usize = 40;

/// Two characters for each value of ten bits: half the steps of one character at a time.
const PAIRS: [[u8; 2]; 1024] = pairs();
const VALUES: [u8; 256] = values();
const IGNORED: u8 = 0xFE;
const REFUSED: u8 = 0xFF;

const fn pairs() -> [[u8; 2]; 1024] {
    let mut table = [[0; 2]; 1024];
    let mut value = 0;
    while value < 1024 {
        table[value] = [ALPHABET[value >> 5], ALPHABET[value & 31]];
        value += 1;
    }
    table
}

const fn values() -> [u8; 256] {
    let mut table = [REFUSED; 256];
    let mut value = 0;
    while value < 32 {
        let letter = ALPHABET[value];
        table[letter as usize] = value as u8;
        table[letter.to_ascii_lowercase() as usize] = value as u8;
        value += 1;
    }
    table[b'O' as usize] = 0;
    table[b'o' as usize] = 0;
    table[b'I' as usize] = 1;
    table[b'i' as usize] = 1;
    table[b'L' as usize] = 1;
    table[b'l' as usize] = 1;
    table[b'-' as usize] = IGNORED;
    table[b' ' as usize] = IGNORED;
    table
}

/// Why a text is not even the shape of a code.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MalformedCode {
    /// The text is longer than any spelling of a code.
    #[error("a code is 14 to 20 characters; this text of {bytes} bytes is too long")]
    TooLong {
        /// Bytes of the text.
        bytes: usize,
    },
    /// Wrong number of characters, hyphens and spaces not counted.
    #[error("a code is 14 to 20 characters; got {characters}")]
    Length {
        /// Characters found, hyphens and spaces not counted.
        characters: usize,
    },
    /// A character that no code contains.
    #[error("{found:?} at position {position} never occurs in a code; codes use 0-9 and A-Z without U")]
    Character {
        /// The character found.
        found: char,
        /// Its place in the text, counted in characters from 1.
        position: usize,
    },
}

/// A code in its canonical spelling: 14 to 20 upper-case characters, held inline. Being well-formed
/// says nothing about being genuine; only a [`Keyring`](crate::Keyring) can tell.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CodeText {
    // Unused bytes stay 0, so that the derived comparisons see only the code.
    bytes: [u8; CodeLength::MAX.characters()],
    length: CodeLength,
}

impl CodeText {
    /// The text of a ciphertext; `bits` uses the low `length.bits()` bits.
    pub(crate) fn from_bits(bits: u128, length: CodeLength) -> Self {
        let characters = length.characters();
        // Counted from the left end of 100 bits, so that every shift is a constant.
        let aligned = bits << (CodeLength::MAX.bits() - length.bits());
        let mut bytes = [0; CodeLength::MAX.characters()];
        for (pair, place) in bytes.chunks_exact_mut(2).enumerate() {
            place.copy_from_slice(&PAIRS[(aligned >> (90 - 10 * pair)) as usize & 1023]);
        }
        bytes[characters..].fill(0);
        Self { bytes, length }
    }

    /// The ciphertext, in the low `length.bits()` bits.
    pub(crate) fn bits(&self) -> u128 {
        self.as_bytes().iter().fold(0, |bits, byte| bits << 5 | u128::from(VALUES[usize::from(*byte)]))
    }

    /// Reads any accepted spelling of a code.
    ///
    /// # Errors
    /// [`MalformedCode`] says which rule the text breaks.
    pub fn parse(text: &str) -> Result<Self, MalformedCode> {
        if text.len() > INPUT_BYTES_MAX {
            return Err(MalformedCode::TooLong { bytes: text.len() });
        }
        let mut bytes = [0; CodeLength::MAX.characters()];
        let mut characters = 0;
        for byte in text.bytes() {
            match VALUES[usize::from(byte)] {
                IGNORED => {}
                REFUSED => return Err(refused_character(text)),
                value => {
                    if let Some(place) = bytes.get_mut(characters) {
                        *place = ALPHABET[usize::from(value)];
                    }
                    characters += 1;
                }
            }
        }
        let length = CodeLength::new(characters as u64).map_err(|_| MalformedCode::Length { characters })?;
        Ok(Self { bytes, length })
    }

    /// The characters, all ASCII.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.length.characters()]
    }

    /// The characters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).expect("the alphabet is ASCII")
    }

    /// Number of characters.
    pub fn length(&self) -> CodeLength {
        self.length
    }

    /// The spelling for people, in groups of four: `0A1B-2C3D-4E5F-6G7H`. It reads back as the
    /// same code.
    pub fn grouped(&self) -> String {
        let characters = self.length.characters();
        let mut text = String::with_capacity(characters + characters / GROUP);
        for (place, byte) in self.as_bytes().iter().enumerate() {
            if place > 0 && place % GROUP == 0 {
                text.push('-');
            }
            text.push(char::from(*byte));
        }
        text
    }
}

fn refused_character(text: &str) -> MalformedCode {
    let (place, found) = text
        .chars()
        .enumerate()
        .find(|(_, found)| !found.is_ascii() || VALUES[*found as usize] == REFUSED)
        .expect("called only when a byte was refused");
    MalformedCode::Character { found, position: place + 1 }
}

impl FromStr for CodeText {
    type Err = MalformedCode;

    fn from_str(text: &str) -> Result<Self, MalformedCode> {
        Self::parse(text)
    }
}

impl AsRef<str> for CodeText {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for CodeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for CodeText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CodeText({})", self.as_str())
    }
}
