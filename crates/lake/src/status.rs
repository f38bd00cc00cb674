//! What the lake holds and what has not reached it.

use tallymark_store::outbox::consumer;
use tallymark_store::{Store, Tx};

use crate::store::{count_put_aside, put_aside_since};
use crate::table::Table;
use crate::writer::CONSUMER;
use crate::{Error, Lake};
use tallymark_base::Timestamp;

/// The state of a lake.
#[derive(Debug, Clone, Default, serde::Serialize)]
pub struct Status {
    /// Events in the database that are not in the lake yet.
    pub waiting_events: i64,
    /// When the first of them was saved.
    pub oldest_waiting_at: Option<Timestamp>,
    /// Events that fit no declaration and were put aside, by type and version.
    pub put_aside: Vec<PutAsideCount>,
    /// Tables that exist.
    pub tables: Vec<TableStatus>,
}

/// How many events of a type were put aside.
#[derive(Debug, Clone, serde::Serialize)]
pub struct PutAsideCount {
    /// Name of their event type.
    pub event_type: String,
    /// Version of their event type.
    pub version: i64,
    /// How many.
    pub events: i64,
}

/// A table of the lake.
#[derive(Debug, Clone, serde::Serialize)]
pub struct TableStatus {
    /// Its name.
    pub name: String,
    /// The version of its log.
    pub version: u64,
    /// Live files.
    pub files: usize,
}

/// What has not reached the lake.
#[derive(Debug, Clone, Default)]
pub struct Pending {
    /// Events that wait.
    pub events: i64,
    /// When the first of them was saved.
    pub oldest_at: Option<Timestamp>,
    /// Events that were put aside, by type and version.
    pub put_aside: Vec<PutAsideCount>,
}

/// What has not reached the lake; nothing where no lake was ever written.
///
/// # Errors
///
/// Of the database.
pub async fn pending(tx: &mut Tx) -> Result<Pending, tallymark_store::Error> {
    if !consumer::is_enrolled(tx, CONSUMER).await? {
        return Ok(Pending::default());
    }
    let backlog = consumer::backlog(tx, CONSUMER).await?;
    let put_aside = count_put_aside(tx).await?;
    let counted = |(event_type, version, events)| PutAsideCount { event_type, version, events };
    let put_aside = put_aside.into_iter().map(counted).collect();
    Ok(Pending { events: backlog.events, oldest_at: backlog.oldest_at, put_aside })
}

/// The state of `lake` and of what waits in `store`.
///
/// # Errors
///
/// Of the database and of the lake's storage.
pub async fn status(lake: &Lake, store: &Store) -> Result<Status, Error> {
    let mut tx = store.read().await?;
    let backlog = consumer::backlog(&mut tx, CONSUMER).await?;
    let put_aside = count_put_aside(&mut tx).await?;
    tx.commit().await?;
    let reading = lake.clone();
    let tables = lake.run(async move { tables(&reading).await }).await?;
    let counted = |(event_type, version, events)| PutAsideCount { event_type, version, events };
    Ok(Status {
        waiting_events: backlog.events,
        oldest_waiting_at: backlog.oldest_at,
        put_aside: put_aside.into_iter().map(counted).collect(),
        tables,
    })
}

/// Up to which moment every saved event is in the lake: before it, nothing waits and nothing is put aside. `None` where no
/// lake was ever written.
///
/// # Errors
///
/// Of the database.
pub async fn covered_until(tx: &mut Tx, now: Timestamp) -> Result<Option<Timestamp>, tallymark_store::Error> {
    if !consumer::is_enrolled(tx, CONSUMER).await? {
        return Ok(None);
    }
    let missing = [consumer::open_since(tx, CONSUMER).await?, put_aside_since(tx).await?];
    Ok(missing.into_iter().flatten().chain([now]).min())
}

async fn tables(lake: &Lake) -> Result<Vec<TableStatus>, Error> {
    let mut tables = Vec::new();
    for event_type in lake.registry().iter() {
        if let Some(table) = Table::find(lake.storage(), &event_type.table()).await? {
            let version = table.delta.version().unwrap_or_default();
            tables.push(TableStatus { files: table.files()?, name: table.name, version });
        }
    }
    Ok(tables)
}
