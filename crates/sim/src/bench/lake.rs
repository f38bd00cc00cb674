//! `lake_events_per_s`, and `lake_missing` and `lake_doubled` under kills: the outbox is filled with events as scans save
//! them, and `tallymark lake write` brings them into Delta tables.

use std::time::Duration;

use tallymark_base::geography::divisions;
use tallymark_base::id::{AccountId, BatchId, PersonId, ProductId, ScanId, TenantId};
use tallymark_base::time::SystemClock;
use tallymark_base::{Clock, IdSource, Timestamp, TypedId};
use tallymark_store::outbox::{self, Returned};
use tallymark_store::{Options, Store};

use super::Bench;
use crate::failure::{Context as _, Failure, Result};
use crate::process::Installation;
use crate::random::Sequence;
use crate::report::Measured;
use crate::setup::create_brand;
use crate::stopwatch::Stopwatch;

/// Events that a busy server saves in one row.
pub(super) const EVENTS_A_ROW: u64 = 500;
/// Rows that one transaction saves.
pub(super) const ROWS_AT_ONCE: u64 = 64;
/// The highest node number: no server of a benchmark has it.
const NODE: u16 = 1_023;
/// Kills, the events that come before each, and the longest time after which one comes.
const KILLS: u64 = 50;
const EVENTS_A_KILL: u64 = 20_000;
const KILL_WITHIN_MS: u64 = 900;
/// How long the lease of a killed writer lasts.
const LEASE: &str = "1";
const LEASE_OVER: Duration = Duration::from_millis(1_300);

/// A brand's database and lake in a folder, and a way to fill its outbox.
pub(super) struct Field {
    pub(super) installation: Installation,
    pub(super) lake: String,
    pub(super) tenant: i64,
    /// The key of the brand's owner.
    pub(super) api_key: String,
    store: Store,
    pub(super) ids: IdSource,
    pub(super) clock: SystemClock,
    pub(super) sequence: Sequence,
    folder: tempfile::TempDir,
}

impl Field {
    pub(super) async fn new(bench: &Bench) -> Result<Self> {
        let folder = tempfile::tempdir_in(&bench.cache)?;
        let database = format!("sqlite:{}", folder.path().join("lake.sqlite").display());
        let installation = Installation::new(&bench.bin, database.clone(), folder.path()).await?;
        let brand = create_brand(&installation, "Lake", &["127.0.0.1"]).await?;
        let clock = SystemClock::new();
        Ok(Self {
            lake: folder.path().join("lake").display().to_string(),
            tenant: brand.tenant.parse::<TenantId>()?.raw(),
            api_key: brand.api_key,
            store: Store::open(&database, &Options::default()).await?,
            ids: IdSource::new(NODE, Timestamp(0), Duration::MAX),
            clock,
            sequence: Sequence::new(7),
            installation,
            folder,
        })
    }

    /// Saves events of scans, in rows of [`EVENTS_A_ROW`].
    async fn fill(&mut self, events: u64) -> Result<()> {
        let mut rows = events / EVENTS_A_ROW;
        while rows > 0 {
            let now = rows.min(ROWS_AT_ONCE);
            let mut lines = Vec::new();
            for _ in 0..now {
                lines.push(self.row()?);
            }
            self.save(lines).await?;
            rows -= now;
        }
        Ok(())
    }

    /// Saves rows in one transaction.
    pub(super) async fn save(&self, rows: Vec<Returned>) -> Result<()> {
        let mut tx = self.store.write().await?;
        outbox::save_again(&mut tx, &self.ids, &self.clock, rows).await?;
        Ok(tx.commit().await?)
    }

    /// Where everything of it is.
    pub(super) fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    fn row(&mut self) -> Result<Returned> {
        let mut body = String::new();
        for _ in 0..EVENTS_A_ROW {
            let line = self.line()?;
            body.push_str(&line);
            body.push('\n');
        }
        let events = i64::try_from(EVENTS_A_ROW)?;
        Ok(Returned {
            event_type: "scan.decided".into(),
            version: 1,
            events,
            body: body.into(),
            created_at: self.clock.now(),
        })
    }

    /// A scan by one of a million people of one of 50 products, as JSON.
    fn line(&mut self) -> Result<String> {
        let id: ScanId = self.ids.next(&self.clock)?;
        let places = divisions();
        let place = places[self.sequence.below(places.len() as u64) as usize].adcode;
        let person = i64::try_from(1 + self.sequence.below(1_000_000))? << 22;
        let product = i64::try_from(1 + self.sequence.below(50))? << 22;
        let batch = product + i64::try_from(self.sequence.below(20))?;
        let checks = 1 + self.sequence.below(3);
        Ok(format!(
            r#"{{"id":{},"tenant":{},"at":"{}","data":{{"scan":"{id}","verdict":"genuine","product":"{}","batch":"{}","face":"inner","place":"{place}","place_source":"stated","account":"{}","person":"{}","checks":{checks},"claim":true}}}}"#,
            id.raw(),
            self.tenant,
            self.clock.now(),
            ProductId::from_raw(product),
            BatchId::from_raw(batch),
            AccountId::from_raw(person),
            PersonId::from_raw(person),
        ))
    }

    fn write(&self) -> tokio::process::Command {
        let mut command = self.installation.prepared();
        command.args(["lake", "write", "--lake", &self.lake, "--lake-lease-s", LEASE]);
        command.stdout(std::process::Stdio::null());
        command
    }

    /// Writes everything that waits.
    pub(super) async fn write_all(&self) -> Result<()> {
        let status = self.write().status().await?;
        if status.success() { Ok(()) } else { Err(Failure::new(format!("`tallymark lake write` failed ({status})"))) }
    }

    /// Events in the lake, and how many of them are different.
    async fn counted(&self) -> Result<(u64, u64)> {
        let sql = "SELECT COUNT(*), COUNT(DISTINCT id) FROM scan_decided";
        let answer = self.installation.command(["query", "--json", "--lake", &self.lake, sql]).await?;
        let answer: serde_json::Value = serde_json::from_str(&answer).while_doing(|| format!("reading {answer:?}"))?;
        let number = |column: usize| answer["rows"][0][column].as_u64().unwrap_or(0);
        Ok((number(0), number(1)))
    }

    /// How fast one thread parses the waiting lines, after reading them from the database: nothing is kept.
    async fn parse_rate(&self) -> Result<f64> {
        let watch = Stopwatch::start();
        let (mut after, mut events) = (0, 0_u64);
        loop {
            let mut tx = self.store.read().await?;
            let rows = outbox::bodies(&mut tx, "scan.decided", after, 64).await?;
            tx.commit().await?;
            let Some((last, _)) = rows.last() else { break };
            after = *last;
            for line in
                rows.iter().flat_map(|(_, body)| body.split(|byte| *byte == b'\n')).filter(|line| !line.is_empty())
            {
                std::hint::black_box(serde_json::from_slice::<serde_json::Value>(line)?);
                events += 1;
            }
        }
        Ok(events as f64 / watch.seconds())
    }
}

/// `lake_events_per_s`: what waits in the outbox of SQLite, until it is in the lake and out of the database.
pub(crate) async fn write_rate(bench: &mut Bench) -> Result<()> {
    let events = bench.sized(2_000_000);
    let (mut rates, mut baseline) = (Vec::new(), Vec::new());
    for _ in 0..bench.runs() {
        let mut field = Field::new(bench).await?;
        field.fill(events).await?;
        baseline.push(field.parse_rate().await?);
        let watch = Stopwatch::start();
        field.write_all().await?;
        rates.push(events as f64 / watch.seconds());
        let counted = field.counted().await?;
        if counted != (events, events) {
            return Err(Failure::new(format!("{events} events were saved, the lake holds {counted:?}")));
        }
    }
    let measured = Measured::new("lake_events_per_s", "events/s", rates).with("events", events);
    bench.report(measured.against("reading the same rows and parsing them by serde_json, one thread", baseline))
}

/// `lake_missing` and `lake_doubled`: the writer is killed at random moments while a million events come.
pub(crate) async fn kills(bench: &mut Bench) -> Result<()> {
    let kills = bench.sized(KILLS);
    let mut field = Field::new(bench).await?;
    for _ in 0..kills {
        field.fill(EVENTS_A_KILL).await?;
        let mut writer = field.write().spawn()?;
        tokio::time::sleep(Duration::from_millis(field.sequence.below(KILL_WITHIN_MS))).await;
        writer.kill().await?;
        tokio::time::sleep(LEASE_OVER).await;
    }
    field.write_all().await?;
    let events = kills * EVENTS_A_KILL;
    let (rows, different) = field.counted().await?;
    let missing = events.saturating_sub(different) as f64;
    let measured = Measured::new("lake_missing", "events", vec![missing]).with("events", events).with("kills", kills);
    bench.report(measured)?;
    let doubled = rows.saturating_sub(different) as f64;
    bench.report(Measured::new("lake_doubled", "events", vec![doubled]).with("events", events).with("kills", kills))
}
