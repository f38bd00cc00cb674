//! `world_scans_per_s`: the whole demo world through the API of a simulation, with everything that happens between its
//! scans: production, shipments, campaigns, events, consents.

use super::Bench;
use crate::failure::Result;
use crate::report::Measured;
use crate::stage::Stage;
use crate::world_command::{SEED, told};
use tallymark_sim::world::Shape;

/// Connections that deliver: the next delivery is there when the last one is decided.
const CONNECTIONS: usize = 4;
/// Days of a quick run.
const QUICK_DAYS: u32 = 2;

/// Plays the world once for each run; the baseline is the same with one connection.
pub(crate) async fn measure(bench: &mut Bench) -> Result<()> {
    let (mut many, mut one) = (Vec::new(), Vec::new());
    for _ in 0..bench.runs() {
        many.push(rate(bench, CONNECTIONS).await?);
        one.push(rate(bench, 1).await?);
    }
    let shape = shape(bench);
    let measured = Measured::new("world_scans_per_s", "scans/s", many)
        .against("the same with one connection", one)
        .with("people", shape.people)
        .with("stores", shape.stores)
        .with("days", shape.days);
    bench.report(measured)
}

fn shape(bench: &Bench) -> Shape {
    let whole = Shape::whole(SEED);
    Shape { days: if bench.quick { QUICK_DAYS } else { whole.days }, ..whole }
}

async fn rate(bench: &Bench, connections: usize) -> Result<f64> {
    let folder = tempfile::tempdir_in(&bench.cache)?;
    let stage = Stage::open(&bench.bin, folder.path(), shape(bench), &["127.0.0.1"]).await?;
    // The lake is measured by figures of its own.
    let server = stage.simulate(&["--lake", "none"]).await?;
    let played = stage.play(&server, connections, |_| {}).await?;
    server.stop().await?;
    eprintln!("({connections} connections: {})", told(&played));
    Ok(played.scans as f64 / played.days_seconds)
}
