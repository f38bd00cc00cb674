//! `identify_per_s` and `identify_p99_ms`: events a second that are taken durably over HTTP, and how long a delivery takes
//! at half of that.

use std::rc::Rc;
use std::time::Duration;

use super::Place;
use crate::bench::Bench;
use crate::bench::prepared::Engine;
use crate::failure::Result;
use crate::load::{self, Deliveries, Options, Outcome, Target};
use crate::report::{Measured, median};

/// Events of a delivery.
const EVENTS: u64 = 20;
/// Users who come and go.
const USERS: u64 = 200_000;
/// Connections: programs that send.
const CONNECTIONS: usize = 64;
/// Load before measuring begins: by then most users are known.
const WARM_UP: Duration = Duration::from_secs(10);

/// What one engine does.
#[derive(Default)]
struct Found {
    batches: Vec<f64>,
    single: Vec<f64>,
    p99_ms: Vec<f64>,
}

/// Measures both figures, on PostgreSQL as well where there is one; the slower engine counts.
pub(in crate::bench) async fn measure(bench: &mut Bench) -> Result<()> {
    let sqlite = on(bench, Engine::Sqlite).await?;
    let postgres = if bench.postgres.is_some() { Some(on(bench, Engine::Postgres).await?) } else { None };
    let (per_s, p99, single) = (median(&sqlite.batches), median(&sqlite.p99_ms), median(&sqlite.single));
    let slower = postgres.as_ref().filter(|found| median(&found.batches) < per_s).unwrap_or(&sqlite);
    let later = postgres.as_ref().filter(|found| median(&found.p99_ms) > p99).unwrap_or(&sqlite);
    let told = |value: f64| format!("{value:.0}");
    let of = |value: fn(&Found) -> &Vec<f64>| {
        postgres.as_ref().map_or("not measured".to_owned(), |found| told(median(value(found))))
    };
    let measured = Measured::new("identify_per_s", "events/s", slower.batches.clone())
        .against("events sent one by one", slower.single.clone())
        .with("events_a_delivery", EVENTS)
        .with("users", USERS)
        .with("connections", CONNECTIONS)
        .with("sqlite_events_per_s", told(per_s))
        .with("postgres_events_per_s", of(|found| &found.batches))
        .with("sqlite_single_per_s", told(single))
        .with("postgres_single_per_s", of(|found| &found.single));
    bench.report(measured)?;
    let latency = Measured::new("identify_p99_ms", "ms", later.p99_ms.clone())
        .with("load", "half of the events a second of the same engine, in deliveries of 20")
        .with("sqlite_p99_ms", format!("{p99:.1}"))
        .with("postgres_p99_ms", of(|found| &found.p99_ms));
    bench.report(latency)
}

async fn on(bench: &Bench, engine: Engine) -> Result<Found> {
    let place = Place::new(bench, engine).await?;
    let server = place.serve().await?;
    let key = place.write_key(&server).await?;
    let mut found = Found::default();
    let mut seed = 0;
    let mut run = async |events: u64, rate: Option<f64>, warm_up: Duration| -> Result<Outcome> {
        seed += 1;
        let source = Rc::new(Deliveries { events, users: if bench.quick { 2_000 } else { USERS }, seed });
        let target = Target { address: server.address, api_key: key.clone(), workload: source, first: 0 };
        let options =
            Options { connections: CONNECTIONS, warm_up, measure: Duration::from_secs_f64(bench.seconds), rate };
        let outcome = load::run(&[target], options).await?.without_failures()?;
        let (p50, p99) = (outcome.latency.percentile_ms(50.0), outcome.latency.percentile_ms(99.0));
        let per_s = outcome.per_second() * events as f64;
        eprintln!("({events} events a delivery, rate {rate:?}: {per_s:.0} events/s, p50 {p50:.1} ms, p99 {p99:.1} ms)");
        Ok(outcome)
    };
    let short = if bench.quick { Duration::from_secs(1) } else { Duration::from_secs(2) };
    let mut warm_up = if bench.quick { short } else { WARM_UP };
    for _ in 0..bench.runs() {
        let per_s = run(EVENTS, None, warm_up).await?.per_second();
        found.batches.push(per_s * EVENTS as f64);
        found.single.push(run(1, None, short).await?.per_second());
        found.p99_ms.push(run(EVENTS, Some(per_s / 2.0), short).await?.latency.percentile_ms(99.0));
        warm_up = short;
    }
    server.stop().await?;
    place.remove(bench).await?;
    Ok(found)
}
