//! Serial Shipping Container Codes (GS1 General Specifications, 2.2.1 and 3.3.1): the number of one pallet, case or other load.
//! An extension digit, the company's prefix, a serial reference, and a check digit: 18 digits, which anybody can count on from
//! one to the next, so an SSCC proves nothing.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use crate::gtin::check_digit;
use crate::link::Host;

/// Digits of an SSCC without its check digit.
const DIGITS: u32 = 17;
/// Digits of prefix and serial reference together.
const REFERENCE_DIGITS: u32 = 16;

/// Why a text is not an SSCC, or not the beginning of any.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SsccError {
    /// Not 18 digits.
    #[error("{0:?} is no SSCC: it has 18 digits")]
    Digits(String),
    /// The last digit does not fit the others.
    #[error("the check digit of this SSCC should be {expected}, not {found}; look for a typing error")]
    CheckDigit {
        /// The digit that fits.
        expected: u8,
        /// The digit given.
        found: u8,
    },
    /// No company prefix.
    #[error("{0:?} is no GS1 company prefix: it has 4 to 12 digits")]
    Prefix(String),
    /// No extension digit.
    #[error("an extension digit is 0 to 9, not {0}")]
    Extension(u8),
}

/// The number of one load.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sscc(u64);

impl Sscc {
    /// The SSCC of a number of 17 digits, its check digit not counted; none where it has more.
    pub const fn from_number(number: u64) -> Option<Self> {
        if number < 10_u64.pow(DIGITS) { Some(Self(number)) } else { None }
    }

    /// The number without its check digit: the next SSCC of a series is one more.
    pub const fn number(self) -> u64 {
        self.0
    }

    /// Reads 18 digits, as they are, behind their application identifier (`00` or `(00)`), or in a GS1 Digital Link
    /// (`…/00/…`). Spaces between are ignored, as labels print them.
    ///
    /// ```
    /// use tallymark_codes::Sscc;
    ///
    /// let sscc = Sscc::parse("(00) 1 0614141 123456789 7")?;
    /// assert_eq!(sscc.to_string(), "106141411234567897");
    /// assert_eq!(Sscc::parse("https://id.gs1.org/00/106141411234567897?x=1")?, sscc);
    /// # Ok::<(), tallymark_codes::SsccError>(())
    /// ```
    ///
    /// # Errors
    /// [`SsccError::Digits`] or [`SsccError::CheckDigit`].
    pub fn parse(text: &str) -> Result<Self, SsccError> {
        let not_one = || SsccError::Digits(text.chars().take(80).collect());
        let path = text.split(['?', '#']).next().unwrap_or_default();
        let value = path.rsplit_once("/00/").map_or(path, |(_, value)| value);
        let digits: String = value.chars().filter(|found| *found != ' ').collect();
        let digits = digits.strip_prefix("(00)").unwrap_or(&digits);
        let digits = if digits.len() == 20 { digits.strip_prefix("00").unwrap_or(digits) } else { digits };
        if digits.len() != 18 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(not_one());
        }
        let whole: u64 = digits.parse().map_err(|_| not_one())?;
        let (number, found) = (whole / 10, (whole % 10) as u8);
        let expected = check_digit(number);
        if found != expected {
            return Err(SsccError::CheckDigit { expected, found });
        }
        Ok(Self(number))
    }

    /// It as a GS1 Digital Link: `https://host/00/SSCC`.
    pub fn digital_link(self, host: &Host) -> String {
        format!("{}/00/{self}", host.origin())
    }
}

impl FromStr for Sscc {
    type Err = SsccError;

    fn from_str(text: &str) -> Result<Self, SsccError> {
        Self::parse(text)
    }
}

impl fmt::Display for Sscc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:017}{}", self.0, check_digit(self.0))
    }
}

/// The SSCCs that a company can give out under one prefix and extension digit.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SsccSeries {
    extension: u8,
    prefix: String,
}

impl SsccSeries {
    /// The series of a GS1 company prefix, 4 to 12 digits, and an extension digit.
    ///
    /// # Errors
    /// [`SsccError::Prefix`] or [`SsccError::Extension`].
    pub fn new(prefix: &str, extension: u8) -> Result<Self, SsccError> {
        if !(4..=12).contains(&prefix.len()) || !prefix.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(SsccError::Prefix(prefix.chars().take(40).collect()));
        }
        if extension > 9 {
            return Err(SsccError::Extension(extension));
        }
        Ok(Self { extension, prefix: prefix.to_owned() })
    }

    /// The company prefix.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The extension digit.
    pub const fn extension(&self) -> u8 {
        self.extension
    }

    /// How many SSCCs there are.
    pub fn capacity(&self) -> u64 {
        10_u64.pow(REFERENCE_DIGITS - self.prefix.len() as u32)
    }

    /// The SSCC of a serial reference; none past the capacity.
    pub fn sscc(&self, reference: u64) -> Option<Sscc> {
        let prefix: u64 = self.prefix.parse().ok()?;
        let number = u64::from(self.extension) * 10_u64.pow(REFERENCE_DIGITS) + prefix * self.capacity() + reference;
        (reference < self.capacity()).then_some(Sscc(number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the GS1 General Specifications' check digit calculator: 0614141 with reference 123456789.
    #[test]
    fn an_sscc_is_extension_prefix_reference_and_check_digit() {
        let series = SsccSeries::new("0614141", 1).unwrap();
        assert_eq!(series.capacity(), 1_000_000_000);
        assert_eq!(series.sscc(123_456_789).unwrap().to_string(), "106141411234567897");
        assert_eq!(series.sscc(1_000_000_000), None);
    }

    #[test]
    fn what_is_no_sscc_is_refused() {
        for text in ["", "10614141123456789", "1061414112345678970", "10614141123456789X", "/01/106141411234567897"] {
            assert!(matches!(Sscc::parse(text), Err(SsccError::Digits(_))), "{text}");
        }
        let wrong = Sscc::parse("106141411234567898");
        assert_eq!(wrong, Err(SsccError::CheckDigit { expected: 7, found: 8 }));
        assert_eq!(Sscc::parse("00106141411234567897").unwrap().number(), 10_614_141_123_456_789);
        assert!(SsccSeries::new("061", 1).is_err() && SsccSeries::new("0614141", 10).is_err());
    }
}
