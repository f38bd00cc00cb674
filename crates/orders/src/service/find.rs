//! Looking at orders.

use tallymark_base::id::{AccountId, OrderId, TenantId};
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_store::Tx;
use tallymark_store::keyset::{self, Period, Span};

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

/// A page of the orders of a person, given by all accounts of theirs: the latest recorded first, after the first order of `place`
/// towards older ones, or before the second.
pub async fn page_of_accounts(
    tx: &mut Tx,
    tenant: TenantId,
    accounts: &[AccountId],
    (after, before): (Option<OrderId>, Option<OrderId>),
    limit: usize,
) -> Result<Vec<Order>, Error> {
    let span = Span::new(&Period::default(), after.map(OrderId::raw), before.map(OrderId::raw), limit);
    let ids = keyset::ids(tx, tenant, &store::BY_ACCOUNT, &ranges(accounts), span).await?;
    let mut found = store::by_ids(tx, tenant, &ids).await?;
    Ok(ids.into_iter().filter_map(|id| found.remove(&OrderId::from_raw(id))).collect())
}

/// How many orders the accounts have, up to [`keyset::COUNT_MAX`]; one more stands for all beyond.
pub async fn count_of_accounts(tx: &mut Tx, tenant: TenantId, accounts: &[AccountId]) -> Result<i64, Error> {
    Ok(keyset::count(tx, tenant, &store::BY_ACCOUNT, &ranges(accounts), &Period::default()).await?)
}

fn ranges(accounts: &[AccountId]) -> Vec<[i64; 1]> {
    accounts.iter().map(|account| [account.raw()]).collect()
}
