//! `tallymark-sim crash`: scans are sent while the server is killed, at random moments and at named failure points.
//! After each restart the callers send again what was not answered, and some of what was. In the end every answer that
//! any caller got must be given again, no scan may exist that nobody was told of, no code may have rewarded twice, no
//! budget may be overspent, and the books must prove right.

mod books;
mod traffic;
mod witness;

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use clap::{Args, ValueEnum};
use serde_json::json;

use crate::client::Client;
use crate::failure::{Context as _, Failure, Result};
use crate::load::{Codes, Workload};
use crate::postgres::{POSTGRES_URL, Postgres};
use crate::process::{Installation, ServeOptions, Server};
use crate::random::Sequence;
use crate::report::{Measured, Report};
use crate::setup::{BatchOrder, NewOrganisation, create_brand, nothing, points, prize, red_packet};
use crate::stopwatch;
use traffic::Traffic;
use witness::Witness;

/// Where the server ends itself.
const POINTS: [&str; 3] = ["scan::before_save", "scan::before_commit", "scan::after_commit"];
/// So many percent of the passes of a failure point end the server.
const FAIL_PERCENT: u32 = 2;
/// A server lives at most this long; at a failure point it normally dies earlier.
const LIFE_MS: (u64, u64) = (50, 1_500);
const POINT_LIFE: Duration = Duration::from_secs(4);
/// Answers that are asked for again after each restart.
const ASKED_AGAIN: u64 = 200;
/// For each kill, and for the proof at the end.
const TIME_MAX_EACH: Duration = Duration::from_secs(15);
const TIME_MAX_PROOF: Duration = Duration::from_secs(300);
/// Codes, and the campaign's budget and stock: both run out on the way.
const ITEMS: u64 = 480_000;
const BUDGET_FEN: i64 = 60_000;
const STOCK: u64 = 500;

/// What `crash` takes.
#[derive(Args)]
pub(crate) struct CrashArguments {
    /// How many times the server is killed, on each engine
    #[arg(long, default_value_t = 50)]
    kills: u32,
    /// The database
    #[arg(long, value_enum, default_value_t = Engines::Both)]
    engine: Engines,
    /// The binary `tallymark`, built with its feature `failpoints`
    #[arg(long)]
    bin: PathBuf,
    /// The folder of the results
    #[arg(long, default_value = "bench/results")]
    out: PathBuf,
    /// Chooses the moments
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Engines {
    Sqlite,
    Postgres,
    Both,
}

/// Kills, proves, reports; fails when anything was lost, doubled or overspent.
pub(crate) async fn run_command(arguments: CrashArguments) -> Result<()> {
    let mut results = Vec::new();
    if arguments.engine != Engines::Postgres {
        results.push(("sqlite", on_engine(&arguments, None).await.while_doing(|| "sqlite".to_owned())?));
    }
    if arguments.engine != Engines::Sqlite {
        match Postgres::of_environment() {
            Some(server) => {
                let result = on_engine(&arguments, Some(server)).await.while_doing(|| "postgres".to_owned())?;
                results.push(("postgres", result));
            }
            None if arguments.engine == Engines::Both => println!("skipped postgres: {POSTGRES_URL} is not set"),
            None => return Err(Failure::new(format!("{POSTGRES_URL} is not set"))),
        }
    }
    report(&arguments.out, &results)?;
    let faults: Vec<String> = results.into_iter().flat_map(|(_, result)| result.faults).collect();
    if faults.is_empty() {
        return Ok(());
    }
    Err(Failure::new(format!(
        "{} faults, the first of them:\n{}",
        faults.len(),
        faults[..faults.len().min(20)].join("\n")
    )))
}

fn report(folder: &Path, results: &[(&str, CrashResult)]) -> Result<()> {
    let mut report = Report::open(folder, "crash")?;
    let of_each =
        |value: fn(&CrashResult) -> f64| -> Vec<f64> { results.iter().map(|(_, result)| value(result)).collect() };
    let mut add = |name, unit, whole: f64, each: Vec<f64>| {
        let measured = Measured::new(name, unit, vec![whole]);
        let engines = results.iter().map(|(engine, _)| engine).zip(each);
        report.add(engines.fold(measured, |measured, (engine, value)| measured.with(engine, format!("{value:.0}"))))
    };
    let kills = of_each(|result| f64::from(result.kills));
    add("crash_kills", "kills", kills.iter().sum(), kills)?;
    let lost = of_each(|result| result.lost as f64);
    add("crash_lost", "answers", lost.iter().sum(), lost)?;
    let doubled = of_each(|result| result.doubled as f64);
    add("crash_doubled", "scans", doubled.iter().sum(), doubled)?;
    let restart_ms = of_each(|result| result.restart_max.as_secs_f64() * 1000.0);
    add("crash_restart_ms_max", "ms", restart_ms.iter().copied().fold(0.0, f64::max), restart_ms)
}

/// What came of one engine.
#[derive(Debug, Default)]
struct CrashResult {
    kills: u32,
    /// Where the server ended itself, and how often.
    at_points: BTreeMap<&'static str, u32>,
    lost: usize,
    doubled: usize,
    restart_max: Duration,
    faults: Vec<String>,
}

async fn on_engine(arguments: &CrashArguments, postgres: Option<Postgres>) -> Result<CrashResult> {
    let folder = tempfile::tempdir()?;
    let name = "tallymark_crash";
    let database = match &postgres {
        None => format!("sqlite:{}", folder.path().join("crash.sqlite").display()),
        Some(server) => {
            server.create(name).await?;
            server.url_of(name)?
        }
    };
    let installation = Installation::new(&arguments.bin, database, folder.path()).await?;
    let limit = TIME_MAX_EACH * arguments.kills + TIME_MAX_PROOF;
    let result = tokio::time::timeout(limit, crash(&installation, folder.path(), arguments)).await;
    if let Some(server) = &postgres {
        server.drop(name).await?;
    }
    result.unwrap_or_else(|_| Err(Failure::new(format!("not done after {} s", limit.as_secs()))))
}

async fn crash(installation: &Installation, folder: &Path, arguments: &CrashArguments) -> Result<CrashResult> {
    let log = folder.join("server.log");
    let (campaign, tenant, traffic) = world(installation, &log).await?;
    let traffic = Rc::new(traffic);
    let mut chance = Sequence::new(arguments.seed);
    let mut result = CrashResult::default();
    for kill in 0..arguments.kills {
        let point = kill.is_multiple_of(2).then(|| POINTS[kill as usize / 2 % POINTS.len()]);
        let setting = point.map(|point| format!("{point}={FAIL_PERCENT}%return"));
        let environment: Vec<(&str, &str)> = setting.iter().map(|setting| ("FAILPOINTS", setting.as_str())).collect();
        let options = ServeOptions { environment: &environment, ..ServeOptions::new(&log) };
        let mut server = installation.serve(&options).await?;
        result.restart_max = result.restart_max.max(server.ready_after);
        ask_again(&traffic, &mut chance);
        let life = match point {
            Some(_) => POINT_LIFE,
            None => Duration::from_millis(LIFE_MS.0 + chance.below(LIFE_MS.1 - LIFE_MS.0)),
        };
        if live(&mut server, &traffic, life).await? {
            let point = point.ok_or_else(|| Failure::new("the server ended by itself without a failure point"))?;
            *result.at_points.entry(point).or_default() += 1;
        }
        result.kills += 1;
    }
    eprintln!("({} kills, some of them at failure points: {:?}; proving)", result.kills, result.at_points);
    let unreached = POINTS.iter().find(|point| !result.at_points.contains_key(*point));
    // Every second kill is at a point, at each of them in turn.
    if let (Some(point), true) = (unreached, arguments.kills as usize >= 4 * POINTS.len()) {
        return Err(Failure::new(format!(
            "no server ended at {point}: is the binary built with its feature `failpoints`?"
        )));
    }
    prove(installation, &log, &traffic, (&campaign, &tenant), result).await
}

/// Traffic until the server dies by itself, or is killed after `life`; whether it died by itself.
async fn live(server: &mut Server, traffic: &Rc<Traffic>, life: Duration) -> Result<bool> {
    let address = server.address;
    let death = async {
        let died = tokio::time::timeout(life, server.ended()).await.is_ok();
        if !died {
            server.kill().await?;
        }
        Ok(died)
    };
    let (died, sent) = tokio::join!(death, traffic.run(address, true));
    sent?;
    died
}

/// Everything without an answer, and some that have one.
fn ask_again(traffic: &Traffic, chance: &mut Sequence) {
    let witness = traffic.witness.borrow();
    let told = witness.told();
    let mut again = witness.open();
    if !told.is_empty() {
        again.extend((0..ASKED_AGAIN).map(|_| told[chance.below(told.len() as u64) as usize]));
    }
    traffic.again.replace(again.into());
}

/// Asks for every answer again and compares the books.
async fn prove(
    installation: &Installation,
    log: &Path,
    traffic: &Rc<Traffic>,
    (campaign, tenant): (&str, &str),
    mut result: CrashResult,
) -> Result<CrashResult> {
    let server = installation.serve(&ServeOptions::new(log)).await?;
    result.restart_max = result.restart_max.max(server.ready_after);
    let everything = {
        let witness = traffic.witness.borrow();
        [witness.open(), witness.told()].concat()
    };
    traffic.again.replace(everything.into());
    traffic.run(server.address, false).await?;
    server.stop().await?;

    let found = books::compare(&installation.database, tenant, (campaign, BUDGET_FEN), traffic).await?;
    let verified = installation.command(["verify"]).await;
    let witness = traffic.witness.borrow();
    let unanswered = witness.open().into_iter().map(|n| format!("scan {n} never got an answer"));
    result.lost = found.lost.len() + witness.changed().len();
    result.doubled = found.doubled.len();
    result.faults = [found.lost, found.doubled, found.over, witness.changed().to_vec()].concat();
    result.faults.extend(unanswered);
    result.faults.extend(verified.err().map(|failure| failure.to_string()));
    eprintln!(
        "({} scans answered, {} rewarded, {} of {BUDGET_FEN} fen spent, refused {:?}, longest restart {} ms)",
        witness.told().len(),
        found.rewards,
        found.spent_fen,
        witness.refused,
        result.restart_max.as_millis()
    );
    Ok(result)
}

/// A brand with codes, a campaign whose budget and stock run out, and a rebate: campaign, tenant and traffic.
async fn world(installation: &Installation, log: &Path) -> Result<(String, String, Traffic)> {
    let brand = create_brand(installation, "Crash", &["127.0.0.1"]).await?;
    let server = installation.serve(&ServeOptions::new(log)).await?;
    let client = Client::new(server.address, &brand.api_key);
    let product = client.create_product("6901234567892", "CRASH", "Crash").await?;
    let batch = client.create_active_batch(BatchOrder { product: &product, lot: "C1", items: ITEMS }).await?;
    let brand_node = NewOrganisation { kind: "brand", code: "HQ", name: "Crash", ..NewOrganisation::default() };
    let head = client.create_organisation(&brand_node).await?;
    let store = NewOrganisation { kind: "store", parent: Some(&head), code: "S1", name: "Store", ..brand_node };
    let store = client.create_organisation(&store).await?;
    client.ship(&store, &batch, "case", 0, 9_999).await?;
    let mut gift = prize("Glass", 20, json!({ "kind": "gift" }));
    gift["stock"] = json!(STOCK);
    let prizes = json!([
        prize("Red packet", 30, red_packet(1, 100)),
        prize("Points", 30, points(5)),
        gift,
        prize("Thanks", 20, nothing())
    ]);
    let budget = json!({ "budget_fen": BUDGET_FEN, "budget_points": 100_000_000, "caps": { "per_person_per_day": 20 }, "fallback": "Thanks" });
    let campaign = client.start_campaign("Crash", prizes, budget).await?;
    client.start_rebate("Crash rebate", 10, 100_000).await?;
    let mut fresh = Codes::default();
    let path = format!("/v1/batches/{batch}/codes?level=item&face=inner&form=code");
    client.get_lines(&path, |line| fresh.push(line)).await?;
    server.stop().await?;
    let workload = Workload {
        fresh: fresh.shuffled(1),
        used: Codes::default(),
        known: 20_000,
        seed: 1,
        since_ms: stopwatch::now_ms(),
    };
    let traffic = Traffic {
        api_key: brand.api_key,
        workload,
        witness: RefCell::new(Witness::default()),
        next: Cell::new(0),
        again: RefCell::default(),
    };
    Ok((campaign, brand.tenant, traffic))
}
