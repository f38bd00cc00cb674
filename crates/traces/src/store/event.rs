//! Events, their numbers and ids.

use std::collections::HashMap;

use tallymark_base::Timestamp;
use tallymark_base::TypedId as _;
use tallymark_base::id::TenantId;
use tallymark_store::{Error, Row, Rows, Tx, Value};

use super::number_array;
use crate::keys::Salt;

/// An event as it is saved.
#[derive(Debug)]
pub(crate) struct NewRow {
    pub(crate) number: i64,
    pub(crate) event_type: i64,
    pub(crate) action: i64,
    pub(crate) event_time: Timestamp,
    /// Business step, disposition, read point, business location.
    pub(crate) words: [Option<i64>; 4],
    pub(crate) context: i64,
    pub(crate) body: Vec<u8>,
    /// How many events it stands for, whose numbers follow each other.
    pub(crate) events: i64,
}

/// What an event is told apart by without reading it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Line {
    pub(crate) number: i64,
    pub(crate) event_type: i64,
    pub(crate) action: i64,
    pub(crate) event_time: Timestamp,
    pub(crate) recorded_at: Timestamp,
    pub(crate) words: [Option<i64>; 4],
    /// How many events it stands for.
    pub(crate) events: i64,
}

/// An event as it was saved.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) number: i64,
    pub(crate) context: i64,
    pub(crate) body: Vec<u8>,
}

/// Which event has an id.
pub(crate) type ById = HashMap<([u8; 16], bool), ([u8; 16], i64)>;

/// What a brand's identifiers are hashed with; none before its first event. Index: primary key.
pub(crate) async fn salt(tx: &mut Tx, tenant: TenantId) -> Result<Option<Salt>, Error> {
    let sql = "SELECT salt FROM trace_book WHERE tenant_id = $1";
    let row = tx.query_one(sql, &[tenant.raw().into()]).await?;
    row.map(|row| number_array(&row, 0).map(Salt)).transpose()
}

/// The number that the next event will have at least; 1 before the first.
pub(crate) async fn next_number(tx: &mut Tx, tenant: TenantId) -> Result<i64, Error> {
    let sql = "SELECT next_number FROM trace_book WHERE tenant_id = $1";
    let row = tx.query_one(sql, &[tenant.raw().into()]).await?;
    row.map_or(Ok(1), |row| row.int(0))
}

/// Takes so many numbers; gives the first. Whoever else takes some waits until this transaction ends.
pub(crate) async fn take_numbers(
    tx: &mut Tx,
    tenant: TenantId,
    count: i64,
    fresh: [u8; 16],
) -> Result<(i64, Salt), Error> {
    let sql = "INSERT INTO trace_book (tenant_id, next_number, salt)
               VALUES ($1, $2, $3)
               ON CONFLICT (tenant_id) DO UPDATE
                  SET next_number = trace_book.next_number + $4
               RETURNING next_number, salt";
    let values = [tenant.raw().into(), (count + 1).into(), fresh.into(), count.into()];
    let row = tx.query_one(sql, &values).await?;
    let row = row.ok_or_else(|| Error::Unreadable("a book without numbers".to_owned()))?;
    Ok((row.int(0)? - count, Salt(number_array(&row, 1)?)))
}

/// Which of these ids are taken. Index: primary key.
pub(crate) async fn by_id(tx: &mut Tx, tenant: TenantId, ids: &[[u8; 16]]) -> Result<ById, Error> {
    let keys: Rows<1> = ids.iter().map(|id| [(*id).into()]).collect();
    let sql = "SELECT id_hash, is_declaration, content_hash, number
                 FROM trace_event_id
                WHERE tenant_id = $1 AND id_hash IN (…)";
    let rows = tx.read_rows(sql, &[tenant.raw().into()], &keys).await?;
    rows.iter().map(|row| Ok(((number_array(row, 0)?, row.flag(1)?), (number_array(row, 2)?, row.int(3)?)))).collect()
}

/// Saves which event has which id.
pub(crate) async fn insert_ids(
    tx: &mut Tx,
    tenant: TenantId,
    ids: impl Iterator<Item = ([u8; 16], bool, [u8; 16], i64)>,
) -> Result<(), Error> {
    let rows: Rows<5> = ids
        .map(|(id, is_declaration, content, number)| {
            [tenant.raw().into(), id.into(), is_declaration.into(), content.into(), number.into()]
        })
        .collect();
    let sql = "INSERT INTO trace_event_id (tenant_id, id_hash, is_declaration, content_hash, number) VALUES …";
    tx.write_all_rows(sql, &[], &rows).await
}

/// Saves events.
pub(crate) async fn insert(
    tx: &mut Tx,
    tenant: TenantId,
    recorded_at: Timestamp,
    events: Vec<NewRow>,
) -> Result<(), Error> {
    let rows: Rows<13> = events
        .into_iter()
        .map(|event| {
            let [biz_step, disposition, read_point, biz_location] = event.words.map(Value::from);
            [
                tenant.raw().into(),
                event.number.into(),
                event.event_type.into(),
                event.action.into(),
                event.event_time.into(),
                recorded_at.into(),
                biz_step,
                disposition,
                read_point,
                biz_location,
                event.context.into(),
                event.body.into(),
                event.events.into(),
            ]
        })
        .collect();
    let sql = "INSERT INTO trace_event (tenant_id, number, event_type, action, event_time, recorded_at,
                                        biz_step, disposition, read_point, biz_location, context_hash, body, events)
               VALUES …";
    tx.write_all_rows(sql, &[], &rows).await
}

/// The next lines after a number, in the order of numbers or against it. Index: primary key.
pub(crate) async fn lines_by_number(
    tx: &mut Tx,
    tenant: TenantId,
    (is_ascending, after): (bool, i64),
    limit: i64,
) -> Result<Vec<Line>, Error> {
    let sql = match is_ascending {
        true => {
            "SELECT number, event_type, action, event_time, recorded_at, biz_step, disposition, read_point, biz_location,
                    events
               FROM trace_event
              WHERE tenant_id = $1 AND number > $2
           ORDER BY number
              LIMIT $3"
        }
        false => {
            "SELECT number, event_type, action, event_time, recorded_at, biz_step, disposition, read_point, biz_location,
                    events
               FROM trace_event
              WHERE tenant_id = $1 AND number < $2
           ORDER BY number DESC
              LIMIT $3"
        }
    };
    let rows = tx.query(sql, &[tenant.raw().into(), after.into(), limit.into()]).await?;
    rows.iter().map(line_of).collect()
}

/// The next lines after a moment and a number, in the order in which they happened or against it, from a moment on and before
/// another. Index: trace_event_by_time.
pub(crate) async fn lines_by_time(
    tx: &mut Tx,
    tenant: TenantId,
    (is_ascending, at, after): (bool, i64, i64),
    (from, until): (i64, i64),
    limit: i64,
) -> Result<Vec<Line>, Error> {
    let sql = match is_ascending {
        true => {
            "SELECT number, event_type, action, event_time, recorded_at, biz_step, disposition, read_point, biz_location,
                    events
               FROM trace_event
              WHERE tenant_id = $1 AND event_time >= $2 AND event_time < $3
                    AND (event_time, number) > ($4, $5)
           ORDER BY event_time, number
              LIMIT $6"
        }
        false => {
            "SELECT number, event_type, action, event_time, recorded_at, biz_step, disposition, read_point, biz_location,
                    events
               FROM trace_event
              WHERE tenant_id = $1 AND event_time >= $2 AND event_time < $3
                    AND (event_time, number) < ($4, $5)
           ORDER BY event_time DESC, number DESC
              LIMIT $6"
        }
    };
    let values = [tenant.raw().into(), from.into(), until.into(), at.into(), after.into(), limit.into()];
    tx.query(sql, &values).await?.iter().map(line_of).collect()
}

/// The line that a number lies in or after: the last that begins at it or before. Index: primary key.
pub(crate) async fn line_at(tx: &mut Tx, tenant: TenantId, number: i64) -> Result<Option<Line>, Error> {
    let sql =
        "SELECT number, event_type, action, event_time, recorded_at, biz_step, disposition, read_point, biz_location,
                    events
               FROM trace_event
              WHERE tenant_id = $1 AND number <= $2
           ORDER BY number DESC
              LIMIT 1";
    tx.query_one(sql, &[tenant.raw().into(), number.into()]).await?.as_ref().map(line_of).transpose()
}

/// The lines of these events, in no order. Index: primary key.
pub(crate) async fn lines_of(tx: &mut Tx, tenant: TenantId, numbers: &[i64]) -> Result<Vec<Line>, Error> {
    let keys: Rows<1> = numbers.iter().map(|number| [(*number).into()]).collect();
    let sql =
        "SELECT number, event_type, action, event_time, recorded_at, biz_step, disposition, read_point, biz_location,
                    events
                 FROM trace_event
                WHERE tenant_id = $1 AND number IN (…)";
    let rows = tx.read_rows(sql, &[tenant.raw().into()], &keys).await?;
    let mut lines: Vec<Line> = rows.iter().map(line_of).collect::<Result<_, _>>()?;
    lines.sort_by_key(|line| line.number);
    lines.dedup_by_key(|line| line.number);
    Ok(lines)
}

/// These events, in no order. Index: primary key.
pub(crate) async fn kept(tx: &mut Tx, tenant: TenantId, numbers: &[i64]) -> Result<HashMap<i64, Kept>, Error> {
    let keys: Rows<1> = numbers.iter().map(|number| [(*number).into()]).collect();
    let sql = "SELECT number, context_hash, body
                 FROM trace_event
                WHERE tenant_id = $1 AND number IN (…)";
    let rows = tx.read_rows(sql, &[tenant.raw().into()], &keys).await?;
    rows.iter()
        .map(|row| {
            let kept = Kept { number: row.int(0)?, context: row.int(1)?, body: row.bytes(2)? };
            Ok((kept.number, kept))
        })
        .collect()
}

fn line_of(row: &Row) -> Result<Line, Error> {
    Ok(Line {
        number: row.int(0)?,
        event_type: row.int(1)?,
        action: row.int(2)?,
        event_time: row.time(3)?,
        recorded_at: row.time(4)?,
        words: [row.opt_int(5)?, row.opt_int(6)?, row.opt_int(7)?, row.opt_int(8)?],
        events: row.int(9)?,
    })
}
