//! Every statement of settlement.

use tallymark_base::id::{RebateId, TenantId};
use tallymark_base::lifecycle::Status;
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_store::{Error, Row, Tx};

use crate::types::{RebateRule, Recipient};

/// Saves a rule.
pub(crate) async fn insert(tx: &mut Tx, tenant: TenantId, rule: &RebateRule, at: Timestamp) -> Result<(), Error> {
    let products = serde_json::to_string(&rule.products).expect("a list of ids always serializes");
    let sql = "INSERT INTO rebate_rule (rebate_id, tenant_id, name, status, products, starts, ends, amount_fen,
                                        recipient, budget_fen, created_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    let values = [
        rule.id.raw().into(),
        tenant.raw().into(),
        rule.name.as_str().into(),
        rule.status.number().into(),
        products.into(),
        rule.starts.into(),
        rule.ends.into(),
        rule.amount_fen.into(),
        rule.to.number().into(),
        rule.budget_fen.into(),
        at.into(),
    ];
    tx.execute(sql, &values).await?;
    Ok(())
}

/// Every rule, oldest first. Index: rebate_rule_by_tenant.
pub(crate) async fn list(tx: &mut Tx, tenant: TenantId) -> Result<Vec<RebateRule>, Error> {
    let sql = "SELECT rebate_id, name, status, products, starts, ends, amount_fen, recipient, budget_fen
                 FROM rebate_rule
                WHERE tenant_id = $1
             ORDER BY rebate_id";
    tx.query(sql, &[tenant.raw().into()]).await?.iter().map(rule_of).collect()
}

/// The rules of one status, oldest first. Index: rebate_rule_by_tenant.
pub(crate) async fn of_status(tx: &mut Tx, tenant: TenantId, status: Status) -> Result<Vec<RebateRule>, Error> {
    let sql = "SELECT rebate_id, name, status, products, starts, ends, amount_fen, recipient, budget_fen
                 FROM rebate_rule
                WHERE tenant_id = $1 AND status = $2
             ORDER BY rebate_id";
    tx.query(sql, &[tenant.raw().into(), status.number().into()]).await?.iter().map(rule_of).collect()
}

/// One rule. Index: primary key.
pub(crate) async fn find(tx: &mut Tx, tenant: TenantId, id: RebateId) -> Result<Option<RebateRule>, Error> {
    let sql = "SELECT rebate_id, name, status, products, starts, ends, amount_fen, recipient, budget_fen
                 FROM rebate_rule
                WHERE rebate_id = $1 AND tenant_id = $2";
    tx.query_one(sql, &[id.raw().into(), tenant.raw().into()]).await?.as_ref().map(rule_of).transpose()
}

/// Changes the status where it is still `from`; whether it was.
pub(crate) async fn set_status(
    tx: &mut Tx,
    tenant: TenantId,
    id: RebateId,
    from: Status,
    to: Status,
) -> Result<bool, Error> {
    let sql = "UPDATE rebate_rule SET status = $4 WHERE rebate_id = $1 AND tenant_id = $2 AND status = $3";
    let values = [id.raw().into(), tenant.raw().into(), from.number().into(), to.number().into()];
    Ok(tx.execute(sql, &values).await? == 1)
}

fn rule_of(row: &Row) -> Result<RebateRule, Error> {
    let unreadable = |what: &str| Error::Unreadable(format!("rebate rule {what}"));
    Ok(RebateRule {
        id: row.id(0)?,
        name: row.text(1)?,
        status: Status::from_number(row.int(2)?).ok_or_else(|| unreadable("status"))?,
        products: serde_json::from_str(&row.text(3)?).map_err(|error| unreadable(&error.to_string()))?,
        starts: row.time(4)?,
        ends: row.time(5)?,
        amount_fen: row.int(6)?,
        to: Recipient::from_number(row.int(7)?).ok_or_else(|| unreadable("recipient"))?,
        budget_fen: row.int(8)?,
    })
}
