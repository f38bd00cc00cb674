//! Slices of a budget or stock (escrow): a server moves a part of the account itself (slot 0) into its own slot and
//! spends from there, so that no server waits for another's row while it decides.
//!
//! Every slice is a ledger transfer, and the ledger never lets a slot go below zero; so all slots and all that was spent
//! add up to what was funded, whoever takes, spends or dies at the same time.

use tallymark_base::id::{IdSource, TenantId, TransferOriginId};
use tallymark_base::{Clock, TypedId as _};
use tallymark_ledger::{AccountKey, Code, Transfer, post, slots};
use tallymark_store::{Store, Tx, node};

use crate::Error;
use crate::rules::Left;

/// A slice is at least this fraction of what is left: large enough to be rare, small enough that a server that dies or
/// idles does not sit on much.
pub(super) const SHARE: i64 = 8;
/// Attempts when others take from the account at the same time.
const TRIES_MAX: usize = 16;

/// Moves at least `missing` from `account` (slot 0) to this server's slot of it, in a transaction of its own: an eighth of
/// what is left, or what there is. When that is not enough, slots of servers whose lease ran out are swept back first.
/// Gives what is in this server's slot then; `exhausted` says that it was not enough and nothing more can be had.
///
/// The caller must hold no open transaction. `account` may be the budget of a campaign or of a rebate rule, or a stock.
pub async fn take(
    store: &Store,
    tenant: TenantId,
    account: AccountKey,
    missing: i64,
    ids: &IdSource,
    clock: &dyn Clock,
) -> Result<Left, Error> {
    for _ in 0..TRIES_MAX {
        let mut tx = store.write().await?;
        match take_once(&mut tx, tenant, account, missing, ids, clock).await {
            Ok(left) => {
                tx.commit().await?;
                return Ok(left);
            }
            Err(error) if is_of_a_race(&error) => tx.rollback().await?,
            Err(error) => return Err(error),
        }
    }
    Err(tallymark_store::Error::Contended.into())
}

async fn take_once(
    tx: &mut Tx,
    tenant: TenantId,
    account: AccountKey,
    missing: i64,
    ids: &IdSource,
    clock: &dyn Clock,
) -> Result<Left, Error> {
    let own = account.at_node(ids.node());
    let origin: TransferOriginId = ids.aside().next(clock)?;
    let mut moves = Vec::new();
    let mut between = |debit, credit, amount, code| {
        let part = moves.len() as i64;
        moves.push(Transfer { origin: origin.raw(), part, debit, credit, amount, code, pending: false });
    };

    let mut left = available(tx, tenant, &[account]).await?.first().map_or(0, |(_, amount)| *amount);
    if left < missing {
        for (slot, amount) in abandoned(tx, tenant, own, clock).await? {
            between(slot, account, amount, Code::SliceReturned);
            left += amount;
        }
    }
    let amount = missing.max(left / SHARE).min(left);
    if amount == 0 {
        let local = available(tx, tenant, &[own]).await?.first().map_or(0, |(_, amount)| *amount);
        return Ok(Left { local, exhausted: true });
    }
    between(account, own, amount, Code::SliceTaken);
    let after = post(tx, tenant, &moves, clock.now()).await?;
    Ok(Left { local: after[&own].available(), exhausted: amount < missing })
}

/// What servers left in their slots whose lease ran out. `own` is this server's slot.
async fn abandoned(
    tx: &mut Tx,
    tenant: TenantId,
    own: AccountKey,
    clock: &dyn Clock,
) -> Result<Vec<(AccountKey, i64)>, Error> {
    let expired = node::expired(tx, clock.now()).await?;
    let keys: Vec<AccountKey> = expired.into_iter().map(|node| own.at_node(node)).filter(|slot| *slot != own).collect();
    Ok(available(tx, tenant, &keys).await?)
}

/// Those of the slots that have something, with what they have, in the order in which rows are locked.
async fn available(
    tx: &mut Tx,
    tenant: TenantId,
    keys: &[AccountKey],
) -> Result<Vec<(AccountKey, i64)>, tallymark_ledger::Error> {
    let found = slots(tx, tenant, keys).await?;
    let mut some: Vec<(AccountKey, i64)> =
        found.into_iter().map(|(key, balance)| (key, balance.available())).filter(|(_, amount)| *amount > 0).collect();
    some.sort_unstable_by_key(|(key, _)| *key);
    Ok(some)
}

/// Whether another server moved between this one's look and its move.
fn is_of_a_race(error: &Error) -> bool {
    match error {
        Error::Ledger(tallymark_ledger::Error::Insufficient { .. }) => true,
        Error::Ledger(tallymark_ledger::Error::Store(error)) | Error::Store(error) => error.is_worth_repeating(),
        _ => false,
    }
}
