//! Statements about work over everybody.

use tallymark_base::id::{JobId, TenantId};
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_store::{Error, Row, Tx};

/// A run as it is stored.
#[derive(Debug)]
pub(crate) struct StoredRun {
    pub(crate) id: JobId,
    pub(crate) kind: i64,
    pub(crate) by: String,
    pub(crate) policy: Option<String>,
    pub(crate) asked_at: Timestamp,
    pub(crate) started_at: Option<Timestamp>,
    pub(crate) ended_at: Option<Timestamp>,
    pub(crate) result: Option<String>,
    pub(crate) error: Option<String>,
}

/// A run of the tenant that has not ended.
pub(crate) async fn open(tx: &mut Tx, tenant: TenantId) -> Result<Option<JobId>, Error> {
    let sql = "SELECT run_id FROM identity_run WHERE tenant_id = $1 AND ended_at IS NULL LIMIT 1";
    tx.query_one(sql, &[tenant.raw().into()]).await?.map(|row| row.id(0)).transpose()
}

/// Saves a new run.
pub(crate) async fn insert(tx: &mut Tx, tenant: TenantId, run: &StoredRun) -> Result<(), Error> {
    let sql =
        "INSERT INTO identity_run (run_id, tenant_id, kind, by_whom, policy, asked_at) VALUES ($1, $2, $3, $4, $5, $6)";
    let values = [
        run.id.raw().into(),
        tenant.raw().into(),
        run.kind.into(),
        run.by.clone().into(),
        run.policy.clone().into(),
        run.asked_at.into(),
    ];
    tx.execute(sql, &values).await?;
    Ok(())
}

/// Notes that a server begins; `false` where the run ended before.
pub(crate) async fn begin(tx: &mut Tx, tenant: TenantId, id: JobId, now: Timestamp) -> Result<bool, Error> {
    let sql = "UPDATE identity_run SET started_at = $3 WHERE run_id = $1 AND tenant_id = $2 AND ended_at IS NULL";
    Ok(tx.execute(sql, &[id.raw().into(), tenant.raw().into(), now.into()]).await? == 1)
}

/// Notes how a run ended, once.
pub(crate) async fn end(
    tx: &mut Tx,
    tenant: TenantId,
    id: JobId,
    (result, error): (Option<String>, Option<String>),
    now: Timestamp,
) -> Result<(), Error> {
    let sql = "UPDATE identity_run
                  SET ended_at = $3, result = $4, error = $5
                WHERE run_id = $1 AND tenant_id = $2 AND ended_at IS NULL";
    tx.execute(sql, &[id.raw().into(), tenant.raw().into(), now.into(), result.into(), error.into()]).await?;
    Ok(())
}

/// A run.
pub(crate) async fn find(tx: &mut Tx, tenant: TenantId, id: JobId) -> Result<Option<StoredRun>, Error> {
    let sql = "SELECT run_id, kind, by_whom, policy, asked_at, started_at, ended_at, result, error
                 FROM identity_run
                WHERE run_id = $1 AND tenant_id = $2";
    tx.query_one(sql, &[id.raw().into(), tenant.raw().into()]).await?.as_ref().map(run_of).transpose()
}

/// Runs before one, the latest first. Index: identity_run_by_tenant.
pub(crate) async fn list(tx: &mut Tx, tenant: TenantId, before: i64, limit: u32) -> Result<Vec<StoredRun>, Error> {
    let sql = "SELECT run_id, kind, by_whom, policy, asked_at, started_at, ended_at, result, error
                 FROM identity_run
                WHERE tenant_id = $1 AND run_id < $2
             ORDER BY run_id DESC
                LIMIT $3";
    let values = [tenant.raw().into(), before.into(), i64::from(limit).into()];
    tx.query(sql, &values).await?.iter().map(run_of).collect()
}

fn run_of(row: &Row) -> Result<StoredRun, Error> {
    Ok(StoredRun {
        id: row.id(0)?,
        kind: row.int(1)?,
        by: row.text(2)?,
        policy: row.opt_text(3)?,
        asked_at: row.time(4)?,
        started_at: row.opt_int(5)?.map(Timestamp),
        ended_at: row.opt_int(6)?.map(Timestamp),
        result: row.opt_text(7)?,
        error: row.opt_text(8)?,
    })
}
