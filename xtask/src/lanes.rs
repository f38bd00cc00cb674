//! `cargo xtask test`: the lanes `check`, `unit`, `lake`, `outside` and `browser`, in that order.
//!
//! Every lane runs even when one before it failed, so that one run shows everything that is wrong. Counting tests is
//! left to the runner of each lane; the last lines only say which lanes passed.

use std::path::PathBuf;
use std::process::Command;

use clap::{Args, ValueEnum};

use crate::bucket::Bucket;
use crate::postgres::{Cluster, Memory};
use crate::process::{self, Failure};
use crate::workspace::Workspace;
use crate::{check, console, outside, tools};

/// Where the tests find a server whose role may create databases.
const POSTGRES_URL: &str = "TALLYMARK_TEST_POSTGRES_URL";
/// Which engines a test that touches a table runs on.
const ENGINE: &str = "TALLYMARK_TEST_ENGINE";
/// Published test vectors that are too large or not ours to keep in the repository.
pub(crate) const SHARED_DATA: &str = "TALLYMARK_SHARED_DATA";
/// Set where a missing tool is a failure and not a skipped test.
const REQUIRE_TOOLS: &str = "TALLYMARK_REQUIRE_TOOLS";

/// The crates with a lane of their own.
const LAKE: [&str; 2] = ["tallymark-lake", "tallymark-insight"];

/// Which databases the tests run on.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
    Both,
}

impl Engine {
    /// The name that other programs take.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
            Self::Both => "both",
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Lane {
    /// `cargo xtask check`
    Check,
    /// Every crate's tests but those of the lake and of reports over it
    Unit,
    /// The tests of the lake and of reports over it, whose query engine takes minutes to build
    Lake,
    /// DuckDB, delta-rs and Polars over the lake of the first world
    Outside,
    /// The console and the phone pages in a real browser
    Browser,
}

impl Lane {
    fn name(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Unit => "unit",
            Self::Lake => "lake",
            Self::Outside => "outside",
            Self::Browser => "browser",
        }
    }
}

/// What `cargo xtask test` takes.
#[derive(Args)]
pub(crate) struct TestArguments {
    /// Which databases the tests run on; PostgreSQL is a private cluster unless TALLYMARK_TEST_POSTGRES_URL is set
    #[arg(long, value_enum, default_value_t = Engine::Both)]
    engine: Engine,
    /// Only this lane
    #[arg(long, value_enum)]
    lane: Option<Lane>,
    /// Only this crate's tests, and only the lane `unit`; may be repeated
    #[arg(long, short)]
    package: Vec<String>,
    /// Install missing tools with apt-get (a run with CI set always does)
    #[arg(long)]
    install: bool,
    /// Only tests whose name contains one of these; runs the lane `unit` alone
    filter: Vec<String>,
}

impl TestArguments {
    /// Whether only some of the unit tests are asked for.
    fn narrows(&self) -> bool {
        !self.filter.is_empty() || !self.package.is_empty()
    }

    /// The tests of a whole lane, in nextest's language.
    fn whole(&self, lane: Lane) -> Option<String> {
        let lake = LAKE.map(|name| format!("package({name})")).join(" or ");
        (!self.narrows()).then(|| if lane == Lane::Lake { lake } else { format!("not ({lake})") })
    }

    /// Whether tests of the lake may be among those that run.
    fn has_lake(&self, lane: Lane) -> bool {
        let is_named = self.package.iter().any(|name| LAKE.contains(&name.as_str()));
        lane == Lane::Lake || is_named || (self.narrows() && self.package.is_empty())
    }

    /// Cargo's words for the crates that are asked for.
    fn crates(&self, lane: Lane) -> Vec<&str> {
        let named = self.package.iter().flat_map(|name| ["--package", name]);
        match (lane, self.package.is_empty()) {
            (_, false) => named.collect(),
            (Lane::Lake, true) => LAKE.into_iter().flat_map(|name| ["--package", name]).collect(),
            (_, true) if self.narrows() => vec!["--workspace"],
            (_, true) => {
                let others = LAKE.into_iter().flat_map(|name| ["--exclude", name]);
                std::iter::once("--workspace").chain(others).collect()
            }
        }
    }
}

/// Runs the lanes and fails when one failed.
pub(crate) fn run(workspace: &Workspace, arguments: &TestArguments) -> Result<(), Failure> {
    let lanes = match arguments.lane {
        Some(lane) => vec![lane],
        None if arguments.narrows() => vec![Lane::Unit],
        None => vec![Lane::Check, Lane::Unit, Lane::Lake, Lane::Outside, Lane::Browser],
    };
    if !arguments.narrows() || arguments.install {
        tools::ensure(arguments.install || tools::is_ci())?;
    }
    let mut results = Vec::new();
    for lane in lanes {
        println!("\n== {}", lane.name());
        let result = match lane {
            Lane::Check => check::run(workspace, &[]).map(|()| "passed"),
            Lane::Unit | Lane::Lake => unit(workspace, arguments, lane).map(|()| "passed"),
            Lane::Outside => outside::run(workspace, must_have_tools()),
            Lane::Browser => browser(workspace),
        };
        if process::interrupted() {
            return result.map(drop);
        }
        results.push((lane, result));
    }
    println!("\n== lanes");
    for (lane, result) in &results {
        match result {
            Ok(how) => println!("{:8} {how}", lane.name()),
            Err(failure) => {
                println!("{:8} FAILED: {}", lane.name(), failure.message.lines().next().unwrap_or_default())
            }
        }
    }
    let failed: Vec<&str> = results.iter().filter(|(_, result)| result.is_err()).map(|(lane, _)| lane.name()).collect();
    if failed.is_empty() { Ok(()) } else { Err(Failure::new(format!("failed: {}", failed.join(", ")))) }
}

fn unit(workspace: &Workspace, arguments: &TestArguments, lane: Lane) -> Result<(), Failure> {
    // Held until the tests have ended.
    let (_cluster, url) = engine(arguments.engine, Memory::TESTS)?;
    let crates = arguments.crates(lane);
    let has_lake = arguments.has_lake(lane);
    let install = arguments.install || tools::is_ci();
    let bucket = if has_lake { Bucket::start(workspace, install)? } else { None };
    let mut tests = if process::succeeds("cargo-nextest", &["nextest", "--version"]) {
        let mut command = workspace.cargo(&["nextest", "run", "--no-tests", "warn"]);
        command.args(["--profile", if tools::is_ci() { "ci" } else { "default" }]);
        match arguments.whole(lane) {
            // All are built, whichever are run: see `Workspace::build_all`.
            Some(which) => command.args(["--workspace", "--filterset", &which]),
            None => command.args(&crates).args(&arguments.filter),
        };
        command
    } else {
        println!("unit: cargo-nextest is not installed, so `cargo test` runs the tests");
        let mut command = workspace.cargo(&["test", "--no-fail-fast", "--all-targets"]);
        command.args(&crates).arg("--").args(&arguments.filter);
        command
    };
    if let Some(bucket) = &bucket {
        bucket.named_to(&mut tests);
    }
    let result = process::run(environment(workspace, &mut tests, arguments.engine, url.as_deref()));
    if arguments.narrows() || lane == Lane::Lake {
        return result;
    }
    // Neither runner above runs the examples in the documentation.
    let mut examples = workspace.cargo(&["test", "--workspace", "--doc", "--no-fail-fast", "--quiet"]);
    result.and(process::run(environment(workspace, &mut examples, arguments.engine, url.as_deref())))
}

/// The cluster that must outlive the tests, if it is ours, and the URL that they connect to.
pub(crate) fn engine(engine: Engine, memory: Memory) -> Result<(Option<Cluster>, Option<String>), Failure> {
    if engine == Engine::Sqlite {
        return Ok((None, None));
    }
    if let Some(url) = std::env::var(POSTGRES_URL).ok().filter(|url| !url.is_empty()) {
        return Ok((None, Some(url)));
    }
    let cluster = Cluster::start(memory)?;
    let url = cluster.url();
    Ok((Some(cluster), Some(url)))
}

fn environment<'a>(
    workspace: &Workspace,
    command: &'a mut Command,
    engine: Engine,
    postgres_url: Option<&str>,
) -> &'a mut Command {
    command.env(ENGINE, engine.name());
    match postgres_url {
        Some(url) => command.env(POSTGRES_URL, url),
        None => command.env_remove(POSTGRES_URL),
    };
    if let Some(folder) = shared_data(workspace) {
        command.env(SHARED_DATA, folder);
    }
    if tools::is_ci() {
        command.env(REQUIRE_TOOLS, "1");
    }
    command
}

/// Whether a missing tool is a failure and not a skipped lane.
fn must_have_tools() -> bool {
    tools::is_ci() || std::env::var_os(REQUIRE_TOOLS).is_some()
}

pub(crate) fn shared_data(workspace: &Workspace) -> Option<PathBuf> {
    if std::env::var_os(SHARED_DATA).is_some() {
        return None;
    }
    workspace.root.join("../shared/data").canonicalize().ok().filter(|folder| folder.is_dir())
}

fn browser(workspace: &Workspace) -> Result<&'static str, Failure> {
    let folder = workspace.root.join("e2e");
    if !folder.join("package.json").is_file() {
        return Err(Failure::new("there is no e2e/package.json, so no browser test can run"));
    }
    let missing: Vec<&str> = ["npm", "chromium"].into_iter().filter(|program| !tools::has(program)).collect();
    if !missing.is_empty() {
        let what = missing.join(" and ");
        if must_have_tools() {
            return Err(Failure::new(format!("the browser tests need {what}")));
        }
        println!("browser: skipped, they need {what} (`--install` installs chromium)");
        return Ok("skipped");
    }
    workspace.build_all()?;
    console::build(workspace)?;
    console::install(&folder)?;
    process::run(Command::new("npm").arg("test").current_dir(workspace.root.join("console")))?;
    let mut tests = Command::new("npm");
    tests.arg("test").current_dir(&folder).env("TALLYMARK_BIN", workspace.target.join("debug/tallymark"));
    tests.env("TALLYMARK_SIM_BIN", workspace.target.join("debug/tallymark-sim"));
    process::run(environment(workspace, &mut tests, Engine::Sqlite, None)).map(|()| "passed")
}
