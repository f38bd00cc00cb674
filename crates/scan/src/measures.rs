//! What the batcher counts, a few atomic additions for a whole batch.

use std::sync::Arc;
use std::time::Duration;

use tallymark_store::Store;
use tallymark_telemetry::Metrics;
use tallymark_telemetry::metrics::IntCounter;

use crate::rules::Slice;
use crate::types::{Scan, Verdict};

/// Why a batch is decided again.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Redo {
    Contended,
    Slice,
    Alone,
}

/// The measures of scans.
#[derive(Debug)]
pub(crate) struct Measures {
    metrics: Arc<Metrics>,
    verdicts: [(Verdict, IntCounter); Verdict::ALL.len()],
}

impl Measures {
    pub(crate) fn of(store: &Store) -> Self {
        let metrics = store.metrics().clone();
        let verdicts = Verdict::ALL.map(|verdict| (verdict, metrics.scans.with_label_values(&[verdict.name()])));
        Self { metrics, verdicts }
    }

    /// A batch was committed.
    pub(crate) fn committed<'a>(&self, scans: impl Iterator<Item = &'a Scan>, decide: Duration, commit: Duration) {
        let mut counts = [0_u64; Verdict::ALL.len()];
        for scan in scans {
            if let Some(at) = Verdict::ALL.iter().position(|verdict| *verdict == scan.decision.verdict) {
                counts[at] += 1;
            }
        }
        for ((_, counter), count) in self.verdicts.iter().zip(counts) {
            counter.inc_by(count);
        }
        self.metrics.scan_batch_size.observe(counts.iter().sum::<u64>() as f64);
        self.metrics.scan_decide_seconds.observe(decide.as_secs_f64());
        self.metrics.scan_commit_seconds.observe(commit.as_secs_f64());
    }

    /// A batch was rolled back and is decided again.
    pub(crate) fn redone(&self, why: Redo) {
        let cause = match why {
            Redo::Contended => "contended",
            Redo::Slice => "slice",
            Redo::Alone => "alone",
        };
        self.metrics.scan_redone.with_label_values(&[cause]).inc();
    }

    /// A slice was refilled, or could not be.
    pub(crate) fn refilled(&self, slice: &Slice, exhausted: bool) {
        let kind = match slice {
            Slice::Account(_) => "account",
            Slice::Day(..) => "day",
        };
        let result = if exhausted { "exhausted" } else { "granted" };
        self.metrics.slice_refills.with_label_values(&[kind, result]).inc();
    }
}
