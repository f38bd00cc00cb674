//! `tallymark-sim load`: load on a server that runs already.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use clap::Args;

use super::{Codes, Options, Outcome, Target, Workload};
use crate::failure::Result;
use crate::stopwatch;

/// What `load` takes.
#[derive(Args)]
pub(crate) struct LoadArguments {
    /// Where the server listens; may be repeated, the load is spread evenly
    #[arg(long, required = true)]
    address: Vec<SocketAddr>,
    /// An API key that may scan
    #[arg(long, env = "TALLYMARK_API_KEY", hide_env_values = true)]
    key: String,
    /// Active codes that nobody scanned, one a line (GET /v1/batches/{id}/codes)
    #[arg(long)]
    codes: PathBuf,
    /// Codes that were scanned before, one a line
    #[arg(long)]
    used: Option<PathBuf>,
    /// Connections to each server
    #[arg(long, default_value_t = 256)]
    connections: usize,
    /// Seconds before measuring begins
    #[arg(long, default_value_t = 2.0)]
    warm_up: f64,
    /// Seconds that are measured
    #[arg(long, default_value_t = 10.0)]
    seconds: f64,
    /// Scans a second; without it, as many as are answered
    #[arg(long)]
    rate: Option<f64>,
    /// Devices that scanned before (numbers 0 up to here)
    #[arg(long, default_value_t = 10_000)]
    known: u64,
    /// Tells runs on one database apart
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// The first scan of the run: what an earlier run printed as `next`
    #[arg(long, default_value_t = 0)]
    first: u64,
    /// When scan 0 was asked for, in milliseconds since 1970, as its key tells: what an earlier run printed as `since`;
    /// now, if it is left out
    #[arg(long)]
    since_ms: Option<u64>,
}

/// Runs the load and prints what came of it; fails when a scan failed.
pub(crate) async fn run_command(arguments: LoadArguments) -> Result<()> {
    let fresh = Codes::read(&arguments.codes)?;
    let used = arguments.used.as_deref().map(Codes::read).transpose()?.unwrap_or_default();
    let servers = arguments.address.len() as u64;
    let since_ms = arguments.since_ms.unwrap_or_else(stopwatch::now_ms);
    let targets: Vec<Target> = (0..servers)
        .zip(&arguments.address)
        .map(|(place, address)| Target {
            address: *address,
            api_key: arguments.key.clone(),
            workload: Rc::new(Workload {
                fresh: fresh.share(place, servers),
                used: used.clone(),
                known: arguments.known,
                seed: arguments.seed + place,
                since_ms,
            }),
            first: arguments.first,
        })
        .collect();
    let options = Options {
        connections: arguments.connections,
        warm_up: Duration::from_secs_f64(arguments.warm_up),
        measure: Duration::from_secs_f64(arguments.seconds),
        rate: arguments.rate,
    };
    let outcome = super::run(&targets, options).await?;
    print(&outcome);
    println!("since: {since_ms}");
    outcome.without_failures().map(drop)
}

fn print(outcome: &Outcome) {
    println!("{:.0} scans/s ({} in {:.1} s)", outcome.per_second(), outcome.answered, outcome.seconds);
    let percentiles = [50.0, 90.0, 99.0, 99.9].map(|percent| outcome.latency.percentile_ms(percent));
    let total = outcome.latency.total();
    let [p50, p90, p99, p999] = percentiles;
    println!(
        "latency ms of {total}: p50 {p50:.2}, p90 {p90:.2}, p99 {p99:.2}, p99.9 {p999:.2}, max {:.2}",
        outcome.latency.max_ms()
    );
    println!("statuses: {:?}, without answer: {}", outcome.statuses, outcome.broken);
    println!("seen in a sample: {:?}", outcome.seen);
    println!("next: {:?}", outcome.next);
}
