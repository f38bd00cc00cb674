//! `scan_with_lake_ratio`: scans a second over HTTP while the same server writes the lake, beside the same scans without a
//! lake.

use std::time::Duration;

use super::outbox::{LINGER_S, Outbox};
use crate::bench::Bench;
use crate::bench::prepared::{Engine, World};
use crate::bench::scan::{Run, conditions, serving};
use crate::failure::{Failure, Result};
use crate::report::Measured;
use crate::stopwatch::Stopwatch;

/// Without a lake.
const NONE: &[&str] = &["--lake", "none"];
/// With the lake beside the database; what waits is written at once. It looks for the lease every quarter of six seconds.
const BUSY: &[&str] = &["--lake-linger-s", "0", "--lake-lease-s", "6"];
/// Times that the writer of a server as it is by default begins to write within the measured time.
const FLUSHES: u64 = 2;
/// The same in a quick run.
const QUICK: &[&str] = &["--lake-linger-s", "2"];
const QUICK_S: u64 = 4;
/// Events that the writer takes in a second at most while scans are busy; it must not run dry.
const EVENTS_A_SECOND: f64 = 60_000.0;
/// Machines are noisy, and the ratio is of two: each is measured so much longer than scans usually are.
const LONGER: f64 = 3.0;
/// The lease of a server that is no more ends so long before the scans are measured; the writer is at work by then.
const BEGINS_BEFORE: Duration = Duration::from_secs(4);

/// Measures the ratio while a backlog is written all the time, which is the hard case; the scans without a lake are measured
/// before and after. How many scans are decided over whole turns of the writer, as a server is by default, is told beside it.
pub(in crate::bench) async fn beside_scans(bench: &mut Bench) -> Result<()> {
    let world = World::copy(bench, Engine::Sqlite).await?;
    let mut outbox = Outbox::open(&world.installation.database, &world.facts.tenant).await?;
    let (usual, seconds) = if bench.quick { (QUICK, QUICK_S) } else { (&[][..], FLUSHES * LINGER_S) };
    let measured_for = Duration::from_secs_f64(bench.seconds * LONGER);
    let mut run = Run::on(&world).measuring(measured_for);
    let mut without = vec![run.load(NONE, None, bench).await?.per_second()];
    // What a server without a lake leaves behind is no work of the next one's.
    world.installation.command(["lake", "write"]).await?;
    run = run.measuring(Duration::from_secs(seconds));
    let turns = run.load(usual, None, bench).await?.per_second();
    run = run.measuring(measured_for);
    without.push(run.load(NONE, None, bench).await?.per_second());
    let busy = with_a_backlog(&mut run, &mut outbox, bench).await?;
    outbox.close().await;
    world.remove().await?;
    let without_lake = without.iter().sum::<f64>() / without.len() as f64;
    let told = |runs: &[f64]| runs.iter().map(|run| format!("{run:.0}")).collect::<Vec<_>>().join(", ");
    let measured = Measured::new("scan_with_lake_ratio", "ratio", vec![busy.scans_per_s / without_lake])
        .with("writer", "has a backlog and writes it all the time")
        .with("backlog_shrinks_by_events_per_s", format!("{:.0}", busy.backlog_per_s))
        .with("scans_per_s_with", format!("{:.0}", busy.scans_per_s))
        .with("scans_per_s_without", told(&without))
        .with("scans_per_s_over_whole_turns_of_a_default_writer", format!("{turns:.0}"))
        .with("seconds_of_whole_turns", seconds);
    bench.report(conditions(bench, measured).with("seconds", measured_for.as_secs()))
}

/// What was done while a backlog was written.
struct Busy {
    scans_per_s: f64,
    /// Events by which the backlog became smaller in a second, besides those that the scans added meanwhile.
    backlog_per_s: f64,
}

/// Scans a second while the writer has a backlog.
///
/// Events wait from before the server starts, and the lake's lease is another's until shortly before the measured time:
/// a process that wrote to the SQLite file meanwhile would empty the server's page cache, which is no work of the lake's.
async fn with_a_backlog(run: &mut Run<'_>, outbox: &mut Outbox, bench: &Bench) -> Result<Busy> {
    let events = ((bench.seconds * LONGER + 2.0 + BEGINS_BEFORE.as_secs_f64()) * EVENTS_A_SECOND) as u64;
    outbox.fill(events).await?;
    outbox.take_lease(serving(bench).saturating_sub(BEGINS_BEFORE)).await?;
    let mut begun = None;
    let measured = run
        .load_after(BUSY, None, bench, async || {
            outbox.lease_is_given_up().await?;
            begun = Some((Stopwatch::start(), outbox.waiting().await?));
            Ok(())
        })
        .await?;
    let (watch, before) = begun.ok_or_else(|| Failure::new("the writer never began"))?;
    let (seconds, after) = (watch.elapsed().as_secs_f64(), outbox.waiting().await?);
    if after == 0 {
        return Err(Failure::new(format!("the writer ran out of events: {events} were too few for the measured time")));
    }
    Ok(Busy { scans_per_s: measured.per_second(), backlog_per_s: (before - after) as f64 / seconds })
}
