//! Looking at orders.

use tallymark_base::id::{AccountId, OrderId, TenantId};
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_store::Tx;

use crate::{Error, Order, keys, store};

/// One order.
pub async fn find(tx: &mut Tx, tenant: TenantId, id: OrderId) -> Result<Order, Error> {
    store::find(tx, tenant, id).await?.ok_or(Error::NotFound { id })
}

/// The order that has a number of a source.
pub async fn find_by_number(tx: &mut Tx, tenant: TenantId, source: &str, number: &str) -> Result<Order, Error> {
    let key = keys::of_number(source, number);
    let found = store::by_keys(tx, tenant, std::iter::once(key)).await?;
    match found.get(&key) {
        Some(own) => find(tx, tenant, own.id).await,
        None => Err(Error::NumberUnknown { source_name: source.to_owned() }),
    }
}

/// Orders, the latest sale first, from before one that was shown.
pub async fn list(
    tx: &mut Tx,
    tenant: TenantId,
    before: Option<(Timestamp, OrderId)>,
    limit: i64,
) -> Result<Vec<Order>, Error> {
    let before = before.unwrap_or((Timestamp(i64::MAX), OrderId::from_raw(i64::MAX)));
    Ok(store::list(tx, tenant, before, limit).await?)
}

/// The orders of a person, given by all accounts of theirs: the latest recorded first, from before one that was shown.
pub async fn list_of_accounts(
    tx: &mut Tx,
    tenant: TenantId,
    accounts: &[AccountId],
    before: Option<OrderId>,
    limit: i64,
) -> Result<Vec<Order>, Error> {
    let before = before.unwrap_or_else(|| OrderId::from_raw(i64::MAX));
    let mut found = store::of_accounts(tx, tenant, accounts, before, limit).await?;
    found.sort_unstable_by_key(|order| std::cmp::Reverse(order.id));
    found.truncate(usize::try_from(limit).unwrap_or(0));
    Ok(found)
}
