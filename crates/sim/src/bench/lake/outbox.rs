//! Events in an outbox as scans save them, written by the store itself as a server would.

use std::time::Duration;

use tallymark_base::geography::divisions;
use tallymark_base::id::{AccountId, BatchId, PersonId, ProductId, ScanId, TenantId};
use tallymark_base::time::SystemClock;
use tallymark_base::{Clock, IdSource, Timestamp, TypedId};
use tallymark_store::outbox::{self, Returned};
use tallymark_store::{Options, Store};

use crate::failure::{Failure, Result};
use crate::random::Sequence;
use crate::stopwatch::Stopwatch;

/// Events that a busy server saves in one row.
pub(super) const EVENTS_A_ROW: u64 = 500;
/// Rows that one transaction saves.
pub(super) const ROWS_AT_ONCE: u64 = 64;
/// The highest node number: no server of a benchmark has it.
const NODE: u16 = 1_023;
/// How long an event waits for others where nobody says otherwise, in seconds.
pub(super) const LINGER_S: u64 = 50;
/// Bytes of JSON at which the writer of the lake ends a batch.
const BATCH_BYTES: u64 = 64 << 20;

/// Who holds the lease of the lake where no server shall have it yet.
const HOLDER: [u8; 16] = [0xb5; 16];
/// A lease that no server takes by then is never taken.
const LEASE_MAX: Duration = Duration::from_secs(60);

/// The outbox of a database.
pub(super) struct Outbox {
    pub(super) tenant: i64,
    pub(super) ids: IdSource,
    pub(super) clock: SystemClock,
    pub(super) sequence: Sequence,
    store: Store,
}

impl Outbox {
    /// The outbox of this database, with events of this tenant.
    pub(super) async fn open(database: &str, tenant: &str) -> Result<Self> {
        Ok(Self {
            tenant: tenant.parse::<TenantId>()?.raw(),
            store: Store::open(database, &Options::default()).await?,
            ids: IdSource::new(NODE, Timestamp(0), Duration::MAX),
            clock: SystemClock::new(),
            sequence: Sequence::new(7),
        })
    }

    /// Saves events of scans, in rows of [`EVENTS_A_ROW`].
    pub(super) async fn fill(&mut self, events: u64) -> Result<()> {
        let mut rows = events / EVENTS_A_ROW;
        while rows > 0 {
            let now = rows.min(ROWS_AT_ONCE);
            self.save_rows(now).await?;
            rows -= now;
        }
        Ok(())
    }

    /// Saves so many rows of [`EVENTS_A_ROW`] events in one transaction.
    pub(super) async fn save_rows(&mut self, rows: u64) -> Result<()> {
        let mut lines = Vec::new();
        for _ in 0..rows {
            lines.push(self.row()?);
        }
        self.save(lines).await
    }

    /// Saves rows in one transaction.
    pub(super) async fn save(&self, rows: Vec<Returned>) -> Result<()> {
        let mut tx = self.store.write().await?;
        outbox::save_again(&mut tx, &self.ids, &self.clock, rows).await?;
        Ok(tx.commit().await?)
    }

    /// Events that the writer takes at once of those that come at this rate: it waits for [`LINGER_S`], or until a batch
    /// is full.
    pub(super) fn events_a_flush(&mut self, events_per_s: u64) -> Result<u64> {
        let row_bytes = u64::try_from(self.row()?.body.len())?;
        Ok((LINGER_S * events_per_s / EVENTS_A_ROW).min(BATCH_BYTES / row_bytes) * EVENTS_A_ROW)
    }

    /// Events that wait, those on their way to the lake included.
    pub(super) async fn waiting(&self) -> Result<i64> {
        let mut tx = self.store.read().await?;
        Ok(outbox::waiting(&mut tx).await?.values().sum())
    }

    /// Holds the lease of the lake as a server would that stops in `runs_out` without a word.
    pub(super) async fn take_lease(&self, runs_out: Duration) -> Result<()> {
        let until = self.clock.now().plus(runs_out);
        let mut tx = self.store.write().await?;
        let sql = "UPDATE lake_writer SET holder = $1, expires_at = $2 WHERE writer = 'lake'";
        if tx.execute(sql, &[HOLDER.into(), until.into()]).await? != 1 {
            return Err(Failure::new("no server ever wrote this lake"));
        }
        Ok(tx.commit().await?)
    }

    /// Waits until a server holds the lease.
    pub(super) async fn lease_is_given_up(&self) -> Result<()> {
        let watch = Stopwatch::start();
        loop {
            let mut tx = self.store.read().await?;
            let sql = "SELECT 1 FROM lake_writer WHERE writer = 'lake' AND holder <> $1";
            let is_anothers = tx.query_one(sql, &[HOLDER.into()]).await?.is_some();
            tx.commit().await?;
            if is_anothers {
                return Ok(());
            }
            if watch.elapsed() > LEASE_MAX {
                return Err(Failure::new("no server took the lease of the lake"));
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Lets go of the database.
    pub(super) async fn close(self) {
        self.store.close().await;
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

    /// How fast one thread parses the waiting lines, after reading them from the database: nothing is kept.
    pub(super) async fn parse_rate(&self) -> Result<f64> {
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
