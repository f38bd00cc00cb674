//! Dimensions in the lake: once a day everything that events name is written as a whole, in place of the day before.
//!
//! A reader sees the snapshot of before or the one of now, never a mixture. Rows are read in pages of transactions of their
//! own, so what changes meanwhile may be in it or not; the next day has it. Snapshots of the last week can be read by
//! Delta's time travel. Nothing is written before there is a row of any dimension, and then all of them are.

use std::time::Duration;

use tallymark_base::Timestamp;
use tallymark_store::Context;
use tallymark_store::dimension::Dimension;
use tokio::sync::mpsc;

use super::Writer;
use crate::decode::Decoding;
use crate::store::{self, Held};
use crate::table::{FileWriter, Table, Written};
use crate::{Error, Lake};

/// How old a snapshot may get.
const EVERY: Duration = Duration::from_secs(24 * 3600);
/// How long after a failure, or when there was nothing to write, it is tried again.
const PAUSE: Duration = Duration::from_secs(60);
/// Rows that one transaction reads.
const PAGE: u32 = 5_000;
const PAGES_AHEAD: usize = 2;

/// Writes dimensions beside a writer: neither waits for the other.
#[derive(Debug)]
pub(super) struct Snapshots {
    lake: Lake,
    context: Context,
    holder: [u8; 16],
    /// How often the age of the last snapshot is looked at.
    look_every: Duration,
    dimensions: Vec<Dimension>,
}

impl Writer {
    /// A writer that keeps these dimensions as well.
    #[must_use]
    pub fn with_dimensions(mut self, dimensions: Vec<Dimension>) -> Self {
        self.dimensions = dimensions;
        self
    }

    /// Writes every dimension, whatever the age of the last snapshot; gives the number of rows, and `None` where another
    /// server holds the lease.
    ///
    /// # Errors
    ///
    /// Of the database and of the storage. What was written before stays, and what was not is as it was.
    pub async fn snapshot(&mut self) -> Result<Option<u64>, Error> {
        let Some(held) = self.hold().await? else { return Ok(None) };
        Snapshots::of(self).take(held).await.map(Some)
    }
}

impl Snapshots {
    pub(super) fn of(writer: &Writer) -> Self {
        let Writer { lake, context, holder, settings, dimensions, .. } = writer;
        let (lake, context, dimensions) = (lake.clone(), context.clone(), dimensions.clone());
        Self { lake, context, holder: *holder, look_every: settings.look_every, dimensions }
    }

    /// Writes the dimensions whenever a day has passed; never ends.
    pub(super) async fn take_on(&self) {
        loop {
            let mut pause = self.look_every;
            match self.take_if_due().await {
                Ok(None) => {}
                Ok(Some(0)) => pause = PAUSE,
                Ok(Some(rows)) => tracing::info!(rows, "the dimensions of the lake were written"),
                Err(error) => {
                    let cause = std::error::Error::source(&error);
                    tracing::warn!(%error, ?cause, "the dimensions of the lake were not written; it is tried again");
                    pause = PAUSE;
                }
            }
            tokio::time::sleep(pause).await;
        }
    }

    async fn take_if_due(&self) -> Result<Option<u64>, Error> {
        let mut tx = self.context.store.read().await?;
        let state = store::snapshot_state(&mut tx, self.holder).await?;
        tx.commit().await?;
        let is_due = |taken_at: Timestamp| self.context.clock.now().since(taken_at) >= EVERY.as_micros() as i64;
        match state.filter(|state| is_due(state.taken_at)) {
            Some(state) => self.take(state.held).await.map(Some),
            None => Ok(None),
        }
    }

    async fn take(&self, held: Held) -> Result<u64, Error> {
        let taken_at = self.context.clock.now();
        if !self.has_something().await? {
            return Ok(0);
        }
        let mut rows = 0;
        for dimension in &self.dimensions {
            rows += self.write(held, dimension, taken_at).await?;
        }
        let mut tx = self.context.store.write().await?;
        if !store::record_snapshot(&mut tx, self.holder, taken_at).await? {
            return Err(Error::LeaseLost);
        }
        tx.commit().await?;
        Ok(rows)
    }

    /// Whether any dimension has a row, or has had one: then its table stands.
    async fn has_something(&self) -> Result<bool, Error> {
        let mut tx = self.context.store.read().await?;
        for dimension in &self.dimensions {
            if (dimension.read)(&mut tx, (0, 0), 1).await?.last.is_some() {
                return Ok(true);
            }
        }
        tx.commit().await?;
        let Some(first) = self.dimensions.first().map(|dimension| dimension.declared.table()) else { return Ok(false) };
        let lake = self.lake.clone();
        self.lake.run(async move { Table::exists(lake.storage(), &first).await }).await
    }

    async fn write(&self, held: Held, dimension: &Dimension, taken_at: Timestamp) -> Result<u64, Error> {
        let (lake, declared) = (self.lake.clone(), dimension.declared);
        let opened = async move { Table::of(lake.storage(), &declared, &held.lake_name()).await };
        let mut table = self.lake.run(opened).await?;
        let (send, receive) = mpsc::channel(PAGES_AHEAD);
        let encoding = self.lake.run(encode(table.writer()?, Decoding::of(&declared), taken_at, receive));
        let ((), (written, rows)) = tokio::try_join!(self.send_pages(dimension, send), encoding)?;
        let app_id = format!("{}-snapshot", held.app_id());
        self.lake.run(async move { table.replace(written, &app_id, taken_at).await }).await?;
        Ok(rows)
    }

    async fn send_pages(&self, dimension: &Dimension, send: mpsc::Sender<Vec<u8>>) -> Result<(), Error> {
        let mut after = (0, 0);
        loop {
            let mut tx = self.context.store.read().await?;
            let page = (dimension.read)(&mut tx, after, PAGE).await?;
            tx.commit().await?;
            let Some(last) = page.last else { return Ok(()) };
            after = last;
            if send.send(page.lines).await.is_err() {
                // The other end has failed, and tells why.
                return Ok(());
            }
        }
    }
}

/// Decodes pages into files until no more come; gives the files and the number of rows.
async fn encode(
    mut files: FileWriter,
    decoding: Decoding,
    taken_at: Timestamp,
    mut receive: mpsc::Receiver<Vec<u8>>,
) -> Result<(Written, u64), Error> {
    let mut rows = 0;
    while let Some(lines) = receive.recv().await {
        let page = decoding.lines(&lines, taken_at).map_err(deltalake::DeltaTableError::from)?;
        rows += page.num_rows() as u64;
        files.write(&page).await?;
    }
    Ok((files.finish().await?, rows))
}
