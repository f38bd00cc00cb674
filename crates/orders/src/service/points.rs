//! Making, finding and steering the rules by which orders earn points.

use tallymark_base::id::{PointsRuleId, TenantId};
use tallymark_store::{Context, Tx};

use crate::rules::check_rule;
use crate::{Error, NewPointsRule, PointsRule, Status, store};

/// Makes a rule as a draft.
pub async fn create_rule(
    tx: &mut Tx,
    context: &Context,
    tenant: TenantId,
    new: NewPointsRule,
) -> Result<PointsRule, Error> {
    check_rule(&new)?;
    let mut sources = new.sources;
    sources.sort_unstable();
    sources.dedup();
    let rule = PointsRule {
        id: context.ids.next(&*context.clock)?,
        name: new.name,
        status: Status::Draft,
        sources,
        currency: new.currency,
        per_amount: new.per_amount,
        points: new.points,
        starts: new.starts,
        ends: new.ends,
    };
    store::insert_rule(tx, tenant, &rule, context.clock.now()).await?;
    Ok(rule)
}

/// Every rule of the tenant, the oldest first.
pub async fn list_rules(tx: &mut Tx, tenant: TenantId) -> Result<Vec<PointsRule>, Error> {
    Ok(store::rules(tx, tenant).await?)
}

/// One rule.
pub async fn find_rule(tx: &mut Tx, tenant: TenantId, id: PointsRuleId) -> Result<PointsRule, Error> {
    store::rule(tx, tenant, id).await?.ok_or(Error::RuleNotFound { id })
}

/// Starts, pauses, continues or ends a rule. Setting the status that it has changes nothing.
pub async fn set_rule_status(tx: &mut Tx, tenant: TenantId, id: PointsRuleId, to: Status) -> Result<PointsRule, Error> {
    let rule = find_rule(tx, tenant, id).await?;
    let from = rule.status;
    if from == to {
        return Ok(rule);
    }
    if !from.may_become(to) {
        return Err(Error::StatusChange { from, to });
    }
    if !store::set_rule_status(tx, tenant, id, from, to).await? {
        // Somebody else changed it since it was read.
        return Err(tallymark_store::Error::RowsWritten { sent: 1, wrote: 0 }.into());
    }
    Ok(PointsRule { status: to, ..rule })
}
