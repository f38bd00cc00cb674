//! `rebuild_edges_per_s`, `rebuild_50m_s` and `rebuild_50m_rss_mib`: what it costs to decide anew who is who among
//! everybody, in a process of its own, so that nothing else counts as its memory.

use std::num::NonZeroUsize;

use clap::Args;
use serde::{Deserialize, Serialize};
use tallymark_identity::{Comparison, decide};
use tokio::process::Command;

use super::graph::{World, policy, region};
use crate::bench::Bench;
use crate::failure::{Context as _, Failure, Result};
use crate::process::own_peak_kib;
use crate::report::{Measured, median};
use crate::stopwatch::Stopwatch;

const EDGES: u64 = 50_000_000;
const THREADS: usize = 2;
/// Times that the small region is decided.
const ROUNDS: usize = 51;

/// What `rebuild` takes.
#[derive(Args)]
pub(crate) struct RebuildArguments {
    /// Edges of the made-up graph
    #[arg(long)]
    edges: u64,
    /// Threads
    #[arg(long)]
    threads: NonZeroUsize,
}

/// What a rebuild took.
#[derive(Serialize, Deserialize)]
struct Took {
    accounts: usize,
    edges: usize,
    persons: usize,
    contested: usize,
    /// Making up as many keys without loading them.
    make_up_s: f64,
    load_s: f64,
    order_s: f64,
    join_s: f64,
    /// The largest resident set until here.
    peak_mib: f64,
    /// The same graph under another policy.
    other_policy_s: f64,
    /// What that changes.
    comparing_s: f64,
    /// A region of 1,000 accounts, the median of some rounds.
    region_us: f64,
}

/// Rebuilds and tells what it took, as JSON.
pub(crate) fn run_rebuild(arguments: &RebuildArguments) -> Result<()> {
    let region_us = time_of_region()?;
    let world = World::of(arguments.edges);
    let (ends, make_up_s) = timed(|| world.make_up());
    std::hint::black_box(ends?);
    let (graph, load_s) = timed(|| world.load());
    let mut graph = graph?;
    let (edges, accounts) = (graph.edges(), graph.nodes());
    let two_phones = policy(2)?;
    let (ordered, order_s) = timed(|| graph.order(&two_phones, arguments.threads));
    let ordered = ordered?;
    let (persons, join_s) = timed(|| ordered.join());
    let peak_mib =
        own_peak_kib().ok_or_else(|| Failure::new("the system does not tell the memory of a process"))? as f64 / 1024.0;
    let contested = graph.outcomes(&persons).filter(|outcome| outcome.contested.is_some()).count();
    let one_phone = policy(1)?;
    let (after, other_policy_s) = timed(|| graph.rebuild(&one_phone, arguments.threads));
    let after = after?;
    let (difference, comparing_s) = timed(|| Comparison::of(&persons, &after).difference());
    std::hint::black_box(difference);
    let persons = persons.iter().count();
    let took = Took {
        accounts,
        edges,
        persons,
        contested,
        make_up_s,
        load_s,
        order_s,
        join_s,
        peak_mib,
        other_policy_s,
        comparing_s,
        region_us,
    };
    println!("{}", serde_json::to_string(&took)?);
    Ok(())
}

fn time_of_region() -> Result<f64> {
    let policy = policy(2)?;
    let (nodes, edges) = region()?;
    let mut rounds = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let (decided, seconds) = timed(|| decide(&policy, &nodes, &edges));
        decided?;
        rounds.push(seconds * 1e6);
    }
    Ok(median(&rounds))
}

fn timed<T>(run: impl FnOnce() -> T) -> (T, f64) {
    let watch = Stopwatch::start();
    let result = run();
    (result, watch.seconds())
}

/// Measures the three figures.
pub(in crate::bench) async fn measure(bench: &mut Bench) -> Result<()> {
    let edges = if bench.quick { EDGES / 100 } else { EDGES };
    let mut runs = Vec::with_capacity(bench.runs());
    for _ in 0..bench.runs() {
        runs.push(in_own_process(edges).await?);
    }
    let of = |value: fn(&Took) -> f64| runs.iter().map(value).collect::<Vec<f64>>();
    let seconds = of(|took| took.order_s + took.join_s);
    let told = |value: fn(&Took) -> f64| format!("{:.2}", median(&of(value)));
    let rates = of(|took| took.edges as f64 / (took.order_s + took.join_s));
    let first = runs.first().ok_or_else(|| Failure::new("nothing was measured"))?;
    let (accounts, persons, contested) = (first.accounts, first.persons, first.contested);
    let with_world =
        |measured: Measured| measured.with("edges", edges).with("accounts", accounts).with("threads", THREADS);
    let rate = Measured::new("rebuild_edges_per_s", "edges/s", rates)
        .against("loading the same edges by key", of(|took| took.edges as f64 / took.load_s))
        .with("bar", "1500000 or more")
        .with("persons", persons)
        .with("contested", contested)
        .with("region_of_1000_accounts_us", told(|took| took.region_us));
    let time = Measured::new("rebuild_50m_s", "s", seconds)
        .against("loading the same edges by key", of(|took| took.load_s))
        .with("bar", "40 or less")
        .with("making_up_the_keys_s", told(|took| took.make_up_s))
        .with("for_another_policy_s", told(|took| took.other_policy_s))
        .with("comparing_both_s", told(|took| took.comparing_s));
    let memory = Measured::new("rebuild_50m_rss_mib", "MiB", of(|took| took.peak_mib)).with("bar", "2048 or less");
    let (rate, time, memory) = (with_world(rate), with_world(time), with_world(memory));
    bench.report(rate)?;
    bench.report(time)?;
    bench.report(memory)
}

async fn in_own_process(edges: u64) -> Result<Took> {
    let program = std::env::current_exe()?;
    let mut command = Command::new(&program);
    command.args(["rebuild", "--edges", &edges.to_string(), "--threads", &THREADS.to_string()]).kill_on_drop(true);
    let output = command.output().await.while_doing(|| format!("starting {}", program.display()))?;
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(Failure::new(format!("the rebuild failed ({}): {errors}", output.status)));
    }
    Ok(serde_json::from_slice(&output.stdout)?)
}
