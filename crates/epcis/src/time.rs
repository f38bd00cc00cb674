//! Moments as EPCIS writes them: `date-time` of RFC 3339, always with a zone.

use tallymark_base::Timestamp;

/// A moment with the zone it was written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Microseconds since 1970, UTC; finer digits are cut.
    pub at: Timestamp,
    /// Milliseconds since 1970, UTC, rounded half up: what the hash of an event says (CBV 2.0, 8.9).
    pub rounded_ms: i64,
}

/// Reads `date-time` of RFC 3339: `2005-04-03T20:33:31.116-06:00`. A second 60 is read as the first of the next minute.
/// `None` where the text is anything else: a zone may not be left out.
pub fn read(text: &str) -> Option<Moment> {
    let bytes = text.as_bytes();
    if bytes.len() < 20 || !text.is_ascii() {
        return None;
    }
    let number = |from: usize, digits: usize| digits_of(bytes.get(from..from + digits)?);
    let mark = |at: usize, wanted: &[u8]| bytes.get(at).is_some_and(|byte| wanted.contains(byte));
    let marks = [(4, b"-".as_slice()), (7, b"-"), (10, b"Tt"), (13, b":"), (16, b":")];
    if !marks.into_iter().all(|(at, wanted)| mark(at, wanted)) {
        return None;
    }
    let (year, month, day) = (number(0, 4)?, number(5, 2)?, number(8, 2)?);
    let (hour, minute, second) = (number(11, 2)?, number(14, 2)?, number(17, 2)?);
    if !(1..=12).contains(&month) || day < 1 || day > days_in(year, month) || hour > 23 || minute > 59 || second > 60 {
        return None;
    }
    let mut rest = &bytes[19..];
    let mut digits: &[u8] = &[];
    if let Some(fraction) = rest.strip_prefix(b".") {
        let count = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
        if count == 0 {
            return None;
        }
        (digits, rest) = fraction.split_at(count);
    }
    let offset_minutes = offset_of(rest)?;
    let seconds =
        days_from_civil(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second - offset_minutes * 60;
    let digit = |at: usize| digits.get(at).map_or(0, |byte| i64::from(byte - b'0'));
    let fraction = |count: usize| (0..count).fold(0, |sum, at| sum * 10 + digit(at));
    let rounded = fraction(3) + i64::from(digit(3) >= 5);
    Some(Moment { at: Timestamp(seconds * 1_000_000 + fraction(6)), rounded_ms: seconds * 1_000 + rounded })
}

/// Whether the text is a zone as `eventTimeZoneOffset` takes it: `+01:00`, to 14 hours.
pub fn is_offset(text: &str) -> bool {
    let bytes = text.as_bytes();
    if bytes.len() != 6 || !matches!(bytes[0], b'+' | b'-') || bytes[3] != b':' {
        return false;
    }
    match (digits_of(&bytes[1..3]), digits_of(&bytes[4..6])) {
        (Some(hours), Some(minutes)) => (hours <= 13 && minutes <= 59) || (hours == 14 && minutes == 0),
        _ => false,
    }
}

/// A moment in milliseconds as the hash of an event and answers write it: `2005-04-04T02:33:31.116Z`.
pub fn text_of_ms(ms: i64) -> String {
    let (seconds, ms) = (ms.div_euclid(1_000), ms.rem_euclid(1_000));
    let (days, second) = (seconds.div_euclid(86_400), seconds.rem_euclid(86_400));
    let (year, month, day) = civil_from_days(days);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{ms:03}Z")
}

/// A moment as answers write it, in milliseconds.
pub fn text_of(at: Timestamp) -> String {
    text_of_ms(at.0.div_euclid(1_000))
}

fn digits_of(bytes: &[u8]) -> Option<i64> {
    bytes.iter().try_fold(0, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i64::from(byte - b'0')))
}

fn offset_of(zone: &[u8]) -> Option<i64> {
    if matches!(zone, b"Z" | b"z") {
        return Some(0);
    }
    if zone.len() != 6 || zone[3] != b':' {
        return None;
    }
    let (hours, minutes) = (digits_of(&zone[1..3])?, digits_of(&zone[4..6])?);
    if hours > 23 || minutes > 59 {
        return None;
    }
    match zone[0] {
        b'+' => Some(hours * 60 + minutes),
        b'-' => Some(-(hours * 60 + minutes)),
        _ => None,
    }
}

fn days_in(year: i64, month: i64) -> i64 {
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 if is_leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970 of the proleptic Gregorian calendar, counted in eras of 400 years that begin in March.
fn days_from_civil(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}
