//! `tallymark-sim bench GROUP`: measures a group of figures, each with its baseline in the same run, run by run in turn,
//! and takes medians. A figure's name never changes: other tools read it.

mod codes;
mod desk;
mod goods;
mod hot;
mod lake;
mod mint;
mod orders;
mod package;
mod people;
mod prepared;
mod prior;
mod pypi;
mod restore;
mod scan;
mod start;
mod trace;
mod world_rate;

use std::path::PathBuf;

use clap::Args;

pub(crate) use people::{RebuildArguments, run_rebuild};

use crate::failure::{Context as _, Failure, Result};
use crate::postgres::{POSTGRES_URL, Postgres};
use crate::report::{Measured, Report};
use crate::stopwatch::Stopwatch;

/// What a group measures together, because it shares a preparation.
struct Part {
    figures: &'static [&'static str],
    needs_postgres: bool,
}

const START: Part = Part { figures: &["start_ms", "idle_rss_mib"], needs_postgres: false };
const READ: Part = Part { figures: &["read_code_per_s"], needs_postgres: false };
const LABEL: Part = Part { figures: &["label_per_s"], needs_postgres: false };
const MINT: Part = Part { figures: &["mint_per_s", "mint_peak_rss_mib"], needs_postgres: false };
const SQLITE: Part = Part { figures: &["scan_sqlite_per_s", "scan_sqlite_vs_single_ratio"], needs_postgres: false };
const SQLITE_LATENCY: Part = Part { figures: &["scan_sqlite_p99_ms"], needs_postgres: false };
const POSTGRES: Part = Part { figures: &["scan_postgres_per_s"], needs_postgres: true };
const HOT: Part = Part { figures: &["scan_hot_budget_ratio", "scan_hot_budget_over"], needs_postgres: true };
const LAKE_RATE: Part = Part { figures: &["lake_events_per_s"], needs_postgres: false };
const LAKE_KILLS: Part = Part { figures: &["lake_missing", "lake_doubled"], needs_postgres: false };
const LAKE_SCANS: Part = Part { figures: &["scan_with_lake_ratio"], needs_postgres: false };
const LAKE_LAG: Part = Part { figures: &["lake_lag_s"], needs_postgres: false };
const LAKE_FILES: Part = Part { figures: &["lake_live_files_max"], needs_postgres: false };
const QUERY_MEMORY: Part = Part { figures: &["query_limit_rss_mib"], needs_postgres: false };
const REPORT: Part = Part { figures: &["report_10m_ms"], needs_postgres: false };
const PROOF: Part = Part { figures: &["routes_without_proof"], needs_postgres: false };
const RESTORE: Part = Part { figures: &["restore_10m_s"], needs_postgres: false };
const LOOP: [&Part; 8] = [&START, &READ, &LABEL, &MINT, &SQLITE, &SQLITE_LATENCY, &POSTGRES, &HOT];

const LAKE: [&Part; 9] =
    [&LAKE_RATE, &LAKE_KILLS, &LAKE_SCANS, &LAKE_LAG, &LAKE_FILES, &QUERY_MEMORY, &REPORT, &PROOF, &RESTORE];
const IDENTIFY: Part = Part { figures: &["identify_per_s", "identify_p99_ms"], needs_postgres: false };
const UNMERGE: Part = Part { figures: &["unmerge_1000_ms"], needs_postgres: false };
const REBUILD: Part =
    Part { figures: &["rebuild_edges_per_s", "rebuild_50m_s", "rebuild_50m_rss_mib"], needs_postgres: false };
const FEBRL: Part = Part { figures: &["febrl4_f1", "febrl4_s", "febrl3_f1"], needs_postgres: false };
const PEOPLE: [&Part; 4] = [&IDENTIFY, &UNMERGE, &REBUILD, &FEBRL];
const WORLD: [&Part; 1] = [&Part { figures: &["world_scans_per_s"], needs_postgres: false }];
const YEAR: Part = Part {
    figures: &["import_sqlite_lines_per_s", "import_postgres_lines_per_s", "import_peak_rss_mib"],
    needs_postgres: false,
};
const STRANGERS: Part = Part { figures: &["import_new_people_per_s"], needs_postgres: false };
const ORDERS: [&Part; 2] = [&YEAR, &STRANGERS];
const LISTS: Part = Part { figures: &["list_10m_page_ms"], needs_postgres: false };
const EXPORTS: Part = Part { figures: &["export_1m_s", "export_peak_rss_mib"], needs_postgres: false };
const DESK: [&Part; 2] = [&LISTS, &EXPORTS];
const CAPTURES: Part = Part { figures: &["capture_single_per_s", "capture_epcs_per_s"], needs_postgres: false };
const RANGES: Part = Part { figures: &["range_bytes_per_item", "chain_range_ms"], needs_postgres: false };
const LINES: Part = Part { figures: &["line_bytes_per_item", "chain_line_ms"], needs_postgres: false };
const PACKAGE: Part = Part { figures: &["package_per_s", "package_peak_rss_mib"], needs_postgres: false };
const GOODS: [&Part; 4] = [&CAPTURES, &RANGES, &LINES, &PACKAGE];
/// The groups, and what they measure.
const GROUPS: [(&str, &[&Part]); 7] = [
    ("loop", &LOOP),
    ("lake", &LAKE),
    ("people", &PEOPLE),
    ("orders", &ORDERS),
    ("world", &WORLD),
    ("desk", &DESK),
    ("goods", &GOODS),
];

/// What `bench` takes.
#[derive(Args)]
pub(crate) struct BenchArguments {
    /// The group: loop, lake, people, orders, world, desk or goods
    group: String,
    /// The binary `tallymark`, built for release
    #[arg(long)]
    bin: PathBuf,
    /// The folder of the results
    #[arg(long)]
    out: PathBuf,
    /// Only this figure, and those that are measured with it; may be repeated
    #[arg(long)]
    only: Vec<String>,
    /// Small and short: shows that the benchmark works; the results go to a file of their own
    #[arg(long)]
    quick: bool,
    /// Scans that are in the database before
    #[arg(long)]
    prior: Option<u64>,
    /// Runs of which the median is taken
    #[arg(long)]
    runs: Option<usize>,
    /// Seconds that each run measures
    #[arg(long)]
    seconds: Option<f64>,
    /// Connections of the load generator
    #[arg(long, default_value_t = 384)]
    connections: usize,
    /// Routes whose permission the server's tests do not prove, as those tests told
    #[arg(long)]
    routes_without_proof: Option<u64>,
    /// Where prepared databases and fetched data sets are kept between runs
    #[arg(long, default_value = "target/bench")]
    cache: PathBuf,
}

/// What `prior` takes.
#[derive(Args)]
pub(crate) struct PriorArguments {
    /// The binary `tallymark`
    #[arg(long)]
    bin: PathBuf,
    /// The empty database: sqlite:PATH or postgres://USER@HOST/NAME
    #[arg(long)]
    database: String,
    /// How many scans
    #[arg(long, default_value_t = 10_000_000, value_parser = clap::value_parser!(u64).range(10_000..))]
    scans: u64,
    /// Where the master key, the API key and the codes go
    #[arg(long)]
    out: PathBuf,
}

/// Fills a database with a world and its past.
pub(crate) async fn run_prior(arguments: PriorArguments) -> Result<()> {
    std::fs::create_dir_all(&arguments.out)?;
    let facts = prepared::prepare(&arguments.out, &arguments.bin, &arguments.database, arguments.scans).await?;
    facts.write(&arguments.out)?;
    println!("{} scans; what belongs to them is in {}", arguments.scans, arguments.out.display());
    Ok(())
}

/// Measures the group's figures.
pub(crate) async fn run_command(arguments: BenchArguments) -> Result<()> {
    let Some((_, parts)) = GROUPS.into_iter().find(|(name, _)| *name == arguments.group) else {
        return Err(Failure::new(format!(
            "no group is called {}; there are: loop, lake, people, orders, world, desk, goods",
            arguments.group
        )));
    };
    let known: Vec<&str> = parts.iter().flat_map(|part| part.figures).copied().collect();
    if let Some(unknown) = arguments.only.iter().find(|name| !known.contains(&name.as_str())) {
        return Err(Failure::new(format!("no figure is called {unknown}; there are: {}", known.join(", "))));
    }
    let mut bench = Bench::new(arguments)?;
    for part in parts {
        if bench.wants(part) {
            let watch = Stopwatch::start();
            measure(&mut bench, part).await.while_doing(|| part.figures.join(", "))?;
            eprintln!("({} took {:.0} s)", part.figures.join(", "), watch.seconds());
        }
    }
    Ok(())
}

async fn measure(bench: &mut Bench, part: &Part) -> Result<()> {
    match part.figures[0] {
        "start_ms" => start::measure(bench).await,
        "world_scans_per_s" => world_rate::measure(bench).await,
        "read_code_per_s" => codes::read(bench),
        "label_per_s" => codes::label(bench),
        "mint_per_s" => mint::measure(bench).await,
        "scan_sqlite_per_s" => scan::sqlite(bench).await,
        "scan_sqlite_p99_ms" => scan::sqlite_latency(bench).await,
        "scan_postgres_per_s" => scan::postgres(bench).await,
        "identify_per_s" => people::identify(bench).await,
        "unmerge_1000_ms" => people::unmerge(bench).await,
        "rebuild_edges_per_s" => people::rebuild(bench).await,
        "febrl4_f1" => people::febrl(bench).await,
        "import_sqlite_lines_per_s" => orders::year(bench).await,
        "import_new_people_per_s" => orders::strangers(bench).await,
        "lake_events_per_s" => lake::write_rate(bench).await,
        "lake_missing" => lake::kills(bench).await,
        "scan_with_lake_ratio" => lake::beside_scans(bench).await,
        "lake_lag_s" => lake::lag(bench).await,
        "lake_live_files_max" => lake::live_files(bench).await,
        "query_limit_rss_mib" => lake::query_memory(bench).await,
        "report_10m_ms" => lake::reports(bench).await,
        "routes_without_proof" => lake::proof(bench),
        "list_10m_page_ms" => desk::lists(bench).await,
        "capture_single_per_s" => goods::captures(bench).await,
        "range_bytes_per_item" => trace::by_range(bench).await,
        "line_bytes_per_item" => trace::on_line(bench).await,
        "package_per_s" => package::measure(bench).await,
        "export_1m_s" => desk::exports(bench).await,
        "restore_10m_s" => restore::measure(bench).await,
        _ => hot::measure(bench).await,
    }
}

/// A run of the program: its settings and its report.
#[derive(Debug)]
pub(crate) struct Bench {
    bin: PathBuf,
    cache: PathBuf,
    only: Vec<String>,
    quick: bool,
    prior: u64,
    runs: usize,
    seconds: f64,
    connections: usize,
    routes_without_proof: Option<u64>,
    postgres: Option<Postgres>,
    report: Report,
}

impl Bench {
    fn new(arguments: BenchArguments) -> Result<Self> {
        let quick = arguments.quick;
        let name = if quick { format!("{}-quick", arguments.group) } else { arguments.group };
        std::fs::create_dir_all(&arguments.cache)?;
        let bench = Self {
            // The server is started in other folders.
            bin: arguments.bin.canonicalize().while_doing(|| format!("finding {}", arguments.bin.display()))?,
            cache: arguments.cache.canonicalize()?,
            only: arguments.only,
            quick,
            prior: arguments.prior.unwrap_or(if quick { 200_000 } else { 10_000_000 }),
            runs: arguments.runs.unwrap_or(if quick { 1 } else { 3 }),
            seconds: arguments.seconds.unwrap_or(if quick { 2.0 } else { 10.0 }),
            connections: arguments.connections,
            routes_without_proof: arguments.routes_without_proof,
            postgres: Postgres::of_environment(),
            report: Report::open(&arguments.out, &name)?,
        };
        if bench.runs == 0 || bench.prior < 10_000 {
            return Err(Failure::new("--runs takes 1 or more, --prior 10000 or more"));
        }
        Ok(bench)
    }

    /// Whether a part is to be measured; says so when it must be left out.
    fn wants(&self, part: &Part) -> bool {
        let asked = self.only.is_empty() || part.figures.iter().any(|name| self.only.iter().any(|only| only == name));
        if asked && part.needs_postgres && self.postgres.is_none() {
            println!("skipped {}: {POSTGRES_URL} is not set", part.figures.join(", "));
            return false;
        }
        asked
    }

    const fn runs(&self) -> usize {
        self.runs
    }

    /// A number of repetitions, smaller in a quick run.
    const fn sized(&self, full: u64) -> u64 {
        if self.quick { full / 10 } else { full }
    }

    fn report(&mut self, measured: Measured) -> Result<()> {
        self.report.add(measured)
    }
}
