//! The times that cells of tables hold.

use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};
use tallymark_base::Timestamp;
use utoipa::ToSchema;

/// How a column writes moments.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TimeFormat {
    /// Any of the others, by its looks: 9 or 10 digits are seconds, 12 or 13 milliseconds.
    #[default]
    Auto,
    /// RFC 3339 with an offset: `2026-03-01T09:30:00+08:00`.
    Rfc3339,
    /// `YYYY-MM-DD`, `YYYY/M/D` or `YYYYMMDD`, with or without ` HH:MM` or ` HH:MM:SS`, in the zone of the table.
    Local,
    /// Seconds since 1970, UTC.
    UnixS,
    /// Milliseconds since 1970, UTC.
    UnixMs,
}

/// The moment that a text names; `None` where it names none. What has no offset is a time in `zone`: a time that a change
/// of the clocks skipped is taken as the hour later, of one that came twice the first.
pub fn moment(text: &str, format: TimeFormat, zone: &TimeZone) -> Option<Timestamp> {
    let text = text.trim();
    match format {
        TimeFormat::Rfc3339 => rfc3339(text),
        TimeFormat::Local => local(text, zone),
        TimeFormat::UnixS => unix(text, 1_000_000),
        TimeFormat::UnixMs => unix(text, 1_000),
        TimeFormat::Auto if text.bytes().all(|byte| byte.is_ascii_digit()) => match text.len() {
            9 | 10 => unix(text, 1_000_000),
            12 | 13 => unix(text, 1_000),
            _ => local(text, zone),
        },
        TimeFormat::Auto => rfc3339(text).or_else(|| local(text, zone)),
    }
}

fn rfc3339(text: &str) -> Option<Timestamp> {
    text.parse::<jiff::Timestamp>().ok().map(|moment| Timestamp(moment.as_microsecond()))
}

fn unix(text: &str, micros: i64) -> Option<Timestamp> {
    let count = text.parse::<i64>().ok()?.checked_mul(micros)?;
    jiff::Timestamp::from_microsecond(count).ok().map(|moment| Timestamp(moment.as_microsecond()))
}

fn local(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let (day, time) = match text.find([' ', 'T']) {
        Some(place) => (&text[..place], text[place + 1..].trim_start()),
        None => (text, ""),
    };
    let moment = DateTime::from_parts(date(day)?, if time.is_empty() { Time::midnight() } else { clock(time)? });
    let zoned = zone.to_ambiguous_zoned(moment).compatible().ok()?;
    Some(Timestamp(zoned.timestamp().as_microsecond()))
}

fn date(text: &str) -> Option<Date> {
    if text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Date::new(number(&text[..4])?, number(&text[4..6])?, number(&text[6..])?).ok();
    }
    let separator = if text.contains('/') { '/' } else { '-' };
    let mut parts = text.split(separator);
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || year.len() != 4 {
        return None;
    }
    Date::new(number(year)?, number(month)?, number(day)?).ok()
}

fn clock(text: &str) -> Option<Time> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if !fraction.bytes().all(|byte| byte.is_ascii_digit()) || fraction.len() > 9 {
        return None;
    }
    let nanos: i32 = format!("{fraction:0<9}").parse().ok()?;
    let mut parts = whole.split(':');
    let (hour, minute, second) = (parts.next()?, parts.next()?, parts.next().unwrap_or("0"));
    if parts.next().is_some() {
        return None;
    }
    Time::new(number(hour)?, number(minute)?, number(second)?, nanos).ok()
}

/// A number of one to four digits, without a sign.
fn number<T: std::str::FromStr>(digits: &str) -> Option<T> {
    let is_plain = (1..=4).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    if is_plain { digits.parse().ok() } else { None }
}
