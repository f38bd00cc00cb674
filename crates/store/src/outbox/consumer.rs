//! How events leave the outbox.
//!
//! Ids are given before the commit, so they do not come in commit order and nobody reads by a cursor. A consumer
//! stamps rows with the number of its batch, does its work, and passes them: a row without its stamp is waiting, however
//! old its id. What is stamped and not passed is taken up again after a crash, as the same batch. A row goes when every
//! enrolled consumer has passed it.

use tallymark_base::Timestamp;

use super::body;
use crate::{Error, Rows, Tx};

/// A row that a consumer has not stamped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// The row.
    pub outbox_id: i64,
    /// Events in it.
    pub events: i64,
    /// Bytes of its JSON lines.
    pub bytes: i64,
}

/// A row that a consumer has stamped and not passed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamped {
    /// The batch it was stamped with.
    pub batch: i64,
    /// The row.
    pub outbox_id: i64,
    /// Name of its event type.
    pub event_type: String,
    /// Version of its event type.
    pub version: i64,
    /// Events in it.
    pub events: i64,
    /// Bytes of its JSON lines.
    pub bytes: i64,
}

/// A row that the result of a consumer's batches does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beyond {
    /// The row.
    pub outbox_id: i64,
    /// Events in it.
    pub events: i64,
    /// Bytes of its JSON lines.
    pub bytes: i64,
    /// When it was saved.
    pub created_at: Timestamp,
}

/// What a row holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Saved {
    /// The row.
    pub outbox_id: i64,
    /// JSON lines of [`tallymark_base::event::Envelope`].
    pub body: Vec<u8>,
    /// When it was saved.
    pub created_at: Timestamp,
}

/// What a consumer has yet to do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Backlog {
    /// Events in rows that it has not passed.
    pub events: i64,
    /// When the row with the lowest id among them was saved.
    pub oldest_at: Option<Timestamp>,
}

/// Makes sure that rows wait for `consumer`. It sees those that are there, and all later ones.
pub async fn enrol(tx: &mut Tx, consumer: &str, now: Timestamp) -> Result<(), Error> {
    let sql = "INSERT INTO outbox_consumer (consumer, enrolled_at) VALUES ($1, $2) ON CONFLICT (consumer) DO NOTHING";
    tx.execute(sql, &[consumer.into(), now.into()]).await?;
    Ok(())
}

/// Up to `limit` rows that `consumer` has not stamped, the lowest ids first.
pub async fn waiting_for(tx: &mut Tx, consumer: &str, limit: u32) -> Result<Vec<Waiting>, Error> {
    let sql = "SELECT outbox.outbox_id, outbox.events, outbox.bytes
                 FROM outbox
                WHERE NOT EXISTS (SELECT 1
                                    FROM outbox_mark
                                   WHERE outbox_mark.outbox_id = outbox.outbox_id AND outbox_mark.consumer = $1)
             ORDER BY outbox.outbox_id
                LIMIT $2";
    let rows = tx.query(sql, &[consumer.into(), i64::from(limit).into()]).await?;
    rows.iter().map(|row| Ok(Waiting { outbox_id: row.int(0)?, events: row.int(1)?, bytes: row.int(2)? })).collect()
}

/// When a row was saved; `None` where it is gone.
pub async fn saved_at(tx: &mut Tx, outbox_id: i64) -> Result<Option<Timestamp>, Error> {
    let row = tx.query_one("SELECT created_at FROM outbox WHERE outbox_id = $1", &[outbox_id.into()]).await?;
    row.map(|row| row.time(0)).transpose()
}

/// Stamps rows with a batch of `consumer`. Fails when one of them has a stamp already.
pub async fn stamp(tx: &mut Tx, consumer: &str, batch: i64, outbox_ids: &[i64]) -> Result<(), Error> {
    let rows: Rows<3> = outbox_ids.iter().map(|id| [(*id).into(), consumer.into(), batch.into()]).collect();
    tx.write_all_rows("INSERT INTO outbox_mark (outbox_id, consumer, batch) VALUES …", &[], &rows).await
}

/// Every row that `consumer` has stamped and not passed, by batch, then id. Index: outbox_mark_open.
pub async fn stamped(tx: &mut Tx, consumer: &str) -> Result<Vec<Stamped>, Error> {
    let sql = "SELECT outbox_mark.batch, outbox.outbox_id, outbox.event_type, outbox.version, outbox.events,
                      outbox.bytes
                 FROM outbox_mark
                 JOIN outbox ON outbox.outbox_id = outbox_mark.outbox_id
                WHERE outbox_mark.consumer = $1 AND outbox_mark.passed = 0
             ORDER BY outbox_mark.batch, outbox_mark.outbox_id";
    let rows = tx.query(sql, &[consumer.into()]).await?;
    rows.iter()
        .map(|row| {
            Ok(Stamped {
                batch: row.int(0)?,
                outbox_id: row.int(1)?,
                event_type: row.text(2)?,
                version: row.int(3)?,
                events: row.int(4)?,
                bytes: row.int(5)?,
            })
        })
        .collect()
}

/// Up to `limit` rows of an event type in one version that `consumer` has not stamped with `batch` or a batch before it,
/// the lowest ids first: what the outbox has beyond the consumer's result after that batch, as long as the batches after
/// it did not end and remove their rows.
pub async fn beyond(
    tx: &mut Tx,
    consumer: &str,
    (event_type, version): (&str, i64),
    batch: i64,
    limit: u32,
) -> Result<Vec<Beyond>, Error> {
    let sql = "SELECT outbox.outbox_id, outbox.events, outbox.bytes, outbox.created_at
                 FROM outbox
                WHERE outbox.event_type = $1 AND outbox.version = $2
                  AND NOT EXISTS (SELECT 1
                                    FROM outbox_mark
                                   WHERE outbox_mark.outbox_id = outbox.outbox_id
                                     AND outbox_mark.consumer = $3
                                     AND outbox_mark.batch <= $4)
             ORDER BY outbox.outbox_id
                LIMIT $5";
    let values = [event_type.into(), version.into(), consumer.into(), batch.into(), i64::from(limit).into()];
    let rows = tx.query(sql, &values).await?;
    rows.iter()
        .map(|row| {
            Ok(Beyond { outbox_id: row.int(0)?, events: row.int(1)?, bytes: row.int(2)?, created_at: row.time(3)? })
        })
        .collect()
}

/// What some rows hold, in no particular order.
pub async fn read(tx: &mut Tx, outbox_ids: &[i64]) -> Result<Vec<Saved>, Error> {
    let keys: Rows<1> = outbox_ids.iter().map(|id| [(*id).into()]).collect();
    let sql = "SELECT outbox_id, body, created_at FROM outbox WHERE outbox_id IN (…)";
    let rows = tx.read_rows(sql, &[], &keys).await?;
    rows.iter()
        .map(|row| {
            let outbox_id = row.int(0)?;
            Ok(Saved { outbox_id, body: body::unpack(row.bytes(1)?, outbox_id)?, created_at: row.time(2)? })
        })
        .collect()
}

/// Records that `consumer` is done with rows it stamped. They go with the next [`collect`], in a transaction that begins
/// after this one ended: of two consumers that pass a row at the same time, the later collector sees both.
pub async fn pass(tx: &mut Tx, consumer: &str, outbox_ids: &[i64]) -> Result<u64, Error> {
    let keys: Rows<1> = outbox_ids.iter().map(|id| [(*id).into()]).collect();
    let sql = "UPDATE outbox_mark SET passed = 1 WHERE consumer = $1 AND outbox_id IN (…)";
    tx.write_rows(sql, &[consumer.into()], &keys).await
}

/// Removes up to `limit` rows that every enrolled consumer has passed; gives how many.
pub async fn collect(tx: &mut Tx, limit: u32) -> Result<u64, Error> {
    let consumers = tx.query_one("SELECT COUNT(*) FROM outbox_consumer", &[]).await?;
    let consumers = consumers.map_or(Ok(0), |row| row.int(0))?;
    let sql = "SELECT outbox_id
                 FROM outbox_mark
                WHERE passed = 1
             GROUP BY outbox_id
               HAVING COUNT(*) >= $1
                LIMIT $2";
    let rows = tx.query(sql, &[consumers.into(), i64::from(limit).into()]).await?;
    let gone: Rows<1> = rows.iter().map(|row| Ok([row.int(0)?.into()])).collect::<Result<_, Error>>()?;
    tx.write_rows("DELETE FROM outbox WHERE outbox_id IN (…)", &[], &gone).await?;
    tx.write_rows("DELETE FROM outbox_mark WHERE outbox_id IN (…)", &[], &gone).await?;
    Ok(gone.len() as u64)
}

/// What `consumer` has yet to do.
pub async fn backlog(tx: &mut Tx, consumer: &str) -> Result<Backlog, Error> {
    let sql = "SELECT CAST(COALESCE(SUM(outbox.events), 0) AS BIGINT), MIN(outbox.outbox_id)
                 FROM outbox
                WHERE NOT EXISTS (SELECT 1
                                    FROM outbox_mark
                                   WHERE outbox_mark.outbox_id = outbox.outbox_id
                                     AND outbox_mark.consumer = $1
                                     AND outbox_mark.passed = 1)";
    let Some(row) = tx.query_one(sql, &[consumer.into()]).await? else {
        return Ok(Backlog::default());
    };
    let oldest_at = match row.opt_int(1)? {
        Some(outbox_id) => saved_at(tx, outbox_id).await?,
        None => None,
    };
    Ok(Backlog { events: row.int(0)?, oldest_at })
}

/// When the earliest saved row was saved that `consumer` has not passed; `None` where there is none. What `consumer` was
/// never enrolled for, it has not passed.
pub async fn open_since(tx: &mut Tx, consumer: &str) -> Result<Option<Timestamp>, Error> {
    let sql = "SELECT MIN(outbox.created_at)
                 FROM outbox
                WHERE NOT EXISTS (SELECT 1
                                    FROM outbox_mark
                                   WHERE outbox_mark.outbox_id = outbox.outbox_id
                                     AND outbox_mark.consumer = $1
                                     AND outbox_mark.passed = 1)";
    let row = tx.query_one(sql, &[consumer.into()]).await?;
    Ok(row.map(|row| row.opt_int(0)).transpose()?.flatten().map(Timestamp))
}

/// Whether rows wait for `consumer`. Before it enrolled, others may have let rows go.
pub async fn is_enrolled(tx: &mut Tx, consumer: &str) -> Result<bool, Error> {
    let sql = "SELECT consumer FROM outbox_consumer WHERE consumer = $1";
    Ok(tx.query_one(sql, &[consumer.into()]).await?.is_some())
}
