//! Making, finding and steering campaigns, inside the caller's transaction.

pub mod caps;
pub mod days;
pub mod slices;

use tallymark_base::id::{CampaignId, IdSource, PrizeId, TenantId, TransferOriginId};
use tallymark_base::{Clock, Timestamp, TypedId as _, Unit};
use tallymark_goods::{batch, product};
use tallymark_ledger::{AccountKey, Book, Code, Transfer};
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
    rules::check(&new)?;
    if let Some(id) = product::first_unknown(tx, tenant, &new.products).await? {
        return Err(Error::ProductUnknown { id });
    }
    if let Some(id) = batch::first_unknown(tx, tenant, &new.batches).await? {
        return Err(Error::BatchUnknown { id });
    }
    let campaign = campaign_from(new, ids, clock)?;
    let at = clock.now();
    store::insert(tx, tenant, &campaign, at).await?;
    fund(tx, tenant, ids.next(clock)?, &campaign, at).await?;
    revision::raise(tx, tenant.raw()).await?;
    Ok(campaign)
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
/// status that it has changes nothing.
pub async fn set_status(tx: &mut Tx, tenant: TenantId, id: CampaignId, to: Status) -> Result<Campaign, Error> {
    let campaign = store::find(tx, tenant, id).await?.ok_or(Error::NotFound { id })?;
    let from = campaign.status;
    if from == to {
        return Ok(campaign);
    }
    if !from.may_become(to) {
        return Err(Error::StatusChange { from, to });
    }
    if !store::set_status(tx, tenant, id, from, to).await? {
        // Somebody else changed it since it was read.
        return Err(tallymark_store::Error::RowsWritten { sent: 1, wrote: 0 }.into());
    }
    revision::raise(tx, tenant.raw()).await?;
    Ok(Campaign { status: to, ..campaign })
}

fn campaign_from(new: NewCampaign, ids: &IdSource, clock: &dyn Clock) -> Result<Campaign, Error> {
    let prize = |new: NewPrize| -> Result<Prize, Error> {
        let id: PrizeId = ids.next(clock)?;
        Ok(Prize { id, name: new.name, weight: new.weight, stock: new.stock, reward: new.reward })
    };
    let prizes = new.prizes.into_iter().map(prize).collect::<Result<Vec<_>, _>>()?;
    let fallback = prizes.iter().find(|prize| new.fallback.as_ref() == Some(&prize.name)).map(|prize| prize.id);
    Ok(Campaign {
        id: ids.next(clock)?,
        name: new.name,
        status: Status::Draft,
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

/// Moves budgets and stock from the brand to the campaign and its prizes.
async fn fund(
    tx: &mut Tx,
    tenant: TenantId,
    origin: TransferOriginId,
    campaign: &Campaign,
    at: Timestamp,
) -> Result<(), Error> {
    let budgets =
        [(campaign.budget(Unit::CNY), campaign.budget_fen), (campaign.budget(Unit::POINTS), campaign.budget_points)];
    let stocks = campaign
        .prizes
        .iter()
        // At most AMOUNT_MAX.
        .filter_map(|prize| Some((prize.stock_account()?, prize.stock? as i64)));
    let funded = budgets.into_iter().chain(stocks).filter(|(_, amount)| *amount > 0);
    let transfers: Vec<Transfer> = (0..)
        .zip(funded)
        .map(|(part, (credit, amount))| Transfer {
            origin: origin.raw(),
            part,
            debit: AccountKey::new(tenant.raw(), Book::Funding, credit.unit),
            credit,
            amount,
            code: Code::Funded,
            pending: false,
        })
        .collect();
    tallymark_ledger::post(tx, tenant, &transfers, at).await?;
    Ok(())
}
