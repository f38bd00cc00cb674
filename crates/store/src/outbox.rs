//! Events are saved in the transaction that made them true, and leave afterwards.
//!
//! A row holds every event of one type of one batch, as JSON lines of [`tallymark_base::event::Envelope`], packed. So the
//! outbox costs a few rows for hundreds of decisions. How they leave: [`consumer`].

mod body;
pub mod consumer;

use std::collections::BTreeMap;

use tallymark_base::event::{Envelope, Event, EventType};
use tallymark_base::id::{EventId, IdError, IdSource};
use tallymark_base::{Clock, Fault, Kind, Timestamp, TypedId};

use crate::{Error, Rows, Tx};

const INSERT: &str = "INSERT INTO outbox (outbox_id, event_type, version, events, bytes, created_at, body) VALUES …";

/// Events of one transaction, waiting to be saved.
#[derive(Debug, Default)]
pub struct Events {
    by_type: BTreeMap<&'static str, Lines>,
}

#[derive(Debug)]
struct Lines {
    event_type: EventType,
    count: i64,
    body: Vec<u8>,
}

impl Events {
    /// No events.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an event. `id` makes it unique for ever: consumers drop what they have seen.
    pub fn push<E: Event>(&mut self, id: i64, tenant: i64, at: Timestamp, data: &E) {
        let lines = self.by_type.entry(E::TYPE.name).or_insert_with(|| Lines {
            event_type: E::TYPE,
            count: 0,
            body: Vec::new(),
        });
        serde_json::to_writer(&mut lines.body, &Envelope { id, tenant, at, data })
            .expect("an event is a plain struct: it always serializes");
        lines.body.push(b'\n');
        lines.count += 1;
    }

    /// Saves the events, one row for each type.
    pub async fn save(self, tx: &mut Tx, ids: &IdSource, clock: &dyn Clock) -> Result<(), SaveError> {
        let mut rows = Rows::<7>::new();
        let at = clock.now();
        for lines in self.by_type.into_values() {
            let id: EventId = ids.next(clock)?;
            rows.push([
                id.raw().into(),
                lines.event_type.name.into(),
                i64::from(lines.event_type.version).into(),
                lines.count.into(),
                length(&lines.body).into(),
                at.into(),
                body::pack(&lines.body).into(),
            ]);
        }
        tx.write_all_rows(INSERT, &[], &rows).await?;
        Ok(())
    }
}

/// Bytes of JSON lines.
fn length(lines: &[u8]) -> i64 {
    i64::try_from(lines.len()).unwrap_or(i64::MAX)
}

/// Lines that a consumer had put aside, on their way through the outbox again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Returned {
    /// Name of their event type.
    pub event_type: String,
    /// Version of their event type.
    pub version: i64,
    /// How many.
    pub events: i64,
    /// The JSON lines.
    pub body: Vec<u8>,
    /// When they were saved first.
    pub created_at: Timestamp,
}

/// Saves lines again, in a row of their own.
pub async fn save_again(
    tx: &mut Tx,
    ids: &IdSource,
    clock: &dyn Clock,
    returned: Vec<Returned>,
) -> Result<(), SaveError> {
    let mut rows = Rows::<7>::new();
    for lines in returned {
        let id: EventId = ids.next(clock)?;
        let Returned { event_type, version, events, body, created_at } = lines;
        let (bytes, body) = (length(&body), body::pack(&body));
        rows.push([
            id.raw().into(),
            event_type.into(),
            version.into(),
            events.into(),
            bytes.into(),
            created_at.into(),
            body.into(),
        ]);
    }
    tx.write_all_rows(INSERT, &[], &rows).await?;
    Ok(())
}

/// Why events could not be saved.
#[derive(Debug, thiserror::Error)]
pub enum SaveError {
    /// The database.
    #[error(transparent)]
    Store(#[from] Error),
    /// No id could be issued.
    #[error(transparent)]
    Id(#[from] IdError),
}

impl Fault for SaveError {
    fn code(&self) -> &'static str {
        match self {
            Self::Store(error) => error.code(),
            Self::Id(error) => error.code(),
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Store(error) => error.kind(),
            Self::Id(error) => error.kind(),
        }
    }
}

/// How many events of each type wait in the outbox.
pub async fn waiting(tx: &mut Tx) -> Result<BTreeMap<String, i64>, Error> {
    let sql = "SELECT event_type, CAST(SUM(events) AS BIGINT) FROM outbox GROUP BY event_type";
    tx.query(sql, &[]).await?.iter().map(|row| Ok((row.text(0)?, row.int(1)?))).collect()
}

/// Rows that wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backlog {
    /// How many, counted up to [`BACKLOG_COUNTED_MAX`].
    pub rows: i64,
    /// When the oldest was written.
    pub oldest: Option<Timestamp>,
}

/// Up to how many rows a [`Backlog`] counts: a look must stay cheap however long nobody consumed.
pub const BACKLOG_COUNTED_MAX: i64 = 100_000;

/// How much waits in the outbox. Ids are in the order of time, so the first row is the oldest.
pub async fn backlog(tx: &mut Tx) -> Result<Backlog, Error> {
    let sql = "SELECT CAST(COUNT(*) AS BIGINT) FROM (SELECT outbox_id FROM outbox LIMIT $1) AS counted";
    let rows = tx.query_one(sql, &[BACKLOG_COUNTED_MAX.into()]).await?.map_or(Ok(0), |row| row.int(0))?;
    let first = tx.query_one("SELECT created_at FROM outbox ORDER BY outbox_id LIMIT 1", &[]).await?;
    Ok(Backlog { rows, oldest: first.map(|row| row.time(0)).transpose()? })
}

/// The bodies of a type, oldest first; for readers that check the books, not for consumers.
pub async fn bodies(tx: &mut Tx, event_type: &str, after: i64, limit: u32) -> Result<Vec<(i64, Vec<u8>)>, Error> {
    let sql = "SELECT outbox_id, body
                 FROM outbox
                WHERE event_type = $1 AND outbox_id > $2
             ORDER BY outbox_id
                LIMIT $3";
    let rows = tx.query(sql, &[event_type.into(), after.into(), i64::from(limit).into()]).await?;
    rows.iter().map(|row| Ok((row.int(0)?, body::unpack(row.bytes(1)?, row.int(0)?)?))).collect()
}
