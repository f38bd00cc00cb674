//! The one place of this program that reads the machine's clock: it measures, so it needs the real one.

use std::time::{Duration, Instant};

/// A running measurement.
#[derive(Debug, Clone, Copy)]
pub struct Stopwatch(Instant);

impl Stopwatch {
    /// Starts.
    #[expect(clippy::disallowed_methods, reason = "measurements need the machine's own clock")]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Time since the start.
    pub fn elapsed(self) -> Duration {
        self.0.elapsed()
    }

    /// Seconds since the start.
    pub fn seconds(self) -> f64 {
        self.elapsed().as_secs_f64()
    }

    /// Sleeps until `offset` after the start; returns at once when that has passed.
    pub async fn sleep_until(self, offset: Duration) {
        tokio::time::sleep_until((self.0 + offset).into()).await;
    }
}

/// The moment in milliseconds since 1970.
pub fn now_ms() -> u64 {
    now().as_millisecond().cast_unsigned()
}

/// The moment, for files that say when a figure was measured and for settings that begin now.
#[expect(clippy::disallowed_methods, reason = "a result says when it was measured")]
pub fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}
