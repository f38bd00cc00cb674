//! Compressed GS1 Digital Link URIs (as GS1's Digital Link toolkit writes them), for reading only: the whole
//! identity, or all but the key, as bits written in base64 for URLs.
//!
//! The bits are a row of entries. One starts with two hexadecimal digits: the beginning of an identifier; or the name
//! of a combination of identifiers that often stand together; or `F` and what is none of GS1's. The value follows,
//! its digits as one binary number, other characters in one of five encodings.

use thiserror::Error;

use super::ai::{Ai, CharacterSet, Component, Definition, definition_of, definitions};
use super::element::{ELEMENTS_MAX, Element, ElementError};

/// Base64 for URLs (RFC 4648, section 5): six bits a character.
const BASE_64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// Combinations of identifiers that two hexadecimal digits stand for.
const COMBINATIONS: [(&str, &[&str]); 24] = [
    ("0A", &["01", "22"]),
    ("0B", &["01", "10"]),
    ("0C", &["01", "21"]),
    ("0D", &["01", "17"]),
    ("0E", &["01", "7003"]),
    ("0F", &["01", "30"]),
    ("1A", &["01", "10", "21", "17"]),
    ("1B", &["01", "15"]),
    ("1C", &["01", "11"]),
    ("1D", &["01", "16"]),
    ("1E", &["01", "91"]),
    ("1F", &["01", "10", "15"]),
    ("2A", &["01", "3100"]),
    ("2B", &["01", "3101"]),
    ("2C", &["01", "3102"]),
    ("2D", &["01", "3103"]),
    ("2E", &["01", "3104"]),
    ("2F", &["01", "3105"]),
    ("3A", &["01", "3200"]),
    ("3B", &["01", "3201"]),
    ("3C", &["01", "3202"]),
    ("3D", &["01", "3203"]),
    ("3E", &["01", "3204"]),
    ("3F", &["01", "3205"]),
];

/// More of them, of keys other than the GTIN.
const KEY_COMBINATIONS: [(&str, &[&str]); 4] =
    [("9A", &["8010", "8011"]), ("9B", &["8017", "8019"]), ("9C", &["8018", "8019"]), ("9D", &["414", "254"])];

/// And those whose last hexadecimal digit counts decimals: A0 to A9, C0 to C9, CA to CD.
const DECIMAL_COMBINATIONS: [(u8, u8, &str, &str); 3] =
    [(0xA0, 0xA9, "01", "392"), (0xC0, 0xC9, "255", "390"), (0xCA, 0xCD, "255", "394")];

/// Why a text is not a compressed link.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CompressionError {
    /// A character that base64 for URLs does not have.
    #[error("{0:?} is not a character of base64 for URLs")]
    Character(char),
    /// The bits end within an entry.
    #[error("it ends too early: characters are missing at its end")]
    Short,
    /// Bits are left over.
    #[error("something is left over at its end")]
    Rest,
    /// Two hexadecimal digits that mean nothing.
    #[error("{0:02X} is neither the beginning of an identifier nor a combination")]
    Entry(u8),
    /// An encoding of characters that there is not.
    #[error("there is no encoding {0} of characters")]
    Encoding(u64),
    /// More entries than are read.
    #[error("it has more than {max} entries", max = ELEMENTS_MAX)]
    TooMany,
    /// A number larger than its digits can write.
    #[error("a number is too large for its {0} digits")]
    Number(usize),
    /// A value breaks the rules of its identifier.
    #[error(transparent)]
    Element(#[from] ElementError),
}

/// The elements of a compressed text, and what else it holds as `name=value`, percent-encoded.
pub(super) fn decompressed(text: &str) -> Result<(Vec<Element>, Vec<String>), CompressionError> {
    let mut bits = Bits::new(text)?;
    let (mut elements, mut others) = (Vec::new(), Vec::new());
    // What base64 fills up with is less than an entry's first digits.
    while bits.left() >= 8 {
        if elements.len() + others.len() >= ELEMENTS_MAX {
            return Err(CompressionError::TooMany);
        }
        let entry = bits.take(8)? as u8;
        if entry >> 4 == 0xF {
            others.push(other(&mut bits, entry)?);
        } else if let Some(ais) = combination(entry) {
            for ai in &ais {
                elements.push(value(&mut bits, ai)?);
            }
        } else {
            let ai = identifier(&mut bits, entry)?;
            elements.push(value(&mut bits, &ai)?);
        }
    }
    if elements.is_empty() && others.is_empty() {
        return Err(CompressionError::Short);
    }
    if bits.take(bits.left())? == 0 { Ok((elements, others)) } else { Err(CompressionError::Rest) }
}

fn combination(entry: u8) -> Option<Vec<String>> {
    let name = format!("{entry:02X}");
    let named = COMBINATIONS.iter().chain(&KEY_COMBINATIONS).find(|(known, _)| *known == name);
    let decimals = |(first, last, key, stem): &(u8, u8, &str, &str)| {
        let count = (*first..=*last).contains(&entry).then(|| entry - first)?;
        Some(vec![(*key).to_owned(), format!("{stem}{count}")])
    };
    named
        .map(|(_, ais)| ais.iter().map(|ai| (*ai).to_owned()).collect())
        .or_else(|| DECIMAL_COMBINATIONS.iter().find_map(decimals))
}

/// The first two digits of an identifier tell how many it has.
fn identifier(bits: &mut Bits, entry: u8) -> Result<String, CompressionError> {
    let mut digits = format!("{entry:02X}");
    let is_alike =
        |definition: &&Definition| definition.first()[..2] <= digits[..] && digits[..] <= definition.last()[..2];
    let alike = definitions().iter().find(is_alike);
    let length = alike.ok_or(CompressionError::Entry(entry))?.first().len();
    while digits.len() < length {
        digits.push(char::from_digit(bits.take(4)? as u32, 10).ok_or(CompressionError::Entry(entry))?);
    }
    if definition_of(&digits).is_none() {
        return Err(ElementError::Unknown(digits).into());
    }
    Ok(digits)
}

fn value(bits: &mut Bits, ai: &str) -> Result<Element, CompressionError> {
    let definition = definition_of(ai).ok_or_else(|| ElementError::Unknown(ai.to_owned()))?;
    let mut value = String::new();
    for part in parts(definition.components) {
        match part {
            Part { is_number: true, is_fixed: true, max } => value.push_str(&bits.number(max)?),
            Part { is_number: true, is_fixed: false, max } => {
                let digits = bits.take(length_bits(max))? as usize;
                value.push_str(&bits.number(digits)?);
            }
            Part { is_number: false, is_fixed, max } => {
                let encoding = bits.take(3)?;
                let count = if is_fixed { max } else { bits.take(length_bits(max))? as usize };
                value.push_str(&bits.characters(encoding, count)?);
            }
        }
    }
    let ai = Ai::parse(ai).ok_or_else(|| ElementError::Unknown(ai.to_owned()))?;
    Ok(Element::of(ai, value)?)
}

/// A parameter that is none of GS1's: seven bits of length, six a character of its name, then its value.
fn other(bits: &mut Bits, entry: u8) -> Result<String, CompressionError> {
    let length = usize::from(entry & 0xF) << 3 | bits.take(3)? as usize;
    let mut text = bits.characters(3, length)?;
    let encoding = bits.take(3)?;
    let count = bits.take(7)? as usize;
    text.push('=');
    super::query::push_encoded(&mut text, &bits.characters(encoding, count)?);
    Ok(text)
}

/// Parts of a value as the compression sees them: neighbours of one kind are one part.
struct Part {
    is_number: bool,
    is_fixed: bool,
    max: usize,
}

fn parts(components: &[Component]) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    for component in components {
        let is_number = component.set == CharacterSet::Numeric;
        let is_fixed = component.min == component.max && !component.is_optional;
        let max = usize::from(component.max);
        match parts.last_mut() {
            // Digits of a fixed number stay apart from those that may be missing; characters do not.
            Some(last) if last.is_number == is_number && (last.is_fixed == is_fixed || !is_number) => {
                last.max += max;
                last.is_fixed &= is_fixed;
            }
            _ => parts.push(Part { is_number, is_fixed, max }),
        }
    }
    parts
}

/// Bits that write a length up to `max`.
fn length_bits(max: usize) -> usize {
    ((max as f64).log2() + 0.01).ceil() as usize
}

/// Bits that write a number of so many digits.
fn number_bits(digits: usize) -> usize {
    (digits as f64 * 10f64.log2() + 0.01).ceil() as usize
}

/// Bits that are read from the first on.
struct Bits {
    sextets: Vec<u8>,
    at: usize,
}

impl Bits {
    fn new(text: &str) -> Result<Self, CompressionError> {
        let sextet = |character: char| {
            let place = BASE_64.iter().position(|known| char::from(*known) == character);
            place.map(|place| place as u8).ok_or(CompressionError::Character(character))
        };
        Ok(Self { sextets: text.chars().map(sextet).collect::<Result<_, _>>()?, at: 0 })
    }

    fn left(&self) -> usize {
        self.sextets.len() * 6 - self.at
    }

    fn bit(&mut self) -> Result<u8, CompressionError> {
        let sextet = self.sextets.get(self.at / 6).ok_or(CompressionError::Short)?;
        let bit = sextet >> (5 - self.at % 6) & 1;
        self.at += 1;
        Ok(bit)
    }

    fn take(&mut self, count: usize) -> Result<u64, CompressionError> {
        (0..count).try_fold(0, |number, _| Ok(number << 1 | u64::from(self.bit()?)))
    }

    /// A number of exactly so many digits, which may be more than any integer type holds.
    fn number(&mut self, count: usize) -> Result<String, CompressionError> {
        let mut digits = vec![0; count];
        for _ in 0..number_bits(count) {
            let mut carry = self.bit()?;
            for digit in digits.iter_mut().rev() {
                let doubled = *digit * 2 + carry;
                (*digit, carry) = (doubled % 10, doubled / 10);
            }
            if carry > 0 {
                return Err(CompressionError::Number(count));
            }
        }
        Ok(digits.iter().map(|digit| char::from(b'0' + digit)).collect())
    }

    /// Characters in the encoding that three bits name.
    fn characters(&mut self, encoding: u64, count: usize) -> Result<String, CompressionError> {
        let hexadecimal = |value: u64| char::from_digit(value as u32, 16).unwrap_or_default();
        (0..if encoding == 0 { 0 } else { count })
            .map(|_| match encoding {
                1 => Ok(hexadecimal(self.take(4)?)),
                2 => Ok(hexadecimal(self.take(4)?).to_ascii_uppercase()),
                3 => Ok(char::from(BASE_64[self.take(6)? as usize])),
                4 => Ok(char::from(self.take(7)? as u8)),
                other => Err(CompressionError::Encoding(other)),
            })
            .collect::<Result<String, _>>()
            .and_then(|text| if encoding == 0 { self.number(count) } else { Ok(text) })
    }
}
