//! Global Trade Item Numbers (GS1 General Specifications, sections 3.3.2 and 7.9). All four written
//! forms are the same number with leading zeros, so one is kept: fourteen digits.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// Why a text is not a GTIN.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum GtinError {
    /// The number of characters is none of 8, 12, 13 and 14.
    #[error("a GTIN has 8, 12, 13 or 14 digits; got {0} characters")]
    Length(usize),
    /// A character that is not a digit 0 to 9.
    #[error("a GTIN has digits only; {0:?} is not one")]
    Digit(char),
    /// The last digit does not fit the others.
    #[error("the check digit of this GTIN should be {expected}, not {found}; check the number for a typing error")]
    CheckDigit {
        /// The digit that fits.
        expected: u8,
        /// The digit given.
        found: u8,
    },
}

/// The number of a product, check digit included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Gtin(u64);

impl Gtin {
    /// Reads GTIN-8, GTIN-12 (UPC-A), GTIN-13 (EAN-13) or GTIN-14.
    ///
    /// # Errors
    /// [`GtinError`] says which rule the text breaks.
    pub fn parse(text: &str) -> Result<Self, GtinError> {
        if let Some(found) = text.chars().find(|found| !found.is_ascii_digit()) {
            return Err(GtinError::Digit(found));
        }
        if !matches!(text.len(), 8 | 12 | 13 | 14) {
            return Err(GtinError::Length(text.len()));
        }
        let number = text.bytes().fold(0, |number, digit| number * 10 + u64::from(digit - b'0'));
        let found = (number % 10) as u8;
        let expected = check_digit(number / 10);
        if found != expected {
            return Err(GtinError::CheckDigit { expected, found });
        }
        Ok(Self(number))
    }

    /// The number; fourteen digits with leading zeros are its written form.
    pub const fn as_u64(self) -> u64 {
        self.0
    }
}

/// The digit that makes the weighted sum a multiple of ten. From the right, the digits before the
/// check digit weigh 3, 1, 3, 1 …
pub(crate) fn check_digit(mut number: u64) -> u8 {
    let (mut sum, mut weight) = (0, 3);
    while number > 0 {
        sum += number % 10 * weight;
        number /= 10;
        weight = 4 - weight;
    }
    ((10 - sum % 10) % 10) as u8
}

impl FromStr for Gtin {
    type Err = GtinError;

    fn from_str(text: &str) -> Result<Self, GtinError> {
        Self::parse(text)
    }
}

impl fmt::Display for Gtin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:014}", self.0)
    }
}
