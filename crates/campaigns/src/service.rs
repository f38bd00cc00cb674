//! Making, finding and steering campaigns, inside the caller's transaction.

pub mod caps;
pub mod days;
pub mod slices;

use tallymark_base::id::{CampaignId, IdSource, PrizeId, TenantId};
use tallymark_base::{Clock, TypedId as _};
use tallymark_goods::{batch, product};
use tallymark_store::{Tx, revision};

use crate::types::{Campaign, NewCampaign, NewPrize, Prize};
use crate::{Error, Status, rules, store};

/// Makes a campaign as a draft and funds its budgets and its stock from the brand. On an error the caller's transaction
/// must be rolled back. The products and batches that it names must be there.
pub async fn create(
    tx: &mut Tx,
    tenant: TenantId,
    ids: &IdSource,
    clock: &dyn Clock,
    new: NewCampaign,
) -> Result<Campaign, Error> {
    check(tx, tenant, &new).await?;
    let campaign = campaign_from(new, None, ids, clock)?;
    let at = clock.now();
    store::insert(tx, tenant, &campaign, at).await?;
    let transfers = rules::funding(tenant, ids.next(clock)?, None, &campaign);
    tallymark_ledger::post(tx, tenant, &transfers, at).await?;
    revision::raise(tx, tenant.raw()).await?;
    Ok(campaign)
}

/// Sets the terms of a draft anew, for whoever saw its `version`: budgets and stocks are funded further from the brand, or
/// released to it. A prize that keeps its name keeps its id. Gives the campaign as it was and as it is. On an error the
/// caller's transaction must be rolled back.
pub async fn change(
    tx: &mut Tx,
    tenant: TenantId,
    ids: &IdSource,
    clock: &dyn Clock,
    (id, version): (CampaignId, u32),
    new: NewCampaign,
) -> Result<(Campaign, Campaign), Error> {
    check(tx, tenant, &new).await?;
    let before = store::find(tx, tenant, id).await?.ok_or(Error::NotFound { id })?;
    if before.status != Status::Draft {
        return Err(Error::NotDraft { status: before.status });
    }
    check_version(&before, version)?;
    let after = campaign_from(new, Some(&before), ids, clock)?;
    if !store::set_terms(tx, tenant, &after).await? {
        return Err(CHANGED_MEANWHILE.into());
    }
    let transfers = rules::funding(tenant, ids.next(clock)?, Some(&before), &after);
    tallymark_ledger::post(tx, tenant, &transfers, clock.now()).await?;
    revision::raise(tx, tenant.raw()).await?;
    Ok((before, after))
}

/// Somebody else changed it since it was read: the transaction is done again.
const CHANGED_MEANWHILE: tallymark_store::Error = tallymark_store::Error::RowsWritten { sent: 1, wrote: 0 };

const fn check_version(campaign: &Campaign, given: u32) -> Result<(), Error> {
    match campaign.version == given {
        true => Ok(()),
        false => Err(Error::Changed { version: campaign.version, given }),
    }
}

async fn check(tx: &mut Tx, tenant: TenantId, new: &NewCampaign) -> Result<(), Error> {
    rules::check(new)?;
    if let Some(id) = product::first_unknown(tx, tenant, &new.products).await? {
        return Err(Error::ProductUnknown { id });
    }
    if let Some(id) = batch::first_unknown(tx, tenant, &new.batches).await? {
        return Err(Error::BatchUnknown { id });
    }
    Ok(())
}

/// Every campaign of the tenant, oldest first.
pub async fn list(tx: &mut Tx, tenant: TenantId) -> Result<Vec<Campaign>, Error> {
    Ok(store::list(tx, tenant).await?)
}

/// The running campaigns, oldest first: the settings that scans decide by. Those whose time has not come or has passed
/// are among them; [`rules::eligible`] tells.
pub async fn active(tx: &mut Tx, tenant: TenantId) -> Result<Vec<Campaign>, Error> {
    Ok(store::of_status(tx, tenant, Status::Running).await?)
}

/// One campaign.
pub async fn find(tx: &mut Tx, tenant: TenantId, id: CampaignId) -> Result<Option<Campaign>, Error> {
    Ok(store::find(tx, tenant, id).await?)
}

/// Starts, pauses, continues or ends a campaign. What it has, it keeps: an ended campaign is refused, and setting the
/// status that it has changes nothing. Whoever says which version they saw is refused where it is another.
pub async fn set_status(
    tx: &mut Tx,
    tenant: TenantId,
    (id, seen): (CampaignId, Option<u32>),
    to: Status,
) -> Result<Campaign, Error> {
    let campaign = store::find(tx, tenant, id).await?.ok_or(Error::NotFound { id })?;
    let from = campaign.status;
    if let Some(seen) = seen {
        check_version(&campaign, seen)?;
    }
    if from == to {
        return Ok(campaign);
    }
    if !from.may_become(to) {
        return Err(Error::StatusChange { from, to });
    }
    if !store::set_status(tx, tenant, &campaign, to).await? {
        return Err(CHANGED_MEANWHILE.into());
    }
    revision::raise(tx, tenant.raw()).await?;
    Ok(Campaign { status: to, ..campaign })
}

/// A draft of these terms: a new one, or the one that was before.
fn campaign_from(
    new: NewCampaign,
    before: Option<&Campaign>,
    ids: &IdSource,
    clock: &dyn Clock,
) -> Result<Campaign, Error> {
    let kept = |name: &str| before?.prizes.iter().find(|prize| prize.name == name).map(|prize| prize.id);
    let prize = |new: NewPrize| -> Result<Prize, Error> {
        let id: PrizeId = kept(&new.name).map_or_else(|| ids.next(clock), Ok)?;
        Ok(Prize { id, name: new.name, weight: new.weight, stock: new.stock, reward: new.reward })
    };
    let prizes = new.prizes.into_iter().map(prize).collect::<Result<Vec<_>, _>>()?;
    let fallback = prizes.iter().find(|prize| new.fallback.as_ref() == Some(&prize.name)).map(|prize| prize.id);
    Ok(Campaign {
        id: before.map_or_else(|| ids.next(clock), |before| Ok(before.id))?,
        name: new.name,
        status: Status::Draft,
        version: before.map_or(1, |before| before.version + 1),
        starts: new.starts,
        ends: new.ends,
        regions: ascending(new.regions),
        products: ascending(new.products),
        batches: ascending(new.batches),
        face: new.face,
        audience: new.audience,
        caps: new.caps,
        budget_fen: new.budget_fen,
        budget_points: new.budget_points,
        prizes,
        fallback,
        rule_version: rules::VERSION,
    })
}

fn ascending<T: Ord>(mut list: Vec<T>) -> Vec<T> {
    list.sort_unstable();
    list.dedup();
    list
}
