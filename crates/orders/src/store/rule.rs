//! Statements about the rules by which orders earn points.

use tallymark_base::id::{PointsRuleId, TenantId};
use tallymark_base::lifecycle::Status;
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_store::{Error, Row, Tx};

use super::order::{currency, read};
use crate::PointsRule;

/// Saves a rule.
pub(crate) async fn insert_rule(tx: &mut Tx, tenant: TenantId, rule: &PointsRule, at: Timestamp) -> Result<(), Error> {
    let sources = serde_json::to_string(&rule.sources).expect("a list of texts always serializes");
    let sql =
        "INSERT INTO points_rule (tenant_id, rule_id, name, status, sources, currency, per_amount, points, starts,
                                        ends, created_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    let values = [
        tenant.raw().into(),
        rule.id.raw().into(),
        rule.name.as_str().into(),
        rule.status.number().into(),
        sources.into(),
        rule.currency.code().into(),
        rule.per_amount.into(),
        rule.points.into(),
        rule.starts.into(),
        rule.ends.into(),
        at.into(),
    ];
    tx.execute(sql, &values).await?;
    Ok(())
}

/// Every rule of a tenant, the oldest first: a brand has tens of them. Index: primary key.
pub(crate) async fn rules(tx: &mut Tx, tenant: TenantId) -> Result<Vec<PointsRule>, Error> {
    let sql = "SELECT rule_id, name, status, sources, currency, per_amount, points, starts, ends
                 FROM points_rule
                WHERE tenant_id = $1
             ORDER BY rule_id";
    tx.query(sql, &[tenant.raw().into()]).await?.iter().map(rule_of).collect()
}

/// One rule. Index: primary key.
pub(crate) async fn rule(tx: &mut Tx, tenant: TenantId, id: PointsRuleId) -> Result<Option<PointsRule>, Error> {
    let sql = "SELECT rule_id, name, status, sources, currency, per_amount, points, starts, ends
                 FROM points_rule
                WHERE tenant_id = $1 AND rule_id = $2";
    tx.query_one(sql, &[tenant.raw().into(), id.raw().into()]).await?.as_ref().map(rule_of).transpose()
}

/// Changes the status where it is still `from`; whether it was.
pub(crate) async fn set_rule_status(
    tx: &mut Tx,
    tenant: TenantId,
    id: PointsRuleId,
    from: Status,
    to: Status,
) -> Result<bool, Error> {
    let sql = "UPDATE points_rule SET status = $4 WHERE tenant_id = $1 AND rule_id = $2 AND status = $3";
    let values = [tenant.raw().into(), id.raw().into(), from.number().into(), to.number().into()];
    Ok(tx.execute(sql, &values).await? == 1)
}

fn rule_of(row: &Row) -> Result<PointsRule, Error> {
    let status = Status::from_number(row.int(2)?);
    Ok(PointsRule {
        id: row.id(0)?,
        name: row.text(1)?,
        status: status.ok_or_else(|| Error::Unreadable("the status of a points rule".to_owned()))?,
        sources: read(&row.text(3)?, "the sources of a points rule")?,
        currency: currency(row, 4)?,
        per_amount: row.int(5)?,
        points: row.int(6)?,
        starts: row.time(7)?,
        ends: row.time(8)?,
    })
}
