//! Statements about recalls.

use tallymark_base::id::{RecallId, TenantId};
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_store::{Error, Row, Rows, Tx};

use super::{number, number_of, serials_of, unreadable};
use crate::Recall;
use crate::rules::trace::fact::Indexes;

/// Saves a recall and its codes.
pub(crate) async fn insert(tx: &mut Tx, tenant: TenantId, recall: &Recall, runs: &[Indexes]) -> Result<(), Error> {
    let sql = "INSERT INTO recall (tenant_id, recall_id, at, texts, scope, reason, items, lifted_at, lift_reason)
               VALUES ($1, $2, $3, $4, $5, $6, $7, 0, '')";
    let values = [
        tenant.raw().into(),
        recall.id.raw().into(),
        recall.at.into(),
        json(&recall.texts)?.into(),
        json(&recall.scope)?.into(),
        recall.reason.as_str().into(),
        number(recall.items),
    ];
    tx.execute(sql, &values).await?;
    let rows: Rows<4> = runs
        .iter()
        .map(|run| [tenant.raw().into(), recall.id.raw().into(), number(run.first), number(run.last)])
        .collect();
    tx.write_all_rows("INSERT INTO recall_run (tenant_id, recall_id, first_index, last_index) VALUES …", &[], &rows)
        .await
}

/// Lifts a recall that stands; false where there is none.
pub(crate) async fn lift(
    tx: &mut Tx,
    tenant: TenantId,
    id: RecallId,
    reason: &str,
    at: Timestamp,
) -> Result<bool, Error> {
    let sql = "UPDATE recall
                  SET lifted_at = $3, lift_reason = $4
                WHERE tenant_id = $1 AND recall_id = $2 AND lifted_at = 0";
    Ok(tx.execute(sql, &[tenant.raw().into(), id.raw().into(), at.into(), reason.into()]).await? == 1)
}

/// One recall. Index: primary key.
pub(crate) async fn find(tx: &mut Tx, tenant: TenantId, id: RecallId) -> Result<Option<Recall>, Error> {
    let sql = "SELECT recall_id, at, texts, scope, reason, items, lifted_at, lift_reason
                 FROM recall
                WHERE tenant_id = $1 AND recall_id = $2";
    tx.query_one(sql, &[tenant.raw().into(), id.raw().into()]).await?.as_ref().map(recall_of).transpose()
}

/// Recalls before one (none: the latest), the latest first. Index: primary key.
pub(crate) async fn list(
    tx: &mut Tx,
    tenant: TenantId,
    before: Option<RecallId>,
    limit: i64,
) -> Result<Vec<Recall>, Error> {
    let sql = "SELECT recall_id, at, texts, scope, reason, items, lifted_at, lift_reason
                 FROM recall
                WHERE tenant_id = $1 AND recall_id < $2
             ORDER BY recall_id DESC
                LIMIT $3";
    let before = before.map_or(i64::MAX, |id| id.raw());
    tx.query(sql, &[tenant.raw().into(), before.into(), limit.into()]).await?.iter().map(recall_of).collect()
}

/// How many recalls stand, up to `limit`. Index: recall_standing.
pub(crate) async fn standing(tx: &mut Tx, tenant: TenantId, limit: i64) -> Result<usize, Error> {
    let sql = "SELECT recall_id FROM recall WHERE tenant_id = $1 AND lifted_at = 0 LIMIT $2";
    Ok(tx.query(sql, &[tenant.raw().into(), limit.into()]).await?.len())
}

/// Every recall that stands, the oldest first. Index: recall_standing.
pub(crate) async fn all_standing(tx: &mut Tx, tenant: TenantId) -> Result<Vec<Recall>, Error> {
    let sql = "SELECT recall_id, at, texts, scope, reason, items, lifted_at, lift_reason
                 FROM recall
                WHERE tenant_id = $1 AND lifted_at = 0
             ORDER BY recall_id";
    tx.query(sql, &[tenant.raw().into()]).await?.iter().map(recall_of).collect()
}

/// The codes of a recall, rising. Index: primary key.
pub(crate) async fn runs(tx: &mut Tx, tenant: TenantId, id: RecallId) -> Result<Vec<Indexes>, Error> {
    let sql = "SELECT first_index, last_index
                 FROM recall_run
                WHERE tenant_id = $1 AND recall_id = $2
             ORDER BY first_index";
    let rows = tx.query(sql, &[tenant.raw().into(), id.raw().into()]).await?;
    rows.iter().map(|row| serials_of(row, 0)).collect()
}

fn recall_of(row: &Row) -> Result<Recall, Error> {
    let lifted = row.int(6)?;
    Ok(Recall {
        id: row.id(0)?,
        at: row.time(1)?,
        texts: serde_json::from_str(&row.text(2)?).map_err(|error| unreadable("texts of a recall", error))?,
        scope: serde_json::from_str(&row.text(3)?).map_err(|error| unreadable("scope of a recall", error))?,
        reason: row.text(4)?,
        items: number_of(row, 5)?,
        lifted_at: (lifted != 0).then(|| row.time(6)).transpose()?,
        lift_reason: if lifted == 0 { None } else { Some(row.text(7)?) },
    })
}

fn json<T: serde::Serialize>(value: &T) -> Result<String, Error> {
    serde_json::to_string(value).map_err(|error| unreadable("recall", error))
}
