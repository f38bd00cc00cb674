//! What stands in a cell.

use jiff::tz::TimeZone;
use tallymark_base::Timestamp;

/// Digits of a whole number that a spreadsheet keeps: it counts in doubles.
pub const NUMBER_DIGITS_MAX: u32 = 15;
/// Characters of a text that a spreadsheet takes ("Excel specifications and limits": 32,767).
pub const TEXT_CHARS_MAX: usize = 32_767;

/// A cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// Text.
    Text(String),
    /// A whole number.
    Number(i64),
    /// A number as it is written, with a point or an exponent: [`Cell::decimal`] makes it.
    Decimal(String),
    /// An amount with two decimal places, in hundredths: fen.
    Hundredths(i64),
    /// A moment.
    Time(Timestamp),
}

impl Cell {
    /// A text, or nothing.
    pub fn text(text: impl Into<String>) -> Self {
        let text = text.into();
        if text.is_empty() { Self::Empty } else { Self::Text(text) }
    }

    /// A number of a text that is one, such as `-0.25` or `1e21`; what is none is text.
    pub fn decimal(text: impl Into<String>) -> Self {
        let text = text.into();
        let is_plain = text.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
        match is_plain && text.parse::<f64>().is_ok_and(f64::is_finite) {
            true => Self::Decimal(text),
            false => Self::text(text),
        }
    }

    /// What is shown of something that may not be there.
    pub fn shown<T: std::fmt::Display>(value: Option<T>) -> Self {
        value.map_or(Self::Empty, |value| Self::text(value.to_string()))
    }
}

/// Whether a spreadsheet would round a number.
pub(crate) const fn is_long(number: i64) -> bool {
    number.unsigned_abs() >= 10_u64.pow(NUMBER_DIGITS_MAX)
}

/// Whether a spreadsheet would round a number of so many digits.
pub(crate) fn has_many_digits(decimal: &str) -> bool {
    let mantissa = decimal.split(['e', 'E']).next().unwrap_or_default();
    let digits = mantissa.trim_start_matches(['-', '+', '0', '.']).bytes().filter(u8::is_ascii_digit).count();
    // A double is written with as many digits as tell it from its neighbours, which are 17 at most.
    digits > 17
}

/// An amount in hundredths as a decimal.
pub(crate) fn decimal(hundredths: i64) -> String {
    let (sign, amount) = (if hundredths < 0 { "-" } else { "" }, hundredths.unsigned_abs());
    format!("{sign}{}.{:02}", amount / 100, amount % 100)
}

/// A moment as the clock on the wall shows it, to the second.
pub(crate) fn wall_clock(moment: Timestamp, zone: &TimeZone) -> String {
    moment.to_jiff().to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

/// The same as a spreadsheet counts it: days since 30 December 1899, which is right from March 1900 on (ECMA-376, part 1,
/// 18.17.4.1). `None` for moments before, or after the year 9999.
pub(crate) fn serial_day(moment: Timestamp, zone: &TimeZone) -> Option<f64> {
    const UNIX_EPOCH: f64 = 25_569.0;
    let seconds = moment.0.div_euclid(Timestamp::SECOND) + i64::from(zone.to_offset(moment.to_jiff()).seconds());
    let serial = seconds as f64 / 86_400.0 + UNIX_EPOCH;
    (61.0..2_958_466.0).contains(&serial).then_some(serial)
}

/// A text that fits into a cell.
pub(crate) fn fitting(text: &str) -> &str {
    // A character has at most two units of UTF-16, which is what is counted; half of them always fit.
    if text.len() <= TEXT_CHARS_MAX {
        return text;
    }
    let mut units = 0;
    let end = text.char_indices().find(|(_, c)| {
        units += c.len_utf16();
        units > TEXT_CHARS_MAX
    });
    end.map_or(text, |(end, _)| &text[..end])
}
