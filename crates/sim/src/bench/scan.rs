//! Scans a second over HTTP, each decided durably before it is answered, with many scans in the database; and how long
//! the slowest of a hundred waits at half the bar.

use std::rc::Rc;
use std::time::Duration;

use super::Bench;
use super::prepared::{Engine, World};
use crate::failure::Result;
use crate::load::{self, Options, Outcome, Target, Workload};
use crate::process::Server;
use crate::report::{Measured, median};

/// Scans a second at which latency is measured: half of what SQLite must reach.
const HALF_LOAD: f64 = 3_000.0;
/// How long a server decides as many scans as it can before it is measured: the pages of the people and codes that scan
/// again come into its own cache, as in a server that has been up for long.
const SERVING: Duration = Duration::from_secs(45);
/// Statements are prepared, connections opened.
const WARM_UP: Duration = Duration::from_secs(2);
/// The server with batches of one.
const SINGLE: &[&str] = &["--batch-max", "1"];

/// `scan_sqlite_per_s` and `scan_sqlite_vs_single_ratio`.
pub(crate) async fn sqlite(bench: &mut Bench) -> Result<()> {
    let (batched, single) = throughput(bench, Engine::Sqlite).await?;
    let ratio = median(&batched) / median(&single);
    let measured = conditions(bench, Measured::new("scan_sqlite_per_s", "scans/s", batched));
    bench.report(measured.against("the same server with batches of one", single))?;
    bench.report(Measured::new("scan_sqlite_vs_single_ratio", "ratio", vec![ratio]))
}

/// `scan_postgres_per_s`.
pub(crate) async fn postgres(bench: &mut Bench) -> Result<()> {
    let (batched, single) = throughput(bench, Engine::Postgres).await?;
    let measured = conditions(bench, Measured::new("scan_postgres_per_s", "scans/s", batched));
    bench.report(measured.against("the same server with batches of one", single))
}

/// `scan_sqlite_p99_ms`; the baseline is the median latency of the same scans.
pub(crate) async fn sqlite_latency(bench: &mut Bench) -> Result<()> {
    let world = World::copy(bench, Engine::Sqlite).await?;
    let mut run = Run::on(&world);
    let (mut p99, mut p50) = (Vec::new(), Vec::new());
    for _ in 0..bench.runs() {
        let outcome = run.load(&[], Some(HALF_LOAD), bench).await?;
        p99.push(outcome.latency.percentile_ms(99.0));
        p50.push(outcome.latency.percentile_ms(50.0));
    }
    world.remove().await?;
    let measured = conditions(bench, Measured::new("scan_sqlite_p99_ms", "ms", p99));
    bench.report(measured.against("the median latency of the same scans", p50).with("scans_per_s", HALF_LOAD))
}

/// Batched and single runs in turn, on one copy of the world.
async fn throughput(bench: &Bench, engine: Engine) -> Result<(Vec<f64>, Vec<f64>)> {
    let world = World::copy(bench, engine).await?;
    let mut run = Run::on(&world);
    let (mut batched, mut single) = (Vec::new(), Vec::new());
    for _ in 0..bench.runs() {
        batched.push(run.load(&[], None, bench).await?.per_second());
        single.push(run.load(SINGLE, None, bench).await?.per_second());
    }
    world.remove().await?;
    Ok((batched, single))
}

/// How scans were measured.
pub(super) fn conditions(bench: &Bench, measured: Measured) -> Measured {
    measured
        .with("prior_scans", bench.prior)
        .with("page_cache", "warm")
        .with("seconds_under_load_before", serving(bench).as_secs())
        .with("connections", bench.connections)
        .with("seconds", bench.seconds)
}

/// Loads on one world; each goes on where the last one stopped.
pub(super) struct Run<'a> {
    world: &'a World,
    workload: Rc<Workload>,
    next: u64,
    measured: Option<Duration>,
}

impl<'a> Run<'a> {
    pub(super) fn on(world: &'a World) -> Self {
        Self { world, workload: world.workload(), next: 0, measured: None }
    }

    /// Measures for so long, whatever the benchmark says.
    pub(super) fn measuring(mut self, measured: Duration) -> Self {
        self.measured = Some(measured);
        self
    }

    /// Load on a server with these arguments.
    pub(super) async fn load(&mut self, arguments: &[&str], rate: Option<f64>, bench: &Bench) -> Result<Outcome> {
        self.load_after(arguments, rate, bench, async || Ok(())).await
    }

    /// The same, with something done before that which is measured.
    pub(super) async fn load_after(
        &mut self,
        arguments: &[&str],
        rate: Option<f64>,
        bench: &Bench,
        prepare: impl AsyncFnOnce() -> Result<()>,
    ) -> Result<Outcome> {
        self.world.warm().await?;
        let server = self.world.serve(arguments).await?;
        let serving = Options { warm_up: Duration::ZERO, measure: serving(bench), ..options(bench, None) };
        let mut outcome = load::run(&[self.target(&server)], serving).await?.without_failures()?;
        self.next = outcome.next[0];
        prepare().await?;
        let usual = options(bench, rate);
        let measure = self.measured.unwrap_or(usual.measure);
        outcome = load::run(&[self.target(&server)], Options { measure, ..usual }).await?;
        self.next = outcome.next[0];
        server.stop().await?;
        let outcome = outcome.without_failures()?;
        let (p50, p99) = (outcome.latency.percentile_ms(50.0), outcome.latency.percentile_ms(99.0));
        eprintln!(
            "(serve {arguments:?}: {:.0} scans/s, p50 {p50:.1} ms, p99 {p99:.1} ms, {:?})",
            outcome.per_second(),
            outcome.seen
        );
        Ok(outcome)
    }

    fn target(&self, server: &Server) -> Target {
        Target {
            address: server.address,
            api_key: self.world.facts.api_key.clone(),
            workload: self.workload.clone(),
            first: self.next,
        }
    }
}

/// How long a server is under load before it is measured.
pub(super) fn serving(bench: &Bench) -> Duration {
    if bench.quick { WARM_UP } else { SERVING }
}

/// The load of one run.
pub(crate) fn options(bench: &Bench, rate: Option<f64>) -> Options {
    let measure = Duration::from_secs_f64(bench.seconds);
    Options { connections: bench.connections, warm_up: WARM_UP.min(measure), measure, rate }
}
