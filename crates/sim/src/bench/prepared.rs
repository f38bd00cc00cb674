//! A prepared world: a brand with a batch, stores that have its cases, a campaign and a rebate, and a past of many
//! scans. Preparing takes minutes, so it is kept in the cache, and every measurement gets a copy.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::Bench;
use super::prior::{Past, fill};
use crate::client::Client;
use crate::failure::{Context as _, Failure, Result};
use crate::load::{Codes, Connection, PLACES, RequestWriter, Workload};
use crate::postgres::Postgres;
use crate::process::{Installation, ServeOptions, Server};
use crate::random;
use crate::setup::{
    BatchOrder, Brand, CASES_PER_PALLET, ITEMS_PER_CASE, NewOrganisation, create_brand, nothing, points, prize,
    red_packet,
};
use crate::stopwatch;

/// Raised when a prepared world would look different: older ones are then not used.
const VERSION: u32 = 4;
/// Codes that load can scan for the first time.
const FRESH: u64 = 4_000_000;
/// Real scans that the past is made from.
const SAMPLE: u64 = 1_000;
const STORES: u64 = 50;
/// The file of a SQLite copy.
const COPY: &str = "copy.sqlite";
/// Shipments of neighbouring cases to stores.
const SHIPMENTS: u64 = 500;
/// More than any past and any run can spend: 100 million yuan.
const LARGE_FEN: i64 = 10_000_000_000;

/// Which database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Engine {
    Sqlite,
    Postgres,
}

/// What is kept beside the database.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Facts {
    pub(crate) tenant: String,
    pub(crate) api_key: String,
    pub(crate) product: String,
    pub(crate) batch: String,
    pub(crate) campaign: String,
    /// Devices that scanned before have the numbers 0 up to here.
    pub(crate) known: u64,
}

impl Facts {
    const FILE: &str = "facts.json";

    /// Keeps them in a folder.
    pub(crate) fn write(&self, folder: &Path) -> Result<()> {
        Ok(std::fs::write(folder.join(Self::FILE), serde_json::to_vec_pretty(self)?)?)
    }

    fn read(folder: &Path) -> Result<Self> {
        Ok(serde_json::from_slice(&std::fs::read(folder.join(Self::FILE))?)?)
    }
}

/// A copy of a prepared world that a measurement may change.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) installation: Installation,
    pub(crate) facts: Facts,
    fresh: Codes,
    used: Codes,
    /// Holds what goes with the copy.
    folder: tempfile::TempDir,
    postgres: Option<(Postgres, String)>,
}

/// The prepared world itself, for what changes nothing in it; it is prepared first where it is not in the cache.
pub(crate) async fn kept(bench: &Bench, engine: Engine) -> Result<Installation> {
    let kept = Kept::of(bench, engine)?;
    if !kept.is_whole().await? {
        kept.prepare(bench).await?;
    }
    Ok(Installation { bin: bench.bin.clone(), database: kept.database()?, key_file: kept.folder.join("master.key") })
}

impl World {
    /// A copy of the prepared world, which is prepared first where it is not in the cache.
    pub(crate) async fn copy(bench: &Bench, engine: Engine) -> Result<Self> {
        let kept = Kept::of(bench, engine)?;
        if !kept.is_whole().await? {
            kept.prepare(bench).await?;
        }
        let folder = tempfile::tempdir_in(&bench.cache)?;
        let (database, postgres) = match &kept.postgres {
            None => {
                let file = folder.path().join(COPY);
                copy_file(&kept.sqlite_file(), &file).await?;
                (format!("sqlite:{}", file.display()), None)
            }
            Some(server) => {
                let name = format!("{}_copy", kept.name);
                server.copy(&kept.name, &name).await?;
                (server.url_of(&name)?, Some((server.clone(), name)))
            }
        };
        Ok(Self {
            installation: Installation { bin: bench.bin.clone(), database, key_file: kept.folder.join("master.key") },
            facts: Facts::read(&kept.folder)?,
            fresh: Codes::read(&kept.folder.join("fresh.txt"))?,
            used: Codes::read(&kept.folder.join("used.txt"))?,
            folder,
            postgres,
        })
    }

    /// The bench scans on this world.
    pub(crate) fn workload(&self) -> Rc<Workload> {
        let (fresh, used) = (self.fresh.clone(), self.used.clone());
        Rc::new(Workload { fresh, used, known: self.facts.known, seed: 1, since_ms: stopwatch::now_ms() })
    }

    /// Reads the whole database once, so that a run meets the page cache of a server that has been up for long and not
    /// the one that copying left behind.
    pub(crate) async fn warm(&self) -> Result<()> {
        match &self.postgres {
            Some((server, name)) => server.warm(name).await,
            None => {
                let mut file = tokio::fs::File::open(self.folder.path().join(COPY)).await?;
                let mut sink = tokio::io::sink();
                tokio::io::copy_buf(&mut tokio::io::BufReader::with_capacity(1 << 22, &mut file), &mut sink).await?;
                Ok(())
            }
        }
    }

    /// Starts a server on it.
    pub(crate) async fn serve(&self, arguments: &[&str]) -> Result<Server> {
        let log = self.folder.path().join("server.log");
        self.installation.serve(&ServeOptions { arguments, ..ServeOptions::new(&log) }).await
    }

    /// Removes the copy.
    pub(crate) async fn remove(self) -> Result<()> {
        match &self.postgres {
            Some((server, name)) => server.drop(name).await,
            None => Ok(()),
        }
    }
}

/// A prepared world in the cache.
#[derive(Debug)]
struct Kept {
    name: String,
    folder: PathBuf,
    postgres: Option<Postgres>,
}

impl Kept {
    fn of(bench: &Bench, engine: Engine) -> Result<Self> {
        let (word, postgres) = match engine {
            Engine::Sqlite => ("sqlite", None),
            Engine::Postgres => {
                let server = bench.postgres.clone().ok_or_else(|| Failure::new("no PostgreSQL to measure on"))?;
                ("postgres", Some(server))
            }
        };
        let name = format!("tallymark_bench_{word}_{}_v{VERSION}", bench.prior);
        Ok(Self { folder: bench.cache.join(&name), name, postgres })
    }

    fn sqlite_file(&self) -> PathBuf {
        self.folder.join("world.sqlite")
    }

    fn database(&self) -> Result<String> {
        match &self.postgres {
            None => Ok(format!("sqlite:{}", self.sqlite_file().display())),
            Some(server) => server.url_of(&self.name),
        }
    }

    /// The facts are written last; a database server may be another one than then.
    async fn is_whole(&self) -> Result<bool> {
        let database = match &self.postgres {
            None => self.sqlite_file().is_file(),
            Some(server) => server.has(&self.name).await?,
        };
        Ok(database && self.folder.join(Facts::FILE).is_file())
    }

    async fn prepare(&self, bench: &Bench) -> Result<()> {
        eprintln!("(preparing {} in {})", self.name, self.folder.display());
        if self.folder.exists() {
            std::fs::remove_dir_all(&self.folder)?;
        }
        std::fs::create_dir_all(&self.folder)?;
        if let Some(server) = &self.postgres {
            server.create(&self.name).await?;
        }
        let database = self.database()?;
        let facts = prepare(&self.folder, &bench.bin, &database, bench.prior).await?;
        match &self.postgres {
            Some(server) => server.settle(&self.name).await?,
            // Opening it again takes the log into the file, so that one file is the whole database.
            None => settle_sqlite(&database, &self.sqlite_file()).await?,
        }
        facts.write(&self.folder)
    }
}

/// Fills an empty database with a world and its past; leaves `master.key`, `fresh.txt` and `used.txt` in the folder.
pub(crate) async fn prepare(folder: &Path, bin: &Path, database: &str, prior: u64) -> Result<Facts> {
    let installation = Installation::new(bin, database.to_owned(), folder).await?;
    let brand = create_brand(&installation, "Bench", &["127.0.0.1"]).await?;
    let server = installation.serve(&ServeOptions::new(&folder.join("prepare.log"))).await?;
    let client = Client::new(server.address, &brand.api_key);
    let scans = prior / 10 * 10;
    let key = std::fs::read_to_string(&installation.key_file)?;
    let tenant = brand.tenant.parse()?;
    let past = Past { database, master_key: &key, tenant, scans };
    let facts = settings(&client, &brand, &past).await?;
    let (fresh, used) = codes(&client, &facts.batch, past.codes()).await?;
    let fresh = sample(&server, &facts, fresh).await?;
    server.stop().await?;
    fresh.write(&folder.join("fresh.txt"))?;
    used.write(&folder.join("used.txt"))?;
    fill(&past).await.while_doing(|| "filling the past".to_owned())?;
    Ok(facts)
}

/// How many items the batch has: every second of the first part was used, and there are enough fresh ones.
const fn items(used: u64) -> u64 {
    let least = if used > FRESH { 2 * used } else { used + FRESH + 2 * SAMPLE };
    least.next_multiple_of(ITEMS_PER_CASE * CASES_PER_PALLET)
}

async fn settings(client: &Client, brand: &Brand, past: &Past<'_>) -> Result<Facts> {
    let product = client.create_product("6901234567892", "BENCH", "Bench").await?;
    let batch = BatchOrder { product: &product, lot: "B1", items: items(past.codes()) };
    let batch_id = client.create_active_batch(batch).await?;
    let brand_node = NewOrganisation { kind: "brand", code: "HQ", name: "Bench", ..NewOrganisation::default() };
    let head = client.create_organisation(&brand_node).await?;
    let dealer = NewOrganisation { kind: "dealer", parent: Some(&head), code: "D1", name: "Dealer", ..brand_node };
    let dealer = client.create_organisation(&dealer).await?;
    let cases = batch.items / ITEMS_PER_CASE;
    client.ship(&dealer, &batch_id, "pallet", 0, cases / CASES_PER_PALLET - 1).await?;
    let mut stores = Vec::new();
    for number in 0..STORES {
        let (code, name) = (format!("S{number}"), format!("Store {number}"));
        let adcode = Some(PLACES[number as usize % PLACES.len()]);
        let store =
            NewOrganisation { kind: "store", parent: Some(&dealer), code: &code, name: &name, adcode, territory: None };
        stores.push(client.create_organisation(&store).await?);
    }
    for number in 0..SHIPMENTS.min(cases) {
        let (first, end) = (cases * number / SHIPMENTS.min(cases), cases * (number + 1) / SHIPMENTS.min(cases));
        client.ship(&stores[(number % STORES) as usize], &batch_id, "case", first, end - 1).await?;
    }
    let campaign = client.start_campaign("Bench", prizes(), large_budget()).await?;
    client.start_rebate("Bench rebate", 10, LARGE_FEN).await?;
    let (tenant, api_key) = (brand.tenant.clone(), brand.api_key.clone());
    Ok(Facts { tenant, api_key, product, batch: batch_id, campaign, known: past.people() })
}

/// Three red packets of 0.10 to 2 yuan, five times points, two thanks.
pub(crate) fn prizes() -> serde_json::Value {
    json!([
        prize("Red packet", 30, red_packet(10, 200)),
        prize("Points", 50, points(5)),
        prize("Thanks", 20, nothing())
    ])
}

/// A budget that no run can spend.
pub(crate) fn large_budget() -> serde_json::Value {
    json!({ "budget_fen": LARGE_FEN, "budget_points": LARGE_FEN, "caps": { "per_person_per_day": 50 } })
}

/// Fresh and used codes of the batch, in random order.
async fn codes(client: &Client, batch: &str, used_codes: u64) -> Result<(Codes, Codes)> {
    let path = format!("/v1/batches/{batch}/codes?level=item&face=inner&form=code");
    let free = items(used_codes) - used_codes;
    let (mut fresh, mut used, mut serial) = (Codes::default(), Codes::default(), 0);
    client
        .get_lines(&path, |line| {
            let was_used = serial % 2 == 0 && serial / 2 < used_codes;
            let of = if was_used { used_codes } else { free };
            let keep = random::nth(3, serial) % of < FRESH + 2 * SAMPLE;
            serial += 1;
            match (keep, was_used) {
                (false, _) => Ok(()),
                (true, true) => used.push(line),
                (true, false) => fresh.push(line),
            }
        })
        .await?;
    if serial != items(used_codes) {
        return Err(Failure::new(format!("the batch gave {serial} codes")));
    }
    Ok((fresh.shuffled(1), used.shuffled(2)))
}

/// Lets the server decide a few scans, one after another; gives the codes that are still fresh.
async fn sample(server: &Server, facts: &Facts, fresh: Codes) -> Result<Codes> {
    // No device is known yet; a workload that knows none takes new ones.
    let workload = Workload { fresh, used: Codes::default(), known: 0, seed: 0, since_ms: stopwatch::now_ms() };
    let mut writer = RequestWriter::new(server.address, &facts.api_key);
    let mut connection = Connection::open(server.address).await?;
    let mut request = Vec::new();
    for n in 0..SAMPLE {
        writer.write(&workload, n, &mut request);
        let answer = connection.exchange(&request).await?;
        if answer.status != 200 {
            let body = String::from_utf8_lossy(answer.body).into_owned();
            return Err(Failure::new(format!("scan {n} of the sample: {} {body}", answer.status)));
        }
    }
    let taken = SAMPLE / 10 * 7;
    Ok(workload.fresh.after(taken))
}

/// Opens and closes the database, which takes its log into the file.
async fn settle_sqlite(database: &str, file: &Path) -> Result<()> {
    let store = tallymark_store::Store::open(database, &tallymark_store::Options::default()).await?;
    store.ping().await?;
    store.close().await;
    let log = file.with_extension("sqlite-wal");
    if std::fs::metadata(&log).is_ok_and(|log| log.len() > 0) {
        return Err(Failure::new(format!("{} still holds a part of the database", log.display())));
    }
    Ok(())
}

/// As a clone where the file system can.
async fn copy_file(from: &Path, to: &Path) -> Result<()> {
    let mut command = tokio::process::Command::new("cp");
    let status = command.arg("--reflink=auto").arg(from).arg(to).kill_on_drop(true).status().await?;
    if status.success() { Ok(()) } else { Err(Failure::new(format!("cannot copy {}", from.display()))) }
}
