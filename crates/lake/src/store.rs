//! The statements of the lake: the writer's lease, and what was put aside.

use tallymark_base::Timestamp;
use tallymark_store::outbox::Returned;
use tallymark_store::{Error, Row, Rows, Tx};

/// The lake of this installation, as the database knows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Held {
    /// Names this installation in the lake.
    pub(crate) lake_id: [u8; 16],
    /// The last batch that was stamped.
    pub(crate) last_batch: i64,
    /// Whether events were appended to a table.
    pub(crate) has_tables: bool,
}

impl Held {
    /// The installation's name in the tables.
    pub(crate) fn lake_name(self) -> String {
        self.lake_id.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// The name under which its batches are numbered in the tables.
    pub(crate) fn app_id(self) -> String {
        format!("tallymark-{}", self.lake_name())
    }
}

/// Who asks for the lease, until when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Holder {
    pub(crate) holder: [u8; 16],
    pub(crate) expires_at: Timestamp,
}

/// What the database knows of its lake; `None` before a writer held the lease for the first time.
pub(crate) async fn known(tx: &mut Tx) -> Result<Option<Held>, Error> {
    let row =
        tx.query_one("SELECT lake_id, last_batch, has_tables FROM lake_writer WHERE writer = 'lake'", &[]).await?;
    row.as_ref().map(held_in).transpose()
}

/// Takes the lease where nobody else holds it, or its holder let it run out before `expired_before`. `lake_id` becomes the
/// installation's name where it has none yet.
pub(crate) async fn take(
    tx: &mut Tx,
    new: Holder,
    lake_id: [u8; 16],
    expired_before: Timestamp,
) -> Result<Option<Held>, Error> {
    let sql = "INSERT INTO lake_writer (writer, lake_id, holder, expires_at, last_batch)
               VALUES ('lake', $1, $2, $3, 0)
               ON CONFLICT (writer) DO UPDATE
                  SET holder = excluded.holder, expires_at = excluded.expires_at
                WHERE lake_writer.expires_at < $4 OR lake_writer.holder = excluded.holder
               RETURNING lake_writer.lake_id, lake_writer.last_batch, lake_writer.has_tables";
    let values = [lake_id.into(), new.holder.into(), new.expires_at.into(), expired_before.into()];
    tx.query_one(sql, &values).await?.as_ref().map(held_in).transpose()
}

fn held_in(row: &Row) -> Result<Held, Error> {
    Ok(Held { lake_id: row.array(0)?, last_batch: row.int(1)?, has_tables: row.int(2)? != 0 })
}

/// Records whether the lake has tables, where the lease is still held; gives whether it is.
pub(crate) async fn record_tables(tx: &mut Tx, holder: [u8; 16], has_tables: bool) -> Result<bool, Error> {
    let sql = "UPDATE lake_writer SET has_tables = $2 WHERE writer = 'lake' AND holder = $1";
    Ok(tx.execute(sql, &[holder.into(), i64::from(has_tables).into()]).await? == 1)
}

/// Extends the lease to `until`; gives whether it is still held. Setting it to the past gives it back.
pub(crate) async fn hold(tx: &mut Tx, holder: [u8; 16], until: Timestamp) -> Result<bool, Error> {
    let sql = "UPDATE lake_writer SET expires_at = $2 WHERE writer = 'lake' AND holder = $1";
    Ok(tx.execute(sql, &[holder.into(), until.into()]).await? == 1)
}

/// The number of the next batch, where the lease is still held.
pub(crate) async fn next_batch(tx: &mut Tx, holder: [u8; 16]) -> Result<Option<i64>, Error> {
    let sql = "UPDATE lake_writer
                  SET last_batch = last_batch + 1
                WHERE writer = 'lake' AND holder = $1
               RETURNING last_batch";
    tx.query_one(sql, &[holder.into()]).await?.map(|row| row.int(0)).transpose()
}

/// Lines that were put aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PutAside {
    /// The outbox row they stood in.
    pub outbox_id: i64,
    /// The line's number from 1; 0 for the whole row.
    pub line: i64,
    /// Name of their event type.
    pub event_type: String,
    /// Version of their event type.
    pub version: i64,
    /// How many events.
    pub events: i64,
    /// The JSON lines.
    pub body: Vec<u8>,
    /// Why.
    pub reason: String,
    /// When they were saved.
    pub recorded_at: Timestamp,
}

/// Keeps lines that do not fit. Those that are kept already stay as they are.
pub(crate) async fn put_aside(tx: &mut Tx, lines: Vec<PutAside>, now: Timestamp) -> Result<(), Error> {
    let sql = "INSERT INTO lake_quarantine
                      (outbox_id, line, event_type, version, events, body, reason, recorded_at, put_aside_at)
               VALUES …
               ON CONFLICT (outbox_id, line) DO NOTHING";
    let rows: Rows<9> = lines
        .into_iter()
        .map(|line| {
            [
                line.outbox_id.into(),
                line.line.into(),
                line.event_type.into(),
                line.version.into(),
                line.events.into(),
                line.body.into(),
                line.reason.into(),
                line.recorded_at.into(),
                now.into(),
            ]
        })
        .collect();
    tx.write_rows(sql, &[], &rows).await?;
    Ok(())
}

/// Which lines of some outbox rows were put aside, as (row, line).
pub(crate) async fn put_aside_of(tx: &mut Tx, outbox_ids: &[i64]) -> Result<Vec<(i64, i64)>, Error> {
    let keys: Rows<1> = outbox_ids.iter().map(|id| [(*id).into()]).collect();
    let sql = "SELECT outbox_id, line FROM lake_quarantine WHERE outbox_id IN (…)";
    let rows = tx.read_rows(sql, &[], &keys).await?;
    rows.iter().map(|row| Ok((row.int(0)?, row.int(1)?))).collect()
}

/// A page of what was put aside, after (row, line).
pub(crate) async fn all_put_aside(tx: &mut Tx, after: (i64, i64), limit: u32) -> Result<Vec<PutAside>, Error> {
    let sql = "SELECT outbox_id, line, event_type, version, events, body, reason, recorded_at
                 FROM lake_quarantine
                WHERE outbox_id > $1 OR (outbox_id = $1 AND line > $2)
             ORDER BY outbox_id, line
                LIMIT $3";
    let rows = tx.query(sql, &[after.0.into(), after.1.into(), i64::from(limit).into()]).await?;
    rows.iter().map(put_aside_in).collect()
}

fn put_aside_in(row: &Row) -> Result<PutAside, Error> {
    Ok(PutAside {
        outbox_id: row.int(0)?,
        line: row.int(1)?,
        event_type: row.text(2)?,
        version: row.int(3)?,
        events: row.int(4)?,
        body: row.bytes(5)?,
        reason: row.text(6)?,
        recorded_at: row.time(7)?,
    })
}

/// Takes lines out of the quarantine, for the outbox. Share the transaction that saves them there.
pub(crate) async fn take_back(tx: &mut Tx, lines: Vec<PutAside>) -> Result<Vec<Returned>, Error> {
    let keys: Rows<2> = lines.iter().map(|line| [line.outbox_id.into(), line.line.into()]).collect();
    let sql = "WITH v(outbox_id, line) AS (VALUES …)
               DELETE FROM lake_quarantine
                WHERE EXISTS (SELECT 1
                                FROM v
                               WHERE v.outbox_id = lake_quarantine.outbox_id AND v.line = lake_quarantine.line)";
    tx.write_all_rows(sql, &[], &keys).await?;
    Ok(lines
        .into_iter()
        .map(|line| Returned {
            event_type: line.event_type,
            version: line.version,
            events: line.events,
            body: line.body,
            created_at: line.recorded_at,
        })
        .collect())
}

/// How many events were put aside, by event type and version.
pub(crate) async fn count_put_aside(tx: &mut Tx) -> Result<Vec<(String, i64, i64)>, Error> {
    let sql = "SELECT event_type, version, CAST(SUM(events) AS BIGINT)
                 FROM lake_quarantine
             GROUP BY event_type, version
             ORDER BY event_type, version";
    let rows = tx.query(sql, &[]).await?;
    rows.iter().map(|row| Ok((row.text(0)?, row.int(1)?, row.int(2)?))).collect()
}

/// When the earliest of what was put aside was saved; `None` where nothing was.
pub(crate) async fn put_aside_since(tx: &mut Tx) -> Result<Option<Timestamp>, Error> {
    let row = tx.query_one("SELECT MIN(recorded_at) FROM lake_quarantine", &[]).await?;
    Ok(row.map(|row| row.opt_int(0)).transpose()?.flatten().map(Timestamp))
}

/// What the writer's row tells of snapshots.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SnapshotState {
    pub(crate) held: Held,
    /// When the dimensions were written last.
    pub(crate) taken_at: Timestamp,
}

/// The state of snapshots, where `holder` holds the lease.
pub(crate) async fn snapshot_state(tx: &mut Tx, holder: [u8; 16]) -> Result<Option<SnapshotState>, Error> {
    let sql = "SELECT lake_id, last_batch, has_tables, snapshot_at
                 FROM lake_writer
                WHERE writer = 'lake' AND holder = $1";
    let state = |row: &Row| Ok(SnapshotState { held: held_in(row)?, taken_at: row.time(3)? });
    tx.query_one(sql, &[holder.into()]).await?.as_ref().map(state).transpose()
}

/// Records a snapshot, where the lease is still held; gives whether it is.
pub(crate) async fn record_snapshot(tx: &mut Tx, holder: [u8; 16], taken_at: Timestamp) -> Result<bool, Error> {
    let sql = "UPDATE lake_writer SET snapshot_at = $2 WHERE writer = 'lake' AND holder = $1";
    Ok(tx.execute(sql, &[holder.into(), taken_at.into()]).await? == 1)
}
