//! `scan_with_lake_ratio`: scans a second over HTTP while the same server writes the lake, beside the same scans without a
//! lake.

use std::time::Duration;

use super::outbox::{LINGER_S, Outbox};
use crate::bench::Bench;
use crate::bench::scan::{Run, conditions, serving};
use crate::bench::world::{Engine, World};
use crate::failure::{Failure, Result};
use crate::report::Measured;

/// Without a lake.
const NONE: &[&str] = &["--lake", "none"];
/// With the lake beside the database; what waits is written at once, so that the writer never rests. It looks for the
/// lease every quarter of six seconds.
const BUSY: &[&str] = &["--lake-linger-s", "0", "--lake-lease-s", "6"];
/// Times that the writer of a server as it is by default begins to write within the measured time.
const FLUSHES: u64 = 2;
/// The same in a quick run.
const QUICK: &[&str] = &["--lake-linger-s", "2"];
const QUICK_S: u64 = 4;
/// Events that the writer could take in a second if it had the machine for itself; it must not run dry.
const EVENTS_A_SECOND: f64 = 100_000.0;
/// The lease of a server that is no more ends so long before the scans are measured; the writer is at work by then.
const BEGINS_BEFORE: Duration = Duration::from_secs(4);

/// Measures the ratio over whole turns of the writer, as a server is by default; the scans without a lake are measured
/// before and after. How many scans are decided while a backlog is written without any rest is told beside it.
pub(in crate::bench) async fn beside_scans(bench: &mut Bench) -> Result<()> {
    let world = World::copy(bench, Engine::Sqlite).await?;
    let mut outbox = Outbox::open(&world.installation.database, &world.facts.tenant).await?;
    let (usual, seconds) = if bench.quick { (QUICK, QUICK_S) } else { (&[][..], FLUSHES * LINGER_S) };
    let mut run = Run::on(&world);
    let mut without = vec![run.load(NONE, None, bench).await?.per_second()];
    // What a server without a lake leaves behind is no work of the next one's.
    world.installation.command(["lake", "write"]).await?;
    run = run.measuring(Duration::from_secs(seconds));
    let with = run.load(usual, None, bench).await?.per_second();
    run = run.measuring(Duration::from_secs_f64(bench.seconds));
    without.push(run.load(NONE, None, bench).await?.per_second());
    let busy = without_rest(&mut run, &mut outbox, bench).await?;
    outbox.close().await;
    world.remove().await?;
    let ratio = with / (without.iter().sum::<f64>() / without.len() as f64);
    let told = |runs: &[f64]| runs.iter().map(|run| format!("{run:.0}")).collect::<Vec<_>>().join(", ");
    let measured = Measured::new("scan_with_lake_ratio", "ratio", vec![ratio])
        .with("writer", "as it is by default, over whole turns: it rests between them")
        .with("scans_per_s_with", format!("{with:.0}"))
        .with("scans_per_s_without", told(&without))
        .with("scans_per_s_with_a_backlog_written_without_rest", format!("{busy:.0}"));
    bench.report(conditions(bench, measured).with("seconds", seconds))
}

/// Scans a second while the writer never rests.
///
/// Events wait from before the server starts, and the lake's lease is another's until shortly before the measured time:
/// a process that wrote to the SQLite file meanwhile would empty the server's page cache, which is no work of the lake's.
async fn without_rest(run: &mut Run<'_>, outbox: &mut Outbox, bench: &Bench) -> Result<f64> {
    let events = ((bench.seconds + 2.0 + BEGINS_BEFORE.as_secs_f64()) * EVENTS_A_SECOND) as u64;
    outbox.fill(events).await?;
    outbox.take_lease(serving(bench).saturating_sub(BEGINS_BEFORE)).await?;
    let measured = run.load_after(BUSY, None, bench, async || outbox.lease_is_given_up().await).await?;
    if outbox.waiting().await? == 0 {
        return Err(Failure::new(format!("the writer ran out of events: {events} were too few for the measured time")));
    }
    Ok(measured.per_second())
}
