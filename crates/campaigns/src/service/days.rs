//! Wins of a day in campaigns with a cap per day: granted to servers in slices, used up by each on its own row.
//!
//! The grants of all servers never exceed the cap, and a server never uses more than was granted to it; so the cap holds
//! whatever runs at the same time, and no server waits for another's row while it decides.

use tallymark_base::Clock;
use tallymark_base::id::{CampaignId, IdSource, TenantId};
use tallymark_store::{Store, Tx, node};

use super::slices::SHARE;
use crate::Error;
use crate::rules::Left;
use crate::store::counts::{self, DaySlot};
use crate::types::Campaign;

/// The slot that counts what was granted to all servers.
const ALL: i64 = 0;

/// Gets at least `missing` more wins of a day for this server's slot, in a transaction of its own: an eighth of those
/// that are not granted yet, or what there is. When it is not enough, slots of servers whose lease ran out give back
/// what they did not use. Gives what this server can use then; `exhausted` says that it was not enough and nothing more
/// can be had. A campaign without a cap per day has no end of them.
///
/// The caller must hold no open transaction.
pub async fn take(
    store: &Store,
    tenant: TenantId,
    campaign: &Campaign,
    day: i64,
    missing: i64,
    ids: &IdSource,
    clock: &dyn Clock,
) -> Result<Left, Error> {
    let Some(cap) = campaign.caps.per_day else { return Ok(Left { local: i64::MAX, exhausted: false }) };
    let mut tx = store.write().await?;
    // Opens and locks the row that everybody who takes must pass.
    let all = counts::grant(&mut tx, tenant, campaign.id, day, ALL, 0).await?;
    let mut free = i64::from(cap) - all.granted;
    if free < missing {
        free += sweep(&mut tx, tenant, campaign.id, day, ids.node(), clock).await?;
    }
    let taken = missing.max(free / SHARE).min(free);
    counts::grant(&mut tx, tenant, campaign.id, day, ALL, taken).await?;
    let own = counts::grant(&mut tx, tenant, campaign.id, day, slot_of(ids.node()), taken).await?;
    tx.commit().await?;
    Ok(Left { local: own.granted - own.wins, exhausted: taken < missing })
}

/// Wins of a day that were granted to this server and are not used: a server that starts again goes on with them.
pub async fn held(tx: &mut Tx, tenant: TenantId, campaign: CampaignId, day: i64, node: u16) -> Result<i64, Error> {
    let slots = counts::day_slots(tx, tenant, campaign, day).await?;
    let own = slots.into_iter().find(|slot| slot.slot == slot_of(node));
    Ok(own.map_or(0, |own| own.granted - own.wins))
}

/// Counts wins of this server, by campaign and day, each pair once. Fails with
/// [`RowsWritten`](tallymark_store::Error::RowsWritten) when more were used than this server was granted.
pub async fn add(
    tx: &mut Tx,
    tenant: TenantId,
    node: u16,
    used: &[(CampaignId, i64, i64)],
) -> Result<(), tallymark_store::Error> {
    if used.is_empty() {
        return Ok(());
    }
    counts::use_grants(tx, tenant, slot_of(node), used.iter().copied()).await
}

/// Takes back what servers did not use whose lease ran out; gives how many.
async fn sweep(
    tx: &mut Tx,
    tenant: TenantId,
    campaign: CampaignId,
    day: i64,
    own: u16,
    clock: &dyn Clock,
) -> Result<i64, Error> {
    let expired: Vec<i64> =
        node::expired(tx, clock.now()).await?.into_iter().filter(|node| *node != own).map(slot_of).collect();
    let mut freed = 0;
    for DaySlot { slot, granted, wins } in counts::day_slots(tx, tenant, campaign, day).await? {
        if expired.contains(&slot) && granted > wins {
            let after = counts::grant(tx, tenant, campaign, day, slot, wins - granted).await?;
            // Its server was alive after all and used some: it keeps them, and the books must say so.
            let kept = (after.wins - after.granted).max(0);
            if kept > 0 {
                counts::grant(tx, tenant, campaign, day, slot, kept).await?;
            }
            freed += granted - wins - kept;
        }
    }
    counts::grant(tx, tenant, campaign, day, ALL, -freed).await?;
    Ok(freed)
}

fn slot_of(node: u16) -> i64 {
    i64::from(node) + 1
}
