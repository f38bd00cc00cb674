//! `lake_events_per_s`, and `lake_missing` and `lake_doubled` under kills: `tallymark lake write` brings what waits in the
//! outbox into Delta tables.

use std::time::Duration;

use super::field::{Field, LEASE_OVER};
use crate::bench::Bench;
use crate::failure::{Failure, Result};
use crate::random::Sequence;
use crate::report::Measured;
use crate::stopwatch::Stopwatch;

/// Kills, the events that come before each, and the longest time after which one comes.
const KILLS: u64 = 50;
const EVENTS_A_KILL: u64 = 20_000;
const KILL_WITHIN_MS: u64 = 900;

/// `lake_events_per_s`: what waits in the outbox of SQLite, until it is in the lake and out of the database.
pub(crate) async fn write_rate(bench: &mut Bench) -> Result<()> {
    let events = bench.sized(2_000_000);
    let (mut rates, mut baseline) = (Vec::new(), Vec::new());
    for _ in 0..bench.runs() {
        let mut field = Field::new(bench).await?;
        field.outbox.fill(events).await?;
        baseline.push(field.outbox.parse_rate().await?);
        let watch = Stopwatch::start();
        field.write_all().await?;
        rates.push(events as f64 / watch.seconds());
        let counted = field.counted().await?;
        if counted != (events, events) {
            return Err(Failure::new(format!("{events} events were saved, the lake holds {counted:?}")));
        }
    }
    let measured = Measured::new("lake_events_per_s", "events/s", rates).with("events", events);
    bench.report(measured.against("reading the same rows and parsing them by serde_json, one thread", baseline))
}

/// `lake_missing` and `lake_doubled`: the writer is killed at random moments while a million events come.
pub(crate) async fn kills(bench: &mut Bench) -> Result<()> {
    let (kills, mut sequence) = (bench.sized(KILLS), Sequence::new(7));
    let mut field = Field::new(bench).await?;
    for _ in 0..kills {
        field.outbox.fill(EVENTS_A_KILL).await?;
        let mut writer = field.write().spawn()?;
        tokio::time::sleep(Duration::from_millis(sequence.below(KILL_WITHIN_MS))).await;
        writer.kill().await?;
        tokio::time::sleep(LEASE_OVER).await;
    }
    field.write_all().await?;
    let events = kills * EVENTS_A_KILL;
    let (rows, different) = field.counted().await?;
    let missing = events.saturating_sub(different) as f64;
    let measured = Measured::new("lake_missing", "events", vec![missing]).with("events", events).with("kills", kills);
    bench.report(measured)?;
    let doubled = rows.saturating_sub(different) as f64;
    bench.report(Measured::new("lake_doubled", "events", vec![doubled]).with("events", events).with("kills", kills))
}
