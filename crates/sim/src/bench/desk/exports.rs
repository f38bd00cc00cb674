//! `export_1m_s` and `export_peak_rss_mib`: a million scans as a spreadsheet, from being asked for until the file is there, and
//! the most memory that the server had meanwhile above what it has when nothing happens. On the slower engine.

use std::time::Duration;

use serde_json::{Value, json};

use super::fill::Filler;
use super::lists::goods;
use super::{Desk, Engine, engines};
use crate::bench::Bench;
use crate::client::{Client, text};
use crate::failure::{Failure, Result};
use crate::report::{Measured, median};
use crate::stopwatch::Stopwatch;

/// Whatever starts up lazily is there by then.
const IDLE: Duration = Duration::from_secs(3);
/// Between two looks at an export.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Measures both figures.
pub(in crate::bench) async fn exports(bench: &mut Bench) -> Result<()> {
    let rows = bench.sized(1_000_000);
    let mut slowest: Option<(Vec<f64>, Engine)> = None;
    let mut peaks: Vec<f64> = Vec::new();
    for engine in engines(bench) {
        let desk = Desk::new(bench, engine).await?;
        let made = goods(&desk).await?;
        let filler = Filler::open(&desk.database, &desk.brand.tenant, rows).await?;
        filler.scans(&made.batches, |place| made.product_of(place).to_owned()).await?;
        filler.close().await;
        desk.settle(bench).await?;
        let (mut times, mut peaks_mib) = (Vec::new(), Vec::new());
        for _ in 0..bench.runs() {
            let (server, client) = desk.serve().await?;
            tokio::time::sleep(IDLE).await;
            let idle_kib = memory(server.rss_kib())?;
            let watch = Stopwatch::start();
            let bytes = written(&client, rows).await?;
            times.push(watch.seconds());
            peaks_mib.push((memory(server.peak_kib())? - idle_kib) / 1024.0);
            eprintln!("  {}: {:.1} s, {:.1} MB", engine.name(), watch.seconds(), bytes / 1e6);
            server.stop().await?;
        }
        if slowest.as_ref().is_none_or(|(known, _)| median(known) < median(&times)) {
            slowest = Some((times, engine));
        }
        if peaks.is_empty() || median(&peaks) < median(&peaks_mib) {
            peaks = peaks_mib;
        }
        desk.end(bench).await?;
    }
    let (times, engine) = slowest.ok_or_else(|| Failure::new("no engine was measured"))?;
    let measured = Measured::new("export_1m_s", "s", times).with("rows", rows).with("slower_engine", engine.name());
    bench.report(measured)?;
    bench.report(Measured::new("export_peak_rss_mib", "MiB", peaks).with("rows", rows))
}

/// Asks for every scan as a spreadsheet, and waits until it is there; gives its bytes.
async fn written(client: &Client, rows: u64) -> Result<f64> {
    let asked = json!({"list": "scans", "filters": {}, "format": "xlsx", "locale": "en"});
    let run = client.post("/v1/exports", &asked).await?;
    let path = format!("/v1/exports/{}", text(&run, "id")?);
    loop {
        let run: Value = client.get(&path).await?;
        match run["state"].as_str() {
            Some("queued" | "running") => tokio::time::sleep(LOOK_EVERY).await,
            Some("done") if run["rows"] == json!(rows) => return Ok(run["bytes"].as_f64().unwrap_or_default()),
            _ => return Err(Failure::new(format!("the export ended as {run}"))),
        }
    }
}

fn memory(kib: Option<u64>) -> Result<f64> {
    let kib = kib.ok_or_else(|| Failure::new("this system does not tell a process's memory"))?;
    Ok(kib as f64)
}
