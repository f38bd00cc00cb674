//! Checks of content: what the GS1 General Specifications ask of a value beyond its length and characters. They are
//! those that the GS1 Barcode Syntax Dictionary names.

use thiserror::Error;

use super::coupon;
use super::lists::{is_country_letters, is_country_number, is_currency, is_package_type};

/// Digits at the beginning of the shortest GS1 company prefix.
const COMPANY_PREFIX_MIN: usize = 4;

/// Characters of an international bank account number (ISO 13616-1 for the most; the fewest are those that GS1's
/// reference implementation takes).
const IBAN_CHARACTERS: std::ops::RangeInclusive<usize> = 11..=34;

/// GS1's set 82 in the order that gives each character its weight in a check pair.
const SET_82: &str = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";

/// The characters that a check pair is written in, in order.
const SET_32: &[u8; 32] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

/// A check of content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the message of each is in `LintError`, where a reader meets it")]
pub enum Linter {
    CheckDigit,
    CheckPair,
    CompanyPrefix,
    CompanyPrefixSecond,
    Date,
    DateOrMonth,
    LongDate,
    Hour,
    Minute,
    Second,
    HourMinute,
    CountryNumber,
    CountryNumberOr999,
    CountryLetters,
    Currency,
    Sex,
    PercentEncoding,
    Latitude,
    Longitude,
    YesNo,
    Hyphen,
    ImporterIndex,
    PackageType,
    MediaType,
    PositionInSequence,
    NonZero,
    Zero,
    Winding,
    PieceOfTotal,
    Iban,
    NoLeadingZero,
    NonDigit,
    Coupon,
    CouponOffer,
    Base64Filling,
}

/// What is wrong with a value's content.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[expect(missing_docs, reason = "the message says what each means")]
pub enum LintError {
    #[error("has the check digit {found}, but {expected} fits the digits before it; look for a typing error")]
    CheckDigit { expected: char, found: char },
    #[error(
        "has the check characters {found:?}, but {expected:?} fit what stands before them; look for a typing error"
    )]
    CheckPair { expected: String, found: String },
    #[error("must start with the digits of a GS1 company prefix")]
    CompanyPrefix,
    #[error("has the month {0:?}; it must be 01 to 12")]
    Month(String),
    #[error("has the day {0:?}, which its month does not have")]
    Day(String),
    #[error("has {0:?}, which is no time of day")]
    Time(String),
    #[error("has {0:?}, which is no country of ISO 3166")]
    Country(String),
    #[error("has {0:?}, which is no currency of ISO 4217")]
    Currency(String),
    #[error("has {0:?}; ISO 5218 knows 0, 1, 2 and 9")]
    Sex(String),
    #[error("has a percent sign without two hexadecimal digits")]
    PercentEncoding,
    #[error("has {0:?}; a latitude is 0000000000 to 1800000000")]
    Latitude(String),
    #[error("has {0:?}; a longitude is 0000000000 to 3600000000")]
    Longitude(String),
    #[error("has {0:?}; it must be 0 or 1")]
    YesNo(String),
    #[error("has {0:?}; only a hyphen may stand there")]
    Hyphen(String),
    #[error("has {0:?}, which is no importer index (a letter, a digit, - or _)")]
    ImporterIndex(String),
    #[error("has {0:?}, which is no type of package")]
    PackageType(String),
    #[error("has {0:?}, which is no type of medium")]
    MediaType(String),
    #[error("has {0:?}; a place in a sequence is written like 1/3")]
    PositionInSequence(String),
    #[error("has only zeros where a number must stand")]
    NonZero,
    #[error("has {0:?} where a zero must stand")]
    Zero(String),
    #[error("has {0:?}; a winding direction is 0, 1 or 9")]
    Winding(String),
    #[error("has {0:?}; a piece of a total is two numbers from 1 on, the first not above the second")]
    PieceOfTotal(String),
    #[error("is not a bank account number of ISO 13616: check it for a typing error")]
    Iban,
    #[error("must not start with a zero")]
    LeadingZero,
    #[error("must have a character that is not a digit")]
    NonDigit,
    #[error("is no North American coupon code: its {0} is missing, too short or not allowed")]
    Coupon(&'static str),
    #[error("has = anywhere but as filling at the end")]
    Base64Filling,
}

impl Linter {
    /// Checks a text that has the length and the characters of its part already.
    ///
    /// # Errors
    /// [`LintError`] says what is wrong.
    pub fn check(self, text: &str) -> Result<(), LintError> {
        let given = || text.to_owned();
        let must = |holds: bool, error: LintError| if holds { Ok(()) } else { Err(error) };
        match self {
            Self::CheckDigit => check_digit(text),
            Self::CheckPair => check_pair(text),
            Self::CompanyPrefix => must(has_company_prefix(text), LintError::CompanyPrefix),
            Self::CompanyPrefixSecond => must(text.get(1..).is_some_and(has_company_prefix), LintError::CompanyPrefix),
            Self::Date => date(text, text.len(), false),
            Self::DateOrMonth => date(text, text.len(), true),
            Self::LongDate => date(text, text.len(), false),
            Self::Hour => must(number(text) < 24, LintError::Time(given())),
            Self::Minute | Self::Second => must(number(text) < 60, LintError::Time(given())),
            Self::HourMinute => {
                let holds = text.is_char_boundary(2) && number(&text[..2]) < 24 && number(&text[2..]) < 60;
                must(holds, LintError::Time(given()))
            }
            Self::CountryNumber => must(has_number(text, is_country_number), LintError::Country(given())),
            Self::CountryNumberOr999 => {
                must(text == "999" || has_number(text, is_country_number), LintError::Country(given()))
            }
            Self::CountryLetters => must(is_country_letters(text), LintError::Country(given())),
            Self::Currency => must(has_number(text, is_currency), LintError::Currency(given())),
            Self::Sex => must(matches!(text, "0" | "1" | "2" | "9"), LintError::Sex(given())),
            Self::PercentEncoding => must(is_percent_encoded(text), LintError::PercentEncoding),
            Self::Latitude => must(number(text) <= 1_800_000_000, LintError::Latitude(given())),
            Self::Longitude => must(number(text) <= 3_600_000_000, LintError::Longitude(given())),
            Self::YesNo => must(matches!(text, "0" | "1"), LintError::YesNo(given())),
            Self::Hyphen => must(text.bytes().all(|byte| byte == b'-'), LintError::Hyphen(given())),
            Self::ImporterIndex => {
                let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
                must(text.bytes().all(known), LintError::ImporterIndex(given()))
            }
            Self::PackageType => must(is_package_type(text), LintError::PackageType(given())),
            Self::MediaType => must(matches!(number(text), 1..=10 | 80..=99), LintError::MediaType(given())),
            Self::PositionInSequence => must(is_position(text), LintError::PositionInSequence(given())),
            Self::NonZero => must(text.bytes().any(|byte| byte != b'0'), LintError::NonZero),
            Self::Zero => must(text.bytes().all(|byte| byte == b'0'), LintError::Zero(given())),
            Self::Winding => must(matches!(text, "0" | "1" | "9"), LintError::Winding(given())),
            Self::PieceOfTotal => must(is_piece(text), LintError::PieceOfTotal(given())),
            Self::Iban => must(is_iban(text), LintError::Iban),
            Self::NoLeadingZero => must(!text.starts_with('0'), LintError::LeadingZero),
            Self::NonDigit => must(text.bytes().any(|byte| !byte.is_ascii_digit()), LintError::NonDigit),
            Self::Coupon => coupon::check_code(text).map_err(LintError::Coupon),
            Self::CouponOffer => coupon::check_offer(text).map_err(LintError::Coupon),
            Self::Base64Filling => must(is_filled_at_the_end(text), LintError::Base64Filling),
        }
    }
}

/// The number that digits write; one that no rule allows for anything else.
fn number(digits: &str) -> u64 {
    digits.parse().unwrap_or(u64::MAX)
}

fn has_number(text: &str, is_listed: fn(u16) -> bool) -> bool {
    text.len() == 3 && text.parse().is_ok_and(is_listed)
}

/// From the right, the digits before the check digit weigh 3, 1, 3, 1 … (General Specifications, check digit
/// calculation).
fn check_digit(text: &str) -> Result<(), LintError> {
    let (Some(before), Some(found)) = (text.get(..text.len().saturating_sub(1)), text.chars().next_back()) else {
        return Ok(());
    };
    let expected = char::from(b'0' + crate::gtin::check_digit(number(before)));
    if found == expected { Ok(()) } else { Err(LintError::CheckDigit { expected, found }) }
}

/// From the right, the characters weigh the primes from 2 on; the sum modulo 1021 is written in two characters
/// (General Specifications, check character calculation for alphanumeric keys).
fn check_pair(text: &str) -> Result<(), LintError> {
    let Some((before, found)) = text.len().checked_sub(2).and_then(|end| text.split_at_checked(end)) else {
        return Err(LintError::CheckPair { expected: String::new(), found: text.to_owned() });
    };
    let weights = before.bytes().rev().map(|byte| SET_82.bytes().position(|known| known == byte).unwrap_or(0));
    let sum = weights.zip(primes()).map(|(weight, prime)| weight * prime).sum::<usize>() % 1021;
    let expected: String = [SET_32[sum >> 5], SET_32[sum & 31]].map(char::from).iter().collect();
    if found == expected { Ok(()) } else { Err(LintError::CheckPair { expected, found: found.to_owned() }) }
}

fn primes() -> impl Iterator<Item = usize> {
    (2..).filter(|candidate| (2..*candidate).take_while(|d| d * d <= *candidate).all(|d| candidate % d != 0))
}

fn has_company_prefix(text: &str) -> bool {
    let start = text.as_bytes().get(..COMPANY_PREFIX_MIN);
    start.is_some_and(|start| start.iter().all(u8::is_ascii_digit))
}

/// YYMMDD or YYYYMMDD. Two digits of a year mean one between 49 years back and 50 ahead;
/// until 2050 none of those but 2000 ends a century, and 2000 had a 29th of February.
fn date(text: &str, digits: usize, may_be_month: bool) -> Result<(), LintError> {
    let at = digits.saturating_sub(4);
    let (Some(year), Some(month), Some(day)) = (text.get(..at), text.get(at..at + 2), text.get(at + 2..)) else {
        return Err(LintError::Month(text.to_owned()));
    };
    let year = number(year);
    let is_leap = year.is_multiple_of(4) && (digits == 6 || !year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match number(month) {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if is_leap => 29,
        2 => 28,
        _ => return Err(LintError::Month(month.to_owned())),
    };
    let first = u64::from(!may_be_month);
    if (first..=days).contains(&number(day)) { Ok(()) } else { Err(LintError::Day(day.to_owned())) }
}

fn is_percent_encoded(text: &str) -> bool {
    let mut parts = text.split('%');
    parts.next();
    parts.all(|part| part.get(..2).is_some_and(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit())))
}

fn is_position(text: &str) -> bool {
    let is_count =
        |part: &str| part.starts_with(|c| matches!(c, '1'..='9')) && part.bytes().all(|d| d.is_ascii_digit());
    text.split_once('/').is_some_and(|(place, end)| is_count(place) && is_count(end) && number(place) <= number(end))
}

fn is_piece(text: &str) -> bool {
    let halves = text.split_at_checked(text.len() / 2).filter(|(piece, total)| piece.len() == total.len());
    halves.is_some_and(|(piece, total)| (1..=number(total)).contains(&number(piece)))
}

/// The first four characters go to the end, letters count from ten on, and the whole leaves 1 when divided by 97.
fn is_iban(text: &str) -> bool {
    let known = text.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase());
    if !known || !IBAN_CHARACTERS.contains(&text.len()) || !is_country_letters(&text[..2]) {
        return false;
    }
    let remainder = text[4..].bytes().chain(text[..4].bytes()).fold(0, |remainder, byte| match byte {
        b'0'..=b'9' => (remainder * 10 + u32::from(byte - b'0')) % 97,
        _ => (remainder * 100 + u32::from(byte - b'A') + 10) % 97,
    });
    remainder == 1
}

/// At most two, and only where the whole has a multiple of three characters, as GS1's reference asks.
fn is_filled_at_the_end(text: &str) -> bool {
    let filling = text.len() - text.trim_end_matches('=').len();
    let is_clean = !text.trim_end_matches('=').contains('=');
    is_clean && (filling == 0 || filling <= 2 && text.len().is_multiple_of(3))
}
