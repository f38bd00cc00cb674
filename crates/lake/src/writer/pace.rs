//! How the writer makes way for those who wait for an answer.
//!
//! Nobody waits for the lake within a minute, and a person waits for every scan. Where the database is busy with the
//! writes of others, the writer rests after each piece of its work, for a multiple of the time that the piece took: so
//! its part of the machine is bounded whatever the machine is. The longer the oldest event waits the less it rests, so
//! that it always catches up. On a quiet machine it never rests.

use std::sync::Arc;
use std::time::Duration;

use tallymark_base::{Clock, Timestamp};
use tallymark_store::Context;
use tallymark_telemetry::Metrics;

/// How many times the work is rested where the database is busy and nothing waits long: the work is an eighth of the time.
const RESTS_MAX: f64 = 7.0;
/// Part of the time that writes of others take at which the database counts as busy. Scans come at about a tenth of what
/// one machine decides.
const BUSY_FROM: f64 = 0.1;
/// What waits this long is not held up any longer.
const PATIENCE: Duration = Duration::from_secs(3_600);
/// The longest rest. The writer's threads stand back, so on a busy machine a piece takes much longer than its work; with
/// about 10,000 events a piece this lets at least 20,000 a second through where a piece takes less than 150 ms.
const REST_MAX: Duration = Duration::from_millis(350);

/// Times the pieces of a batch.
#[derive(Debug, Clone)]
pub(super) struct Pace {
    clock: Arc<dyn Clock>,
    metrics: Arc<Metrics>,
    /// How long the oldest event of the batch waited when it was begun.
    waited: Duration,
    /// The time, and the time that writes took, when the piece began.
    before: (Duration, f64),
}

impl Pace {
    /// The pace of a batch whose oldest event was saved then, or is gone.
    pub(super) fn of(context: &Context, oldest_at: Option<Timestamp>) -> Self {
        let waited = oldest_at.map_or(0, |oldest_at| context.clock.now().since(oldest_at));
        Self {
            clock: context.clock.clone(),
            metrics: context.store.metrics().clone(),
            waited: Duration::from_micros(u64::try_from(waited).unwrap_or(0)),
            before: (Duration::ZERO, 0.0),
        }
    }

    /// A piece begins.
    pub(super) fn begin(&mut self) {
        self.before = self.now();
    }

    fn now(&self) -> (Duration, f64) {
        (self.clock.elapsed(), self.metrics.database_write_seconds.get_sample_sum())
    }

    /// Rests after a piece of work, of which `own` was spent in transactions that wrote.
    pub(super) async fn rest(&mut self, own: Duration) {
        let now = self.now();
        let worked = now.0.saturating_sub(self.before.0);
        let others = (now.1 - self.before.1 - own.as_secs_f64()).max(0.0);
        let rest = rest(worked, Duration::from_secs_f64(others), self.waited);
        if !rest.is_zero() {
            tokio::time::sleep(rest).await;
        }
        self.begin();
    }
}

/// How long to rest after work of `worked`, in which transactions of others wrote for `others`, with a batch whose oldest
/// event waited for `waited`.
fn rest(worked: Duration, others: Duration, waited: Duration) -> Duration {
    if worked.is_zero() {
        return Duration::ZERO;
    }
    let busy = (others.as_secs_f64() / worked.as_secs_f64() / BUSY_FROM).min(1.0);
    let patience = 1.0 - (waited.as_secs_f64() / PATIENCE.as_secs_f64()).min(1.0);
    worked.mul_f64(RESTS_MAX * busy * patience).min(REST_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORKED: Duration = Duration::from_millis(20);

    #[test]
    fn on_a_quiet_machine_it_never_rests() {
        assert_eq!(rest(WORKED, Duration::ZERO, Duration::ZERO), Duration::ZERO);
        assert_eq!(rest(Duration::ZERO, Duration::ZERO, Duration::ZERO), Duration::ZERO);
    }

    #[test]
    fn beside_busy_writers_an_eighth_of_the_time_is_work() {
        let rested = rest(WORKED, Duration::from_millis(2), Duration::ZERO);
        assert_eq!(rested, Duration::from_millis(140));
        assert_eq!(rest(WORKED, Duration::from_secs(1), Duration::ZERO), rested, "many writers at once");
        assert_eq!(rest(WORKED, Duration::from_millis(1), Duration::ZERO), rested / 2, "half as busy");
    }

    #[test]
    fn the_longer_an_event_waits_the_less_it_rests() {
        let others = WORKED;
        assert_eq!(rest(WORKED, others, Duration::from_secs(1_800)), Duration::from_millis(70));
        assert_eq!(rest(WORKED, others, Duration::from_secs(3_600)), Duration::ZERO);
        assert_eq!(rest(WORKED, others, Duration::from_secs(90_000)), Duration::ZERO);
    }

    #[test]
    fn a_rest_is_bounded() {
        assert_eq!(rest(Duration::from_secs(9), Duration::from_secs(9), Duration::ZERO), REST_MAX);
    }
}
