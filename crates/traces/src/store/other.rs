//! Captured documents, named queries and subscriptions.

use tallymark_base::id::{CaptureId, SubscriptionId, TenantId};
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_store::{Error, Row, Rows, Tx};

use crate::types::{Behaviour, CaptureJob};

/// Saves what became of documents.
pub(crate) async fn insert_captures(tx: &mut Tx, tenant: TenantId, jobs: &[CaptureJob]) -> Result<(), Error> {
    let rows: Rows<7> = jobs
        .iter()
        .map(|job| {
            let errors = serde_json::to_string(&job.errors).unwrap_or_else(|_| "[]".to_owned());
            [
                tenant.raw().into(),
                job.capture_id.raw().into(),
                job.created_at.into(),
                job.finished_at.into(),
                job.success.into(),
                (job.capture_error_behaviour == Behaviour::Proceed).into(),
                errors.into(),
            ]
        })
        .collect();
    let sql = "INSERT INTO trace_capture (tenant_id, capture_id, created_at, finished_at, is_success, proceeds, errors)
               VALUES …";
    tx.write_all_rows(sql, &[], &rows).await
}

/// What became of one. Index: primary key.
pub(crate) async fn capture(tx: &mut Tx, tenant: TenantId, id: CaptureId) -> Result<Option<CaptureJob>, Error> {
    let sql = "SELECT capture_id, created_at, finished_at, is_success, proceeds, errors
                 FROM trace_capture
                WHERE tenant_id = $1 AND capture_id = $2";
    let row = tx.query_one(sql, &[tenant.raw().into(), id.raw().into()]).await?;
    row.as_ref().map(job_of).transpose()
}

/// What became of those before an id, the latest first. Index: primary key.
pub(crate) async fn captures(tx: &mut Tx, tenant: TenantId, before: i64, limit: i64) -> Result<Vec<CaptureJob>, Error> {
    let sql = "SELECT capture_id, created_at, finished_at, is_success, proceeds, errors
                 FROM trace_capture
                WHERE tenant_id = $1 AND capture_id < $2
             ORDER BY capture_id DESC
                LIMIT $3";
    tx.query(sql, &[tenant.raw().into(), before.into(), limit.into()]).await?.iter().map(job_of).collect()
}

/// The brand after one, by its number, of which documents were captured. Index: primary key.
pub(crate) async fn capturer_after(tx: &mut Tx, after: i64) -> Result<Option<TenantId>, Error> {
    let sql = "SELECT tenant_id
                 FROM trace_capture
                WHERE tenant_id > $1
             ORDER BY tenant_id
                LIMIT 1";
    tx.query_one(sql, &[after.into()]).await?.map(|row| row.id(0)).transpose()
}

/// Forgets what became of documents before an id, the oldest first; gives how many went. Index: primary key.
pub(crate) async fn forget_captures(tx: &mut Tx, tenant: TenantId, (before, limit): (i64, i64)) -> Result<u64, Error> {
    let sql = "DELETE FROM trace_capture
                WHERE tenant_id = $1
                  AND capture_id IN
                      (SELECT capture_id
                         FROM trace_capture
                        WHERE tenant_id = $1 AND capture_id < $2
                     ORDER BY capture_id
                        LIMIT $3)";
    tx.execute(sql, &[tenant.raw().into(), before.into(), limit.into()]).await
}

fn job_of(row: &Row) -> Result<CaptureJob, Error> {
    let errors = row.text(5)?;
    Ok(CaptureJob {
        capture_id: row.id(0)?,
        created_at: row.time(1)?,
        finished_at: row.time(2)?,
        running: false,
        success: row.flag(3)?,
        capture_error_behaviour: if row.flag(4)? { Behaviour::Proceed } else { Behaviour::Rollback },
        errors: serde_json::from_str(&errors).map_err(|_| Error::Unreadable("errors of a capture".to_owned()))?,
    })
}

/// Saves a named query; `false` where there is one of the name.
pub(crate) async fn insert_query(
    tx: &mut Tx,
    tenant: TenantId,
    (name, query): (&str, &str),
    at: Timestamp,
) -> Result<bool, Error> {
    let sql = "INSERT INTO trace_query (tenant_id, name, query, created_at)
               VALUES ($1, $2, $3, $4)
               ON CONFLICT DO NOTHING";
    Ok(tx.execute(sql, &[tenant.raw().into(), name.into(), query.into(), at.into()]).await? == 1)
}

/// The JSON of a named query. Index: primary key.
pub(crate) async fn query(tx: &mut Tx, tenant: TenantId, name: &str) -> Result<Option<String>, Error> {
    let sql = "SELECT query FROM trace_query WHERE tenant_id = $1 AND name = $2";
    tx.query_one(sql, &[tenant.raw().into(), name.into()]).await?.map(|row| row.text(0)).transpose()
}

/// Names and JSON of named queries after a name. Index: primary key.
pub(crate) async fn queries(
    tx: &mut Tx,
    tenant: TenantId,
    after: &str,
    limit: i64,
) -> Result<Vec<(String, String)>, Error> {
    let sql = "SELECT name, query FROM trace_query WHERE tenant_id = $1 AND name > $2 ORDER BY name LIMIT $3";
    let rows = tx.query(sql, &[tenant.raw().into(), after.into(), limit.into()]).await?;
    rows.iter().map(|row| Ok((row.text(0)?, row.text(1)?))).collect()
}

/// Removes a named query with its subscriptions; `false` where there is none.
pub(crate) async fn remove_query(tx: &mut Tx, tenant: TenantId, name: &str) -> Result<bool, Error> {
    let key = [tenant.raw().into(), name.into()];
    tx.execute("DELETE FROM trace_subscription WHERE tenant_id = $1 AND query_name = $2", &key).await?;
    Ok(tx.execute("DELETE FROM trace_query WHERE tenant_id = $1 AND name = $2", &key).await? == 1)
}

/// A subscription as it is kept.
#[derive(Debug, Clone)]
pub(crate) struct Subscribed {
    pub(crate) tenant: TenantId,
    pub(crate) id: SubscriptionId,
    pub(crate) query: String,
    pub(crate) terms: String,
    pub(crate) secret: Option<Vec<u8>>,
    pub(crate) told_number: i64,
    pub(crate) created_at: Timestamp,
    pub(crate) due_at: Timestamp,
    pub(crate) failures: i64,
    pub(crate) told_at: Option<i64>,
    pub(crate) last_error: Option<String>,
}

/// Saves a subscription.
pub(crate) async fn insert_subscription(tx: &mut Tx, new: &Subscribed) -> Result<(), Error> {
    let sql = "INSERT INTO trace_subscription (tenant_id, subscription_id, query_name, terms, secret, told_number,
                                               created_at, due_at, held_until, failures)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, 0)";
    let values = [
        new.tenant.raw().into(),
        new.id.raw().into(),
        new.query.clone().into(),
        new.terms.clone().into(),
        new.secret.clone().into(),
        new.told_number.into(),
        new.created_at.into(),
        new.due_at.into(),
    ];
    tx.execute(sql, &values).await?;
    Ok(())
}

/// The subscriptions of a query. Index: primary key.
pub(crate) async fn subscriptions(
    tx: &mut Tx,
    tenant: TenantId,
    (query, after): (&str, i64),
    limit: i64,
) -> Result<Vec<Subscribed>, Error> {
    let sql = "SELECT tenant_id, subscription_id, query_name, terms, secret, told_number, created_at, due_at, failures,
                      told_at, last_error
                 FROM trace_subscription
                WHERE tenant_id = $1 AND query_name = $2 AND subscription_id > $3
             ORDER BY subscription_id
                LIMIT $4";
    let rows = tx.query(sql, &[tenant.raw().into(), query.into(), after.into(), limit.into()]).await?;
    rows.iter().map(subscribed_of).collect()
}

/// One subscription. Index: primary key.
pub(crate) async fn subscription(
    tx: &mut Tx,
    tenant: TenantId,
    id: SubscriptionId,
) -> Result<Option<Subscribed>, Error> {
    let sql = "SELECT tenant_id, subscription_id, query_name, terms, secret, told_number, created_at, due_at, failures,
                      told_at, last_error
                 FROM trace_subscription
                WHERE tenant_id = $1 AND subscription_id = $2";
    let row = tx.query_one(sql, &[tenant.raw().into(), id.raw().into()]).await?;
    row.as_ref().map(subscribed_of).transpose()
}

/// Removes a subscription; `false` where there is none.
pub(crate) async fn remove_subscription(tx: &mut Tx, tenant: TenantId, id: SubscriptionId) -> Result<bool, Error> {
    let sql = "DELETE FROM trace_subscription WHERE tenant_id = $1 AND subscription_id = $2";
    Ok(tx.execute(sql, &[tenant.raw().into(), id.raw().into()]).await? == 1)
}

/// Subscriptions of all brands that are due and that nobody holds. Index: trace_subscription_due.
pub(crate) async fn due(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<Vec<Subscribed>, Error> {
    let sql = "SELECT tenant_id, subscription_id, query_name, terms, secret, told_number, created_at, due_at, failures,
                      told_at, last_error
                 FROM trace_subscription
                WHERE due_at <= $1 AND held_until < $1
             ORDER BY due_at
                LIMIT $2";
    tx.query(sql, &[now.into(), limit.into()]).await?.iter().map(subscribed_of).collect()
}

/// Holds a subscription until a moment; `false` where somebody else does, or it moved on.
pub(crate) async fn hold(tx: &mut Tx, own: &Subscribed, now: Timestamp, until: Timestamp) -> Result<bool, Error> {
    let sql = "UPDATE trace_subscription
                  SET held_until = $3
                WHERE tenant_id = $1 AND subscription_id = $2 AND held_until < $4 AND told_number = $5 AND due_at = $6";
    let values = [
        own.tenant.raw().into(),
        own.id.raw().into(),
        until.into(),
        now.into(),
        own.told_number.into(),
        own.due_at.into(),
    ];
    Ok(tx.execute(sql, &values).await? == 1)
}

/// What came of telling a subscriber.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) number: i64,
    pub(crate) due_at: Timestamp,
    pub(crate) failures: i64,
    /// When something was told and taken.
    pub(crate) at: Option<i64>,
    pub(crate) error: Option<String>,
}

/// Moves a subscription that is held until a moment, and lets it go; `false` where it is held no more.
pub(crate) async fn moved(tx: &mut Tx, own: &Subscribed, until: Timestamp, told: Told) -> Result<bool, Error> {
    let sql = "UPDATE trace_subscription
                  SET told_number = $4, due_at = $5, failures = $6, told_at = $7, last_error = $8, held_until = 0
                WHERE tenant_id = $1 AND subscription_id = $2 AND held_until = $3";
    let values = [
        own.tenant.raw().into(),
        own.id.raw().into(),
        until.into(),
        told.number.into(),
        told.due_at.into(),
        told.failures.into(),
        told.at.into(),
        told.error.into(),
    ];
    Ok(tx.execute(sql, &values).await? == 1)
}

fn subscribed_of(row: &Row) -> Result<Subscribed, Error> {
    Ok(Subscribed {
        tenant: row.id(0)?,
        id: row.id(1)?,
        query: row.text(2)?,
        terms: row.text(3)?,
        secret: row.opt_bytes(4)?,
        told_number: row.int(5)?,
        created_at: row.time(6)?,
        due_at: row.time(7)?,
        failures: row.int(8)?,
        told_at: row.opt_int(9)?,
        last_error: row.opt_text(10)?,
    })
}

/// Subscriptions of a brand, and those of them whose last try failed. Index: primary key.
pub(crate) async fn standing(tx: &mut Tx, tenant: TenantId) -> Result<(u64, u64), Error> {
    let sql =
        "SELECT CAST(COUNT(*) AS BIGINT), CAST(COALESCE(SUM(CASE WHEN failures > 0 THEN 1 ELSE 0 END), 0) AS BIGINT)
                 FROM trace_subscription
                WHERE tenant_id = $1";
    let row = tx.query_one(sql, &[tenant.raw().into()]).await?;
    let count = |row: &Row, column| Ok::<_, Error>(u64::try_from(row.int(column)?).unwrap_or_default());
    row.map_or(Ok((0, 0)), |row| Ok((count(&row, 0)?, count(&row, 1)?)))
}
