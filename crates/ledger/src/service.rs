//! Posting, holding and resolving, inside the caller's transaction.

use std::collections::HashMap;

use tallymark_base::id::TenantId;
use tallymark_base::{Timestamp, Unit};
use tallymark_store::Tx;

use crate::rules::{Deltas, check, deltas_of, deltas_of_resolutions};
use crate::types::{AccountKey, Balance, Book, Posted, Resolution, Transfer};
use crate::{Error, store};

/// Posts transfers, all or none. Gives the sums of every account they touched, as they are after it.
///
/// A transfer whose id exists with the same contents was posted before and moves nothing again; with other contents
/// it is [`Error::IdTaken`]. On any error the caller's transaction must be rolled back.
pub async fn post(
    tx: &mut Tx,
    tenant: TenantId,
    transfers: &[Transfer],
    at: Timestamp,
) -> Result<HashMap<AccountKey, Balance>, Error> {
    let wrote = store::insert_transfers(tx, tenant, transfers, at).await?;
    if wrote != transfers.len() as u64 {
        return Err(explain(tx, tenant, transfers, wrote).await?);
    }
    move_balances(tx, tenant, deltas_of(transfers)?).await
}

/// Ends pending transfers: each moves or is let go, once.
pub async fn resolve(
    tx: &mut Tx,
    tenant: TenantId,
    ends: &[Resolution],
    at: Timestamp,
) -> Result<HashMap<AccountKey, Balance>, Error> {
    let held = store::transfers(tx, tenant, ends.iter().map(|end| (end.origin, end.part))).await?;
    let mut pairs = Vec::with_capacity(ends.len());
    for end in ends {
        let posted =
            held.iter().find(|posted| (posted.transfer.origin, posted.transfer.part) == (end.origin, end.part));
        match posted {
            Some(posted) if posted.transfer.pending && posted.resolved.is_none() => pairs.push((posted.transfer, *end)),
            _ => return Err(Error::NotPending { origin: end.origin, part: end.part }),
        }
    }
    // Two callers may both have read it as pending: the unique key lets one through.
    store::insert_resolutions(tx, tenant, ends, at).await?;
    move_balances(tx, tenant, deltas_of_resolutions(&pairs)?).await
}

/// The balances of owners in one book and unit, summed over slots. Owners without an account are missing.
pub async fn balances(
    tx: &mut Tx,
    tenant: TenantId,
    owners: &[i64],
    book: Book,
    unit: Unit,
) -> Result<HashMap<i64, Balance>, Error> {
    Ok(store::balances(tx, tenant, owners, book, unit).await?)
}

/// The sums of single slots; a slot that nothing ever moved through is missing.
pub async fn slots(tx: &mut Tx, tenant: TenantId, keys: &[AccountKey]) -> Result<HashMap<AccountKey, Balance>, Error> {
    Ok(store::slots(tx, tenant, keys).await?)
}

/// The transfers of the given origins, in order of origin and part.
pub async fn find(tx: &mut Tx, tenant: TenantId, origins: &[i64]) -> Result<Vec<Posted>, Error> {
    Ok(store::transfers_of_origins(tx, tenant, origins).await?)
}

async fn move_balances(tx: &mut Tx, tenant: TenantId, deltas: Deltas) -> Result<HashMap<AccountKey, Balance>, Error> {
    let after = store::add_to_accounts(tx, tenant, &deltas).await?;
    for (key, delta) in &deltas {
        let balance = after.get(key).ok_or(tallymark_store::Error::RowsWritten { sent: 1, wrote: 0 })?;
        check(*key, delta, balance)?;
    }
    Ok(after)
}

/// Some ids exist: says whether that is a conflict or a repetition that must be told apart by the caller.
async fn explain(tx: &mut Tx, tenant: TenantId, transfers: &[Transfer], wrote: u64) -> Result<Error, Error> {
    let stored = store::transfers(tx, tenant, transfers.iter().map(|t| (t.origin, t.part))).await?;
    for transfer in transfers {
        let same_id = stored.iter().find(|p| (p.transfer.origin, p.transfer.part) == (transfer.origin, transfer.part));
        if same_id.is_some_and(|posted| posted.transfer != *transfer) {
            return Ok(Error::IdTaken { given: Box::new(*transfer) });
        }
    }
    Ok(tallymark_store::Error::RowsWritten { sent: transfers.len() as u64, wrote }.into())
}
