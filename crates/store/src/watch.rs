//! What the store tells about itself: failures, waits, and statements that take long.

use std::sync::Arc;
use std::time::Duration;

use tallymark_base::{Clock, Fault};
use tallymark_telemetry::Metrics;
use tallymark_telemetry::metrics::Histogram;

use crate::Error;

/// Watches statements. Shared by every transaction of a store.
#[derive(Debug)]
pub(crate) struct Watch {
    pub(crate) metrics: Arc<Metrics>,
    clock: Arc<dyn Clock>,
    slow_after: Duration,
    waits: [Histogram; 2],
}

/// What a transaction is for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Access {
    Read,
    Write,
}

/// A statement that is sent: its text in the source, and how many rows go with it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sent {
    pub(crate) statement: &'static str,
    pub(crate) rows: usize,
}

impl Watch {
    pub(crate) fn new(metrics: Arc<Metrics>, clock: Arc<dyn Clock>, slow_after: Duration) -> Self {
        let waits = ["read", "write"].map(|access| metrics.database_wait_seconds.with_label_values(&[access]));
        Self { metrics, clock, slow_after, waits }
    }

    /// A moment to measure from.
    pub(crate) fn start(&self) -> Duration {
        self.clock.elapsed()
    }

    /// A transaction began, or could not.
    pub(crate) fn began<T>(
        &self,
        access: Access,
        start: Duration,
        begun: Result<T, sqlx::Error>,
    ) -> Result<T, Error> {
        let waited = self.clock.elapsed().saturating_sub(start);
        self.waits[access as usize].observe(waited.as_secs_f64());
        self.failing(begun)
    }

    /// A statement ended. The log has its text as it stands in the source, and never a value.
    pub(crate) fn ended(&self, sent: Sent, start: Duration, rows: u64) {
        let taken = self.clock.elapsed().saturating_sub(start);
        if taken < self.slow_after {
            return;
        }
        self.metrics.slow_statements.inc();
        let words: Vec<&str> = sent.statement.split_whitespace().collect();
        tracing::warn!(
            statement = words.join(" "),
            rows_sent = sent.rows,
            rows,
            duration_ms = taken.as_micros() as f64 / 1000.0,
            "slow statement"
        );
    }

    /// Counts a failure by its code.
    pub(crate) fn failing<T>(&self, result: Result<T, sqlx::Error>) -> Result<T, Error> {
        result.map_err(|error| {
            let error = Error::from(error);
            self.metrics.database_errors.with_label_values(&[error.code()]).inc();
            error
        })
    }
}
