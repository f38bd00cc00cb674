//! When an event happened.
//!
//! The sender's clock may be wrong by years. Two of its readings are good all the same: how long after the event it was
//! sent. So the moment is the receipt less that span, which is Segment's rule
//! (`timestamp = receivedAt - (sentAt - originalTimestamp)`). It is left alone where the clock is right, or else every
//! moment would move by the way of the request, and midnight into the day before.

use std::borrow::Cow;

use serde_json::value::RawValue;
use tallymark_base::Timestamp;

use crate::{Limits, json};

/// 2000-01-01T00:00:00Z. No SDK is older; an earlier moment is a clock that was never set, or the zero of a language
/// (the year 1 of Go and .NET).
const EARLIEST: Timestamp = Timestamp(946_684_800 * Timestamp::SECOND);
/// Bytes of a text that may be a moment.
const TEXT_BYTES_MAX: usize = 64;

/// When an event happened, and how that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventTime {
    /// When it happened.
    pub at: Timestamp,
    /// Where `at` comes from.
    pub basis: TimeBasis,
    /// What was wrong with what the sender says.
    pub flag: Option<TimeFlag>,
    /// When it happened by the sender's clock.
    pub original: Option<Timestamp>,
    /// When it was sent, by the sender's clock.
    pub sent: Option<Timestamp>,
    /// When it was received, by ours.
    pub received: Timestamp,
}

/// Where the moment of an event comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeBasis {
    /// The caller of the SDK named it beside the SDK's own reading of the clock.
    Given,
    /// The sender's clock, which is right or cannot be compared with ours.
    Original,
    /// The receipt, less the span between the event and its sending.
    Corrected,
    /// The receipt: the sender says nothing that can be used.
    Received,
}

/// What is wrong with the moment that the sender names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeFlag {
    /// It lies in the future.
    Future,
    /// It is before 2000, or later than a calendar goes.
    OutOfRange,
    /// It is no moment.
    Unreadable,
}

/// A member that should hold a moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    /// It is not there.
    Absent,
    /// It is this.
    At(Timestamp),
    /// It cannot be used.
    Bad(TimeFlag),
}

/// What the sender says of the time of an event.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Told {
    /// `timestamp`.
    pub(crate) timestamp: Moment,
    /// `originalTimestamp`.
    pub(crate) original: Moment,
    /// `sentAt`, the event's own or its batch's.
    pub(crate) sent: Moment,
    /// Whether these are facts of the past, whose moments were never read from the clock of a device.
    pub(crate) is_import: bool,
}

impl Told {
    /// The moment of the event.
    pub(crate) fn time(self, received: Timestamp, limits: &Limits) -> EventTime {
        let (original, by_caller) = match (self.timestamp, self.original) {
            // RudderStack's SDKs write both where the caller named a moment, and else the clock's alone.
            (given @ Moment::At(_), Moment::At(_)) => (given, true),
            (Moment::Absent, original) => (original, self.is_import),
            (Moment::Bad(_), original @ Moment::At(_)) => (original, self.is_import),
            (timestamp, _) => (timestamp, self.is_import),
        };
        let sent = self.sent.at();
        let mut time =
            EventTime { at: received, basis: TimeBasis::Received, flag: None, original: original.at(), sent, received };
        match original {
            Moment::Absent => {}
            Moment::Bad(flag) => time.flag = Some(flag),
            Moment::At(original) if by_caller => time.place(original, TimeBasis::Given, limits),
            Moment::At(original) => {
                let (at, basis) = corrected(original, sent, received, limits);
                time.place(at, basis, limits);
            }
        }
        time
    }
}

impl Moment {
    const fn at(self) -> Option<Timestamp> {
        match self {
            Self::At(at) => Some(at),
            Self::Absent | Self::Bad(_) => None,
        }
    }

    /// Reads a member: a text (RFC 3339; without an offset it is UTC; a day is its first moment), or a whole number of
    /// seconds, milliseconds or microseconds since 1970.
    pub(crate) fn read(raw: Option<&RawValue>) -> Self {
        let Some(raw) = raw else { return Self::Absent };
        match json::text(raw) {
            Some(text) => Self::of_text(&text),
            None => Self::of_number(raw.get()),
        }
    }

    pub(crate) fn of_text(text: &str) -> Self {
        let text = text.trim();
        if text.is_empty() {
            return Self::Absent;
        }
        if text.len() > TEXT_BYTES_MAX {
            return Self::Bad(TimeFlag::Unreadable);
        }
        if let Ok(at) = text.parse::<jiff::Timestamp>() {
            return Self::At(Timestamp(at.as_microsecond()));
        }
        let local = Cow::from(text.strip_suffix(['Z', 'z']).unwrap_or(text));
        let Ok(local) = local.parse::<jiff::civil::DateTime>() else {
            return Self::Bad(TimeFlag::Unreadable);
        };
        match local.to_zoned(jiff::tz::TimeZone::UTC) {
            // With an offset it would have been read above, unless it is the last day of the calendar.
            Ok(zoned) => Self::At(Timestamp(zoned.timestamp().as_microsecond())),
            Err(_) => Self::Bad(TimeFlag::OutOfRange),
        }
    }

    fn of_number(literal: &str) -> Self {
        let Some(number) = literal.parse::<i64>().ok().filter(|_| json::is_integer(literal)) else {
            return Self::Bad(TimeFlag::Unreadable);
        };
        // The three units are told apart by size: in each, the years 2000 to 5138 have numbers of their own.
        let micros_per_unit = match number.unsigned_abs() {
            0..100_000_000_000 => 1_000_000,
            100_000_000_000..100_000_000_000_000 => 1_000,
            _ => 1,
        };
        number
            .checked_mul(micros_per_unit)
            .map_or(Self::Bad(TimeFlag::OutOfRange), |micros| Self::At(Timestamp(micros)))
    }
}

impl EventTime {
    /// Takes `at`, unless no event can have happened then.
    fn place(&mut self, at: Timestamp, basis: TimeBasis, limits: &Limits) {
        if at < EARLIEST {
            self.flag = Some(TimeFlag::OutOfRange);
        } else if at > self.received.plus(limits.future_max) {
            self.flag = Some(TimeFlag::Future);
        } else {
            (self.at, self.basis) = (at, basis);
        }
    }
}

/// The receipt less the span between the event and its sending, where both are known and in this order, and the
/// sender's clock differs from ours; else the sender's word.
fn corrected(
    original: Timestamp,
    sent: Option<Timestamp>,
    received: Timestamp,
    limits: &Limits,
) -> (Timestamp, TimeBasis) {
    let Some(sent) = sent.filter(|sent| *sent >= original) else { return (original, TimeBasis::Original) };
    let tolerance = i64::try_from(limits.clock_tolerance.as_micros()).unwrap_or(i64::MAX);
    if received.since(sent).saturating_abs() <= tolerance {
        return (original, TimeBasis::Original);
    }
    (Timestamp(received.0.saturating_sub(sent.since(original))), TimeBasis::Corrected)
}
