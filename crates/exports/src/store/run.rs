//! Statements about exports themselves.

use tallymark_base::id::{ExportId, TenantId};
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_store::{Error, Row, Tx};

use crate::{Format, Run, State};

/// An export as it is kept.
#[derive(Debug, Clone)]
pub(crate) struct Kept {
    pub(crate) run: Run,
    pub(crate) attempt: i64,
    pub(crate) sealed_key: Option<Vec<u8>>,
}

/// An export to begin.
#[derive(Debug)]
pub(crate) struct NewRun<'a> {
    pub(crate) id: ExportId,
    pub(crate) list: &'a str,
    pub(crate) format: Format,
    pub(crate) request: String,
    pub(crate) people: bool,
    pub(crate) sealed_key: Vec<u8>,
    pub(crate) by: String,
    pub(crate) at: Timestamp,
}

/// Saves an export that waits.
pub(crate) async fn insert(tx: &mut Tx, tenant: TenantId, new: NewRun<'_>) -> Result<(), Error> {
    let sql = "INSERT INTO export_run
                      (export_id, tenant_id, list, format, request, people, state, attempt, rows_done, bytes, sealed_key,
                       emptied, created_by, created_at, changed_at)
               VALUES ($1, $2, $3, $4, $5, $6, 0, 0, 0, 0, $7, 0, $8, $9, $9)";
    let values = [
        new.id.raw().into(),
        tenant.raw().into(),
        new.list.into(),
        new.format.name().into(),
        new.request.into(),
        new.people.into(),
        new.sealed_key.into(),
        new.by.into(),
        new.at.into(),
    ];
    tx.execute(sql, &values).await?;
    Ok(())
}

/// Begins an attempt; `false` where the export ended. What earlier attempts wrote is nobody's from here on.
pub(crate) async fn begin_attempt(tx: &mut Tx, tenant: TenantId, id: ExportId, at: Timestamp) -> Result<bool, Error> {
    let sql = "UPDATE export_run
                  SET state = 1, attempt = attempt + 1, rows_done = 0, bytes = 0, changed_at = $3
                WHERE export_id = $1 AND tenant_id = $2 AND state IN (0, 1)";
    Ok(tx.execute(sql, &[id.raw().into(), tenant.raw().into(), at.into()]).await? == 1)
}

/// How far an attempt is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Reached {
    pub(crate) rows: u64,
    pub(crate) rows_total: Option<u64>,
    pub(crate) bytes: u64,
}

/// Notes how far an attempt is; `false` where another one began, or the export ended.
pub(crate) async fn advance(
    tx: &mut Tx,
    tenant: TenantId,
    (id, attempt): (ExportId, i64),
    reached: Reached,
    at: Timestamp,
) -> Result<bool, Error> {
    let sql = "UPDATE export_run
                  SET rows_done = $4, rows_total = $5, bytes = $6, changed_at = $7
                WHERE export_id = $1 AND tenant_id = $2 AND attempt = $3 AND state = 1";
    let values = [
        id.raw().into(),
        tenant.raw().into(),
        attempt.into(),
        number(reached.rows).into(),
        reached.rows_total.map(number).into(),
        number(reached.bytes).into(),
        at.into(),
    ];
    Ok(tx.execute(sql, &values).await? == 1)
}

/// Ends the attempt whose file is whole.
pub(crate) async fn done(
    tx: &mut Tx,
    tenant: TenantId,
    (id, attempt): (ExportId, i64),
    (at, expires): (Timestamp, Timestamp),
) -> Result<bool, Error> {
    let sql = "UPDATE export_run
                  SET state = 2, rows_total = rows_done, changed_at = $4, finished_at = $4, expires_at = $5
                WHERE export_id = $1 AND tenant_id = $2 AND attempt = $3 AND state = 1";
    let values = [id.raw().into(), tenant.raw().into(), attempt.into(), at.into(), expires.into()];
    Ok(tx.execute(sql, &values).await? == 1)
}

/// Ends an export without a file: its key goes. `from` are the states in which it may be.
pub(crate) async fn end(
    tx: &mut Tx,
    tenant: TenantId,
    id: ExportId,
    (state, error): (State, Option<(&str, &str)>),
    at: Timestamp,
) -> Result<bool, Error> {
    let sql = "UPDATE export_run
                  SET state = $3, error_code = $4, error = $5, sealed_key = NULL, changed_at = $6, finished_at = $6,
                      expires_at = NULL
                WHERE export_id = $1 AND tenant_id = $2 AND state IN (0, 1, 2)";
    let (code, text) = error.map_or((None, None), |(code, text)| (Some(code.to_owned()), Some(text.to_owned())));
    let values = [id.raw().into(), tenant.raw().into(), state.number().into(), code.into(), text.into(), at.into()];
    Ok(tx.execute(sql, &values).await? == 1)
}

/// Lets an export that ended without a file wait again, under a fresh key.
pub(crate) async fn reopen(
    tx: &mut Tx,
    tenant: TenantId,
    id: ExportId,
    sealed_key: Vec<u8>,
    at: Timestamp,
) -> Result<bool, Error> {
    let sql = "UPDATE export_run
                  SET state = 0, rows_done = 0, rows_total = NULL, bytes = 0, sealed_key = $3, emptied = 0,
                      error_code = NULL, error = NULL, changed_at = $4, finished_at = NULL, expires_at = NULL
                WHERE export_id = $1 AND tenant_id = $2 AND state IN (3, 4, 5, 6)";
    Ok(tx.execute(sql, &[id.raw().into(), tenant.raw().into(), sealed_key.into(), at.into()]).await? == 1)
}

/// Takes the keys of a tenant's files that tell of people, those that are under way among them; gives how many there were.
/// Index: export_run_kept.
pub(crate) async fn withdraw(tx: &mut Tx, tenant: TenantId, at: Timestamp) -> Result<u64, Error> {
    let sql = "UPDATE export_run
                  SET state = 6, sealed_key = NULL, changed_at = $2, finished_at = $2, expires_at = NULL
                WHERE tenant_id = $1 AND emptied = 0 AND people = 1 AND state IN (0, 1, 2)";
    tx.execute(sql, &[tenant.raw().into(), at.into()]).await
}

/// Takes the keys of files whose time is over, of all tenants; gives how many. Index: export_run_kept.
pub(crate) async fn expire(tx: &mut Tx, now: Timestamp) -> Result<u64, Error> {
    let sql = "UPDATE export_run
                  SET state = 5, sealed_key = NULL, changed_at = $1
                WHERE emptied = 0 AND state = 2 AND expires_at <= $1";
    tx.execute(sql, &[now.into()]).await
}

/// Exports without a key whose pieces are not all deleted, of all tenants. Index: export_run_kept.
pub(crate) async fn to_empty(tx: &mut Tx, limit: u32) -> Result<Vec<(TenantId, ExportId)>, Error> {
    let sql = "SELECT tenant_id, export_id
                 FROM export_run
                WHERE emptied = 0 AND sealed_key IS NULL
             ORDER BY export_id
                LIMIT $1";
    let rows = tx.query(sql, &[i64::from(limit).into()]).await?;
    rows.iter().map(|row| Ok((row.id(0)?, row.id(1)?))).collect()
}

/// Notes that the pieces of an export are deleted.
pub(crate) async fn emptied(tx: &mut Tx, tenant: TenantId, id: ExportId) -> Result<(), Error> {
    let sql = "UPDATE export_run SET emptied = 1 WHERE export_id = $1 AND tenant_id = $2 AND sealed_key IS NULL";
    tx.execute(sql, &[id.raw().into(), tenant.raw().into()]).await?;
    Ok(())
}

/// Forgets exports without pieces whose ids are below one, at most `limit`, of all tenants; gives how many.
/// Index: primary key.
pub(crate) async fn forget(tx: &mut Tx, before: i64, limit: u32) -> Result<u64, Error> {
    let sql = "DELETE FROM export_run
                WHERE export_id IN
                      (SELECT export_id FROM export_run WHERE export_id < $1 AND emptied = 1 ORDER BY export_id LIMIT $2)";
    tx.execute(sql, &[before.into(), i64::from(limit).into()]).await
}

/// An export. Index: primary key.
pub(crate) async fn find(tx: &mut Tx, tenant: TenantId, id: ExportId) -> Result<Option<Kept>, Error> {
    let sql =
        "SELECT export_id, list, format, request, state, rows_done, rows_total, bytes, error_code, error, created_by,
                      created_at, changed_at, finished_at, expires_at, attempt, sealed_key
                 FROM export_run
                WHERE tenant_id = $1 AND export_id = $2";
    tx.query_one(sql, &[tenant.raw().into(), id.raw().into()]).await?.as_ref().map(kept_of).transpose()
}

/// A page of a tenant's exports before an id, the latest first. Index: export_run_by_tenant.
pub(crate) async fn list(
    tx: &mut Tx,
    tenant: TenantId,
    before: Option<ExportId>,
    limit: i64,
) -> Result<Vec<Run>, Error> {
    let sql =
        "SELECT export_id, list, format, request, state, rows_done, rows_total, bytes, error_code, error, created_by,
                      created_at, changed_at, finished_at, expires_at, attempt, sealed_key
                 FROM export_run
                WHERE tenant_id = $1 AND export_id < $2
             ORDER BY export_id DESC
                LIMIT $3";
    let before = before.map_or(i64::MAX, ExportId::raw);
    let rows = tx.query(sql, &[tenant.raw().into(), before.into(), limit.into()]).await?;
    rows.iter().map(|row| kept_of(row).map(|kept| kept.run)).collect()
}

/// How many exports of a tenant wait or are written. Index: export_run_kept.
pub(crate) async fn open(tx: &mut Tx, tenant: TenantId) -> Result<i64, Error> {
    let sql = "SELECT COUNT(*) FROM export_run WHERE tenant_id = $1 AND emptied = 0 AND state IN (0, 1)";
    tx.query_one(sql, &[tenant.raw().into()]).await?.map_or(Ok(0), |row| row.int(0))
}

fn kept_of(row: &Row) -> Result<Kept, Error> {
    let unreadable = |what: &str| Error::Unreadable(format!("an export with {what}"));
    let (format, state) = (row.text(2)?, row.int(4)?);
    let run = Run {
        id: row.id(0)?,
        list: row.text(1)?,
        format: Format::named(&format).ok_or_else(|| unreadable("a format of another time"))?,
        request: serde_json::from_str(&row.text(3)?).map_err(|_| unreadable("a request that is no JSON"))?,
        state: State::from_number(state).ok_or_else(|| unreadable("a state of another time"))?,
        rows: count(row.int(5)?)?,
        rows_total: row.opt_int(6)?.map(count).transpose()?,
        bytes: count(row.int(7)?)?,
        error_code: row.opt_text(8)?,
        error: row.opt_text(9)?,
        created_by: row.text(10)?,
        created_at: row.time(11)?,
        changed_at: row.time(12)?,
        finished_at: row.opt_int(13)?.map(Timestamp),
        expires_at: row.opt_int(14)?.map(Timestamp),
    };
    Ok(Kept { run, attempt: row.int(15)?, sealed_key: row.opt_bytes(16)? })
}

fn number(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

fn count(stored: i64) -> Result<u64, Error> {
    u64::try_from(stored).map_err(|_| Error::Unreadable(format!("an export with the count {stored}")))
}
