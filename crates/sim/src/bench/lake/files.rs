//! `lake_live_files_max`: an hour of 5,000 events a second, played faster: what would come between two flushes comes at
//! once and is flushed at once, as often as in an hour, while the writer packs files as it always does.

use std::time::Duration;

use super::field::Field;
use super::outbox::{EVENTS_A_ROW, LINGER_S};
use crate::bench::Bench;
use crate::failure::{Failure, Result};
use crate::report::Measured;
use crate::stopwatch::Stopwatch;

/// Events a second of the hour that is played.
const RATE: u64 = 5_000;
const HOUR_S: u64 = 3_600;
/// A quick run plays fewer flushes of fewer events.
const QUICK_SHARE: u64 = 100;
const QUICK_FLUSHES: u64 = 40;
/// How often files are counted.
const LOOK_EVERY: Duration = Duration::from_millis(200);
/// A flush that takes longer will not end.
const FLUSH_MAX_S: f64 = 300.0;

/// Measures the most live files that the table of scans had.
pub(in crate::bench) async fn live_files(bench: &mut Bench) -> Result<()> {
    let mut field = Field::new(bench).await?;
    let events_a_flush = field.outbox.events_a_flush(RATE)?;
    let hour = (RATE * HOUR_S).div_ceil(events_a_flush);
    let (flushes, share) = if bench.quick { (QUICK_FLUSHES, QUICK_SHARE) } else { (hour, 1) };
    let rows = (events_a_flush / share).div_ceil(EVENTS_A_ROW);
    // Nothing waits for more: what comes in one transaction is one batch.
    let server = field.serve(&["--lake-linger-s", "0"]).await?;
    let (mut most, watch) = (0, Stopwatch::start());
    for _ in 0..flushes {
        field.outbox.save_rows(rows).await?;
        let flush = Stopwatch::start();
        loop {
            let is_flushed = field.outbox.waiting().await? == 0;
            most = field.files().await?.0.max(most);
            if is_flushed {
                break;
            }
            if flush.seconds() > FLUSH_MAX_S {
                return Err(Failure::new("the events do not leave the outbox"));
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
    let seconds = watch.seconds();
    let (files, version) = field.files().await?;
    server.stop().await?;
    let measured = Measured::new("lake_live_files_max", "files", vec![most as f64])
        .with("played", "an hour, faster: each flush's events come in one transaction and are flushed at once")
        .with("events_per_s_of_the_hour", RATE)
        .with("lake_linger_s_of_the_hour", LINGER_S)
        .with("flushes", flushes)
        .with("events_a_flush", rows * EVENTS_A_ROW)
        .with("played_in_s", format!("{seconds:.0}"))
        .with("live_files_at_the_end", files)
        .with("commits", version);
    bench.report(measured)
}
