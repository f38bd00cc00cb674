//! `scan_with_lake_ratio`: scans a second over HTTP while the same server writes the lake without a pause, beside the same
//! scans without a lake.

use super::outbox::Outbox;
use crate::bench::Bench;
use crate::bench::scan::{Run, conditions};
use crate::bench::world::{Engine, World};
use crate::failure::{Failure, Result};
use crate::report::{Measured, median};

/// Without a lake.
const NONE: &[&str] = &["--lake", "none"];
/// With the lake beside the database; what waits is written at once, so that the writer never rests.
const BUSY: &[&str] = &["--lake-linger-s", "0"];
/// Events that the writer could take in a second if it had the machine for itself; it must not run dry.
const EVENTS_A_SECOND: f64 = 100_000.0;

/// Measures the ratio of both medians, run by run in turn on one copy of the world.
pub(in crate::bench) async fn beside_scans(bench: &mut Bench) -> Result<()> {
    let world = World::copy(bench, Engine::Sqlite).await?;
    let mut outbox = Outbox::open(&world.installation.database, &world.facts.tenant).await?;
    let events = ((bench.seconds + 2.0) * EVENTS_A_SECOND) as u64;
    let (mut with, mut without, mut left_min) = (Vec::new(), Vec::new(), i64::MAX);
    {
        let mut run = Run::on(&world);
        for _ in 0..bench.runs() {
            without.push(run.load(NONE, None, bench).await?.per_second());
            let busy = run.load_after(BUSY, None, bench, async || outbox.fill(events).await).await?;
            with.push(busy.per_second());
            left_min = left_min.min(outbox.waiting().await?);
        }
    }
    outbox.close().await;
    world.remove().await?;
    if left_min == 0 {
        return Err(Failure::new(format!("the writer ran out of events: {events} were too few for the measured time")));
    }
    let ratio = median(&with) / median(&without);
    let told = |runs: &[f64]| runs.iter().map(|run| format!("{run:.0}")).collect::<Vec<_>>().join(", ");
    let measured = Measured::new("scan_with_lake_ratio", "ratio", vec![ratio])
        .with("scans_per_s_with", told(&with))
        .with("scans_per_s_without", told(&without))
        .with("lake_linger_s", 0)
        .with("events_waiting_before", events)
        .with("events_waiting_after_min", left_min);
    bench.report(conditions(bench, measured))
}
