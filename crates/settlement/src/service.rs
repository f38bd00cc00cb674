//! Making, finding and steering rebate rules, inside the caller's transaction.

use tallymark_base::id::{IdSource, RebateId, TenantId, TransferOriginId};
use tallymark_base::{Clock, TypedId as _, Unit};
use tallymark_goods::product;
use tallymark_ledger::{AccountKey, Book, Code, Transfer};
use tallymark_store::{Tx, revision};

use crate::types::{NewRebateRule, RebateRule};
use crate::{Error, Status, rules, store};

/// Makes a rule as a draft and funds its budget from the brand. The products that it names must be there. On an error the
/// caller's transaction must be rolled back.
pub async fn create(
    tx: &mut Tx,
    tenant: TenantId,
    ids: &IdSource,
    clock: &dyn Clock,
    new: NewRebateRule,
) -> Result<RebateRule, Error> {
    rules::check(&new)?;
    if let Some(id) = product::first_unknown(tx, tenant, &new.products).await? {
        return Err(Error::ProductUnknown { id });
    }
    let mut products = new.products;
    products.sort_unstable();
    products.dedup();
    let rule = RebateRule {
        id: ids.next(clock)?,
        name: new.name,
        status: Status::Draft,
        products,
        starts: new.starts,
        ends: new.ends,
        amount_fen: new.amount_fen,
        to: new.to,
        budget_fen: new.budget_fen,
    };
    let at = clock.now();
    store::insert(tx, tenant, &rule, at).await?;
    let origin: TransferOriginId = ids.next(clock)?;
    let funding = Transfer {
        origin: origin.raw(),
        part: 0,
        debit: AccountKey::new(tenant.raw(), Book::Funding, Unit::CNY),
        credit: rule.budget(),
        amount: rule.budget_fen,
        code: Code::Funded,
        pending: false,
    };
    tallymark_ledger::post(tx, tenant, &[funding], at).await?;
    revision::raise(tx, tenant.raw()).await?;
    Ok(rule)
}

/// Every rule of the tenant, oldest first.
pub async fn list(tx: &mut Tx, tenant: TenantId) -> Result<Vec<RebateRule>, Error> {
    Ok(store::list(tx, tenant).await?)
}

/// The running rules, oldest first: the settings that scans decide by. Those whose time has not come or has passed are
/// among them; [`rules::rebate_for`] passes them over.
pub async fn active(tx: &mut Tx, tenant: TenantId) -> Result<Vec<RebateRule>, Error> {
    Ok(store::of_status(tx, tenant, Status::Running).await?)
}

/// One rule.
pub async fn find(tx: &mut Tx, tenant: TenantId, id: RebateId) -> Result<Option<RebateRule>, Error> {
    Ok(store::find(tx, tenant, id).await?)
}

/// Starts, pauses, continues or ends a rule. An ended rule is refused, and setting the status that it has changes nothing.
pub async fn set_status(tx: &mut Tx, tenant: TenantId, id: RebateId, to: Status) -> Result<RebateRule, Error> {
    let rule = store::find(tx, tenant, id).await?.ok_or(Error::NotFound { id })?;
    let from = rule.status;
    if from == to {
        return Ok(rule);
    }
    if !from.may_become(to) {
        return Err(Error::StatusChange { from, to });
    }
    if !store::set_status(tx, tenant, id, from, to).await? {
        // Somebody else changed it since it was read.
        return Err(tallymark_store::Error::RowsWritten { sent: 1, wrote: 0 }.into());
    }
    revision::raise(tx, tenant.raw()).await?;
    Ok(RebateRule { status: to, ..rule })
}
