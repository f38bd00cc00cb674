//! Moments, and the clock that is always passed in.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Microseconds since 1970-01-01T00:00:00Z. The database stores this number; the API shows RFC 3339 in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, ToSchema)]
#[schema(value_type = String, format = DateTime, example = "2026-03-01T08:30:00Z")]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// Microseconds in a second.
    pub const SECOND: i64 = 1_000_000;
    /// Microseconds in a day of 24 hours.
    pub const DAY: i64 = 86_400 * Self::SECOND;

    /// This moment, later by `span`. Saturates at the end of time.
    pub fn plus(self, span: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(span.as_micros()).unwrap_or(i64::MAX)))
    }

    /// Microseconds from `earlier` to this moment; negative when it is not earlier.
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }

    /// The calendar day in the zone of the tenant, as days since 1970-01-01 there.
    pub fn day_in(self, zone: &jiff::tz::TimeZone) -> i64 {
        let offset = zone.to_offset(self.to_jiff()).seconds();
        (self.0 + i64::from(offset) * Self::SECOND).div_euclid(Self::DAY)
    }

    /// When the calendar day of this moment ends in the zone of the tenant: the first moment of the next.
    pub fn day_end_in(self, zone: &jiff::tz::TimeZone) -> Self {
        let tomorrow = self.to_jiff().to_zoned(zone.clone()).tomorrow().and_then(|day| day.start_of_day());
        // Only the last day of time has no next.
        tomorrow.map_or(self, |start| Self(start.timestamp().as_microsecond()))
    }

    /// The same moment for formatting and calendar arithmetic. Out-of-range values clamp to the library's ends.
    pub fn to_jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_microsecond(self.0).unwrap_or(if self.0 < 0 {
            jiff::Timestamp::MIN
        } else {
            jiff::Timestamp::MAX
        })
    }
}

impl std::fmt::Display for Timestamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.to_jiff().fmt(f)
    }
}

impl std::str::FromStr for Timestamp {
    type Err = jiff::Error;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.parse::<jiff::Timestamp>()?.as_microsecond()))
    }
}

impl Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(|error| {
            serde::de::Error::custom(format!("{text:?} is not a moment like 2026-03-01T08:30:00Z: {error}"))
        })
    }
}

/// Where time comes from. Domain code gets it as a parameter, so that a test or a replay decides what time it is.
pub trait Clock: Send + Sync + std::fmt::Debug {
    /// The moment, as the world tells it. It may jump.
    fn now(&self) -> Timestamp;
    /// Time since some fixed start; never goes back. For deadlines and durations.
    fn elapsed(&self) -> Duration;
}

/// The machine's clock.
#[derive(Debug)]
pub struct SystemClock {
    start: std::time::Instant,
}

impl SystemClock {
    /// A clock whose `elapsed` starts at zero.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    #[expect(clippy::new_without_default, reason = "a default that reads the clock would surprise")]
    pub fn new() -> Self {
        Self { start: std::time::Instant::now() }
    }
}

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    fn now(&self) -> Timestamp {
        Timestamp(jiff::Timestamp::now().as_microsecond())
    }

    fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }
}

/// A clock that moves only when told to.
#[derive(Debug)]
pub struct ManualClock {
    start_micros: i64,
    now_micros: AtomicI64,
}

impl ManualClock {
    /// A clock that stands at `start`.
    pub fn at(start: Timestamp) -> Self {
        Self { start_micros: start.0, now_micros: AtomicI64::new(start.0) }
    }

    /// Moves the clock to `moment`.
    pub fn set(&self, moment: Timestamp) {
        self.now_micros.store(moment.0, Ordering::SeqCst);
    }

    /// Moves the clock forward.
    pub fn advance(&self, span: Duration) {
        let micros = i64::try_from(span.as_micros()).unwrap_or(i64::MAX);
        self.now_micros.fetch_add(micros, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.now_micros.load(Ordering::SeqCst))
    }

    fn elapsed(&self) -> Duration {
        let micros = self.now_micros.load(Ordering::SeqCst) - self.start_micros;
        Duration::from_micros(u64::try_from(micros).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_starts_at_midnight_of_the_tenants_zone() {
        let zone = jiff::tz::TimeZone::get("Asia/Shanghai").unwrap();
        let before: Timestamp = "2026-03-01T15:59:59Z".parse().unwrap();
        let after: Timestamp = "2026-03-01T16:00:00Z".parse().unwrap();
        assert_eq!(after.day_in(&zone), before.day_in(&zone) + 1);
        // 2026-03-02 is 20,514 days after 1970-01-01 (56 years, 14 leap days, 31 + 28 + 1 days).
        assert_eq!(after.day_in(&zone), 20_514);
        assert_eq!(before.day_end_in(&zone), after);
        assert_eq!(after.day_end_in(&zone).since(after), Timestamp::DAY);
    }
}
