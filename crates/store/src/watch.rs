//! What the store tells about itself: failures, waits, and statements that take long.

use std::sync::Arc;
use std::time::Duration;

use tallymark_base::{Clock, Fault};
use tallymark_telemetry::Metrics;
use tallymark_telemetry::metrics::Histogram;
use tallymark_telemetry::trace;
use tracing::{Level, Span, debug_span, span_enabled};

use crate::{Engine, Error};

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

    /// The span of a statement, for traces.
    pub(crate) fn span(&self, engine: Engine, sent: Sent) -> Span {
        if !span_enabled!(target: trace::TARGET, Level::DEBUG) {
            return Span::none();
        }
        // Names of fields by OpenTelemetry's conventions for databases.
        debug_span!(
            target: trace::TARGET,
            "statement",
            otel.name = summary(sent.statement),
            otel.kind = "client",
            db.system.name = match engine {
                Engine::Sqlite => "sqlite",
                Engine::Postgres => "postgresql",
            },
            db.query.text = sent.statement,
            rows_sent = sent.rows,
        )
    }

    /// A moment to measure from.
    pub(crate) fn start(&self) -> Duration {
        self.clock.elapsed()
    }

    /// A transaction began, or could not.
    pub(crate) fn began<T>(&self, access: Access, start: Duration, begun: Result<T, sqlx::Error>) -> Result<T, Error> {
        let waited = self.clock.elapsed().saturating_sub(start);
        self.waits[access as usize].observe(waited.as_secs_f64());
        self.failing(begun)
    }

    /// When a transaction began that may write.
    pub(crate) fn writes_from(&self, access: Access) -> Option<Duration> {
        matches!(access, Access::Write).then(|| self.clock.elapsed())
    }

    /// A transaction that may write ended, if it was one.
    pub(crate) fn wrote(&self, since: Option<Duration>) {
        if let Some(since) = since {
            self.metrics.database_write_seconds.observe(self.clock.elapsed().saturating_sub(since).as_secs_f64());
        }
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

/// What a statement does and to which table: `INSERT scan`. Its own words, so that it stays the same for all values.
fn summary(statement: &str) -> String {
    let mut depth = 0_i32;
    let mut verb = None;
    let mut table = None;
    let mut after: Option<&str> = None;
    for word in statement.split_whitespace() {
        let outside = depth == 0;
        depth += word.matches('(').count() as i32 - word.matches(')').count() as i32;
        if !outside {
            continue;
        }
        let bare = word.trim_matches(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        match (verb, after) {
            (None, _) if ["SELECT", "INSERT", "UPDATE", "DELETE"].contains(&bare) => verb = Some(bare),
            // Not a nested query, and not the rows that were sent, which are called `v`: what those are joined with.
            (Some(_), Some(_)) if table.is_none() && bare != "v" && !word.starts_with('(') => table = Some(bare),
            _ => {}
        }
        after = (["INTO", "FROM", "UPDATE", "JOIN"].contains(&bare)).then_some(bare);
    }
    match (verb, table) {
        (Some(verb), Some(table)) => format!("{verb} {table}"),
        (Some(verb), None) => verb.to_owned(),
        (None, _) => statement.split_whitespace().next().unwrap_or_default().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_is_named_by_what_it_does_to_which_table() {
        for (statement, name) in [
            ("INSERT INTO shelf (shelf_id) VALUES …", "INSERT shelf"),
            ("WITH v (a) AS (VALUES …) UPDATE crate SET x = v.a FROM v WHERE crate.id = v.a", "UPDATE crate"),
            ("SELECT a FROM label WHERE tenant_id = $1", "SELECT label"),
            ("WITH v (a) AS (VALUES …) SELECT t.a FROM v CROSS JOIN pallet AS t WHERE t.a = v.a", "SELECT pallet"),
            ("DELETE FROM job WHERE job_id IN (SELECT job_id FROM job LIMIT $2)", "DELETE job"),
            ("SELECT CAST(COUNT(*) AS BIGINT) FROM (SELECT outbox_id FROM outbox LIMIT $1) AS counted", "SELECT"),
            ("SELECT 1", "SELECT"),
            ("COMMIT", "COMMIT"),
        ] {
            assert_eq!(summary(statement), name, "{statement}");
        }
    }
}
