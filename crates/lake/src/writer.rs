//! The lake writer: from the outbox to the tables, exactly once, whatever crashes.
//!
//! One writer holds the lease. A batch is a set of outbox rows that one transaction stamped with a number; from then on
//! the set and its lines are fixed. Each of its event types is appended to its table in one Delta commit that also sets
//! the table's application transaction to the batch's number, after reading the number that stands there: a batch that
//! is taken up again after a crash skips the tables that have it. Then the rows are passed and removed.
//!
//! | Crash after | What stands | What the next writer does |
//! |---|---|---|
//! | the stamp | rows with a number, no files | writes the batch |
//! | the files | files that no commit names | writes the batch again; the old files go with a vacuum |
//! | a commit | the table's number is the batch's | skips that table |
//! | the last commit | rows still stamped | passes them |
//!
//! A server whose lease ran out while it wrote cannot append a second time: its commit was built on a table state in
//! which the other server's number did not stand yet, and Delta refuses it.

mod append;
mod keeping;
mod lease;
mod pace;
mod place;
mod quarantine;
mod snapshot;

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use tallymark_base::Timestamp;
use tallymark_store::Context;
use tallymark_store::dimension::Dimension;
use tallymark_store::outbox::consumer::{self, Backlog, Stamped};
use tokio::sync::{Notify, watch};

pub(crate) use self::append::WHOLE_ROW;
use self::keeping::Keeper;
pub use self::keeping::Kept;
use self::lease::renew;
use self::pace::Pace;
pub use self::place::Rewound;
use self::snapshot::Snapshots;
use crate::store::{self, Held};
use crate::{Error, Lake};

/// The lake's name among the consumers of the outbox.
pub(crate) const CONSUMER: &str = "lake";
/// Outbox rows that a look counts; a batch never has more. A server that gets one scan at a time saves one event a row.
const ROWS_MAX: u32 = 32_768;
/// Rows that one transaction stamps or passes.
const MARK: usize = 1_024;
/// Rows that one transaction removes. They hold up to 200 kB each, and scans wait meanwhile on SQLite.
const COLLECT: u32 = 64;
/// The longest pause after a failure.
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// When the writer writes.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Events in a batch, about: a batch ends with the outbox row that reaches it.
    pub events_max: i64,
    /// Bytes of JSON in a batch, about.
    pub bytes_max: i64,
    /// How long the oldest event waits for others.
    pub linger: Duration,
    /// How often it looks.
    pub look_every: Duration,
    /// How long it holds the lease without a word; another server takes over a sixth of this later, which is how far the
    /// clocks of two servers may differ.
    pub lease: Duration,
    /// Small files of one day of a table at which they are packed into large ones.
    pub small_files_max: usize,
    /// A file of at least half of this is not small.
    pub file_bytes: u64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            events_max: 256 * 1024,
            bytes_max: 64 << 20,
            // With ten seconds to look and to write, an event is visible within a minute.
            linger: Duration::from_secs(50),
            look_every: Duration::from_secs(1),
            lease: Duration::from_secs(60),
            small_files_max: 32,
            file_bytes: 128 << 20,
        }
    }
}

impl Settings {
    /// Often enough that two attempts may fail.
    fn renew_every(&self) -> Duration {
        (self.lease / 4).max(Duration::from_millis(1))
    }

    fn skew_micros(&self) -> i64 {
        i64::try_from(self.lease.as_micros() / 6).unwrap_or(i64::MAX)
    }
}

/// What a step did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Another server holds the lease.
    NotMine,
    /// Too little waits, and not long enough.
    Idle,
    /// A batch is in the lake.
    Wrote {
        /// Its number.
        batch: i64,
        /// Its events, those that were put aside included.
        events: i64,
    },
}

/// Writes the lake of one installation.
#[derive(Debug)]
pub struct Writer {
    lake: Lake,
    context: Context,
    settings: Settings,
    holder: [u8; 16],
    held: Option<Held>,
    /// Whether what earlier programs put aside was looked through under this lease.
    has_looked_back: bool,
    /// What it writes once a day.
    dimensions: Vec<Dimension>,
    /// Tables that it has written to under this lease: they must be there.
    written: HashSet<String>,
}

impl Writer {
    /// A writer that does not hold the lease yet.
    pub fn new(lake: Lake, context: Context, settings: Settings) -> Self {
        let holder = context.entropy.bytes();
        Self {
            lake,
            context,
            settings,
            holder,
            held: None,
            has_looked_back: false,
            dimensions: Vec::new(),
            written: HashSet::new(),
        }
    }

    /// Writes until told to stop; a batch that is under way then is taken up by the next writer. Files are packed and
    /// dimensions written meanwhile, so that no event waits for that.
    pub async fn run(mut self, mut stopped: watch::Receiver<bool>) {
        let (mut keeper, snapshots) = (Keeper::of(&self), Snapshots::of(&self));
        let wrote = Notify::new();
        tokio::select! {
            biased;
            // An error means that the sender went: stop as well.
            _ = stopped.wait_for(|stop| *stop) => {}
            () = self.write_on(&wrote) => {}
            () = keeper.keep_on(&wrote) => {}
            () = snapshots.take_on() => {}
        }
        if let Err(error) = self.release().await {
            tracing::warn!(%error, "the lease of the lake writer could not be given back; it runs out by itself");
        }
    }

    async fn write_on(&mut self, wrote: &Notify) {
        let mut pause = self.settings.look_every;
        loop {
            pause = match self.step_under_lease().await {
                Ok(Step::Wrote { batch, events }) => {
                    tracing::debug!(batch, events, "events are in the lake");
                    self.context.store.metrics().lake_batches.with_label_values(&["written"]).inc();
                    wrote.notify_one();
                    Duration::ZERO
                }
                Ok(Step::Idle) => self.settings.look_every,
                Ok(Step::NotMine) => self.settings.renew_every(),
                Err(error) => {
                    self.context.store.metrics().lake_batches.with_label_values(&["failed"]).inc();
                    let cause = std::error::Error::source(&error);
                    tracing::warn!(%error, ?cause, "the lake was not written; it is tried again");
                    self.held = self.held.filter(|_| !matches!(error, Error::LeaseLost));
                    (pause * 2).clamp(Duration::from_secs(1), PAUSE_MAX)
                }
            };
            tokio::time::sleep(pause).await;
        }
    }

    /// A step, with the lease extended while it takes long.
    async fn step_under_lease(&mut self) -> Result<Step, Error> {
        let (context, holder) = (self.context.clone(), self.holder);
        let (lease, every) = (self.settings.lease, self.settings.renew_every());
        // Both go on at the same time: a step that stood still while the lease waits for the write lock could be the one
        // that has the lock.
        tokio::select! {
            done = self.step(false) => done,
            error = renew(&context, holder, lease, every) => Err(error),
        }
    }

    /// Finishes a batch that was begun, or writes the next one if enough waits (or `now` is set and anything waits).
    ///
    /// # Errors
    ///
    /// Whatever fails, the next step goes on where this one stopped.
    pub async fn step(&mut self, now: bool) -> Result<Step, Error> {
        let Some(held) = self.hold().await? else {
            return Ok(Step::NotMine);
        };
        let mut tx = self.context.store.read().await?;
        let begun = consumer::stamped(&mut tx, CONSUMER).await?;
        tx.commit().await?;
        if let Some(batch) = begun.first().map(|row| row.batch) {
            let rows = begun.into_iter().take_while(|row| row.batch == batch).collect();
            return self.write(held, batch, rows).await;
        }
        if !self.has_looked_back {
            // Not before what was begun is done: a row that is put aside may still be stamped. A writer that went away
            // may have passed rows and not removed them.
            self.take_back_what_fits().await?;
            self.collect(&mut Pace::of(&self.context, None)).await?;
            self.has_looked_back = true;
        }
        if !self.stamp(now).await? {
            return Ok(Step::Idle);
        }
        fail::fail_point!("lake::after_stamp", |_| std::process::abort());
        Box::pin(self.step(now)).await
    }

    /// Writes everything that waits; gives the number of events.
    ///
    /// # Errors
    ///
    /// Of [`Writer::step`].
    pub async fn flush(&mut self) -> Result<i64, Error> {
        let mut written = 0;
        while let Step::Wrote { events, .. } = self.step(true).await? {
            written += events;
        }
        Ok(written)
    }

    /// What waits, and what is on its way.
    ///
    /// # Errors
    ///
    /// Of the database.
    pub async fn backlog(&self) -> Result<Backlog, Error> {
        let mut tx = self.context.store.read().await?;
        let backlog = consumer::backlog(&mut tx, CONSUMER).await?;
        tx.commit().await?;
        Ok(backlog)
    }

    /// Stamps the next batch if it is due; gives whether it was.
    async fn stamp(&self, now: bool) -> Result<bool, Error> {
        let mut tx = self.context.store.read().await?;
        let waiting = consumer::waiting_for(&mut tx, CONSUMER, ROWS_MAX).await?;
        let Some(first) = waiting.first() else {
            return Ok(false);
        };
        let saved_at = consumer::saved_at(&mut tx, first.outbox_id).await?;
        tx.commit().await?;
        let (mut events, mut bytes, mut ids) = (0, 0, Vec::new());
        for row in &waiting {
            ids.push(row.outbox_id);
            events += row.events;
            bytes += row.bytes;
            if events >= self.settings.events_max || bytes >= self.settings.bytes_max {
                break;
            }
        }
        let is_full = ids.len() < waiting.len() || waiting.len() == ROWS_MAX as usize;
        let waited = saved_at.map_or(0, |saved_at| self.context.clock.now().since(saved_at));
        if !(now || is_full || waited >= self.settings.linger.as_micros() as i64) {
            return Ok(false);
        }
        let mut tx = self.context.store.write().await?;
        let Some(batch) = store::next_batch(&mut tx, self.holder).await? else {
            return Err(Error::LeaseLost);
        };
        let mut pieces = ids.chunks(MARK);
        consumer::stamp(&mut tx, CONSUMER, batch, pieces.next().unwrap_or_default()).await?;
        tx.commit().await?;
        // A batch that is cut short here is smaller; nobody looks at it before its last row is stamped.
        for piece in pieces {
            let mut tx = self.writing().await?;
            consumer::stamp(&mut tx, CONSUMER, batch, piece).await?;
            tx.commit().await?;
        }
        Ok(true)
    }

    /// Brings a stamped batch into the lake and out of the database.
    async fn write(&mut self, held: Held, batch: i64, rows: Vec<Stamped>) -> Result<Step, Error> {
        let (mut by_type, mut events) = (BTreeMap::<(String, i64), Vec<Stamped>>::new(), 0);
        let ids: Vec<i64> = rows.iter().map(|row| row.outbox_id).collect();
        for row in rows {
            events += row.events;
            by_type.entry((row.event_type.clone(), row.version)).or_default().push(row);
        }
        let mut pace = Pace::of(&self.context, self.saved_at(&ids).await?);
        for ((event_type, version), rows) in by_type {
            let declared = self.lake.registry().get(&event_type, version).copied();
            match declared.filter(|declared| !declared.is_dimension()) {
                Some(declared) => self.append(held, batch, declared, &rows, &pace).await?,
                None => self.put_rows_aside(&event_type, version, &rows).await?,
            }
        }
        fail::fail_point!("lake::before_passing", |_| std::process::abort());
        for piece in ids.chunks(MARK) {
            let mut tx = self.writing().await?;
            consumer::pass(&mut tx, CONSUMER, piece).await?;
            tx.commit().await?;
        }
        fail::fail_point!("lake::after_passing", |_| std::process::abort());
        self.collect(&mut pace).await?;
        Ok(Step::Wrote { batch, events })
    }

    /// When the first of some rows was saved.
    async fn saved_at(&self, ids: &[i64]) -> Result<Option<Timestamp>, Error> {
        let Some(first) = ids.first() else { return Ok(None) };
        let mut tx = self.context.store.read().await?;
        let saved_at = consumer::saved_at(&mut tx, *first).await?;
        tx.commit().await?;
        Ok(saved_at)
    }

    /// Removes what every consumer has passed.
    async fn collect(&self, pace: &mut Pace) -> Result<(), Error> {
        pace.begin();
        loop {
            let mut tx = self.context.store.write().await?;
            let began = self.context.clock.elapsed();
            let gone = consumer::collect(&mut tx, COLLECT).await?;
            tx.commit().await?;
            if gone < u64::from(COLLECT) {
                return Ok(());
            }
            pace.rest(self.context.clock.elapsed().saturating_sub(began)).await;
        }
    }
}
