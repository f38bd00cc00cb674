//! Every statement of campaigns.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use tallymark_base::event::Word;
use tallymark_base::geography::Adcode;
use tallymark_base::id::{BatchId, CampaignId, PrizeId, ProductId, TenantId};
use tallymark_base::lifecycle::Status;
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_codes::Face;
use tallymark_store::dimension::Page;
use tallymark_store::{Error, Row, Rows, Tx};

use crate::dimensions;
use crate::types::{Audience, Campaign, Caps, Prize, Reward};

pub(crate) mod counts;

/// The terms that are only read as a whole.
#[derive(Serialize, Deserialize)]
struct Terms {
    regions: Vec<Adcode>,
    products: Vec<ProductId>,
    batches: Vec<BatchId>,
    face: Option<Face>,
    audience: Audience,
    caps: Caps,
}

/// Saves a campaign with its prizes.
pub(crate) async fn insert(tx: &mut Tx, tenant: TenantId, campaign: &Campaign, at: Timestamp) -> Result<(), Error> {
    let sql = "INSERT INTO campaign (campaign_id, tenant_id, name, status, starts, ends, terms, budget_fen,
                                     budget_points, fallback_id, rule_version, created_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    let values = [
        campaign.id.raw().into(),
        tenant.raw().into(),
        campaign.name.as_str().into(),
        campaign.status.number().into(),
        campaign.starts.into(),
        campaign.ends.into(),
        terms_of(campaign).into(),
        campaign.budget_fen.into(),
        campaign.budget_points.into(),
        campaign.fallback.map(|prize| prize.raw()).into(),
        i64::from(campaign.rule_version).into(),
        at.into(),
    ];
    tx.execute(sql, &values).await?;
    insert_prizes(tx, tenant, campaign).await
}

/// Sets the terms of a draft anew, where its version is still the one before; whether it was.
pub(crate) async fn set_terms(tx: &mut Tx, tenant: TenantId, campaign: &Campaign) -> Result<bool, Error> {
    let sql = "UPDATE campaign
                  SET name = $3, starts = $4, ends = $5, terms = $6, budget_fen = $7, budget_points = $8,
                      fallback_id = $9, rule_version = $10, version = $11
                WHERE campaign_id = $1 AND tenant_id = $2 AND version = $12 AND status = $13";
    let values = [
        campaign.id.raw().into(),
        tenant.raw().into(),
        campaign.name.as_str().into(),
        campaign.starts.into(),
        campaign.ends.into(),
        terms_of(campaign).into(),
        campaign.budget_fen.into(),
        campaign.budget_points.into(),
        campaign.fallback.map(|prize| prize.raw()).into(),
        i64::from(campaign.rule_version).into(),
        i64::from(campaign.version).into(),
        (i64::from(campaign.version) - 1).into(),
        Status::Draft.number().into(),
    ];
    if tx.execute(sql, &values).await? != 1 {
        return Ok(false);
    }
    let sql = "DELETE FROM prize WHERE tenant_id = $1 AND campaign_id = $2";
    tx.execute(sql, &[tenant.raw().into(), campaign.id.raw().into()]).await?;
    insert_prizes(tx, tenant, campaign).await?;
    Ok(true)
}

fn terms_of(campaign: &Campaign) -> String {
    let terms = Terms {
        regions: campaign.regions.clone(),
        products: campaign.products.clone(),
        batches: campaign.batches.clone(),
        face: campaign.face,
        audience: campaign.audience,
        caps: campaign.caps,
    };
    serde_json::to_string(&terms).expect("terms are a plain struct: they always serialize")
}

async fn insert_prizes(tx: &mut Tx, tenant: TenantId, campaign: &Campaign) -> Result<(), Error> {
    let rows: Rows<10> = (0_i64..)
        .zip(&campaign.prizes)
        .map(|(position, prize)| {
            let (reward, least, most) = numbers_of(prize.reward);
            [
                campaign.id.raw().into(),
                position.into(),
                prize.id.raw().into(),
                tenant.raw().into(),
                prize.name.as_str().into(),
                i64::from(prize.weight).into(),
                // At most AMOUNT_MAX.
                prize.stock.map(|stock| stock as i64).into(),
                reward.into(),
                least.into(),
                most.into(),
            ]
        })
        .collect();
    let sql = "INSERT INTO prize (campaign_id, position, prize_id, tenant_id, name, weight, stock, reward, least, most)
               VALUES …";
    tx.write_all_rows(sql, &[], &rows).await
}

/// Every campaign, oldest first. Index: campaign_by_tenant.
pub(crate) async fn list(tx: &mut Tx, tenant: TenantId) -> Result<Vec<Campaign>, Error> {
    let sql = "SELECT campaign_id, name, status, starts, ends, terms, budget_fen, budget_points, fallback_id,
                      rule_version, version
                 FROM campaign
                WHERE tenant_id = $1
             ORDER BY campaign_id";
    let rows = tx.query(sql, &[tenant.raw().into()]).await?;
    joined(tx, tenant, &rows).await
}

/// The campaigns of one status, oldest first. Index: campaign_by_tenant.
pub(crate) async fn of_status(tx: &mut Tx, tenant: TenantId, status: Status) -> Result<Vec<Campaign>, Error> {
    let sql = "SELECT campaign_id, name, status, starts, ends, terms, budget_fen, budget_points, fallback_id,
                      rule_version, version
                 FROM campaign
                WHERE tenant_id = $1 AND status = $2
             ORDER BY campaign_id";
    let rows = tx.query(sql, &[tenant.raw().into(), status.number().into()]).await?;
    joined(tx, tenant, &rows).await
}

/// One campaign. Index: primary key.
pub(crate) async fn find(tx: &mut Tx, tenant: TenantId, id: CampaignId) -> Result<Option<Campaign>, Error> {
    let sql = "SELECT campaign_id, name, status, starts, ends, terms, budget_fen, budget_points, fallback_id,
                      rule_version, version
                 FROM campaign
                WHERE campaign_id = $1 AND tenant_id = $2";
    let rows = tx.query(sql, &[id.raw().into(), tenant.raw().into()]).await?;
    Ok(joined(tx, tenant, &rows).await?.pop())
}

/// Changes the status of a campaign that is still as it was read; whether it was.
pub(crate) async fn set_status(tx: &mut Tx, tenant: TenantId, read: &Campaign, to: Status) -> Result<bool, Error> {
    let sql = "UPDATE campaign
                  SET status = $3
                WHERE campaign_id = $1 AND tenant_id = $2 AND status = $4 AND version = $5";
    let values = [
        read.id.raw().into(),
        tenant.raw().into(),
        to.number().into(),
        read.status.number().into(),
        i64::from(read.version).into(),
    ];
    Ok(tx.execute(sql, &values).await? == 1)
}

/// Adds the prizes to rows of campaigns.
async fn joined(tx: &mut Tx, tenant: TenantId, rows: &[Row]) -> Result<Vec<Campaign>, Error> {
    let keys: Rows<1> = rows.iter().map(|row| Ok([row.int(0)?.into()])).collect::<Result<_, Error>>()?;
    let sql = "SELECT campaign_id, prize_id, name, weight, stock, reward, least, most
                 FROM prize
                WHERE tenant_id = $1 AND campaign_id IN (…)
             ORDER BY campaign_id, position";
    let mut prizes: HashMap<CampaignId, Vec<Prize>> = HashMap::new();
    for row in tx.read_rows(sql, &[tenant.raw().into()], &keys).await? {
        prizes.entry(row.id(0)?).or_default().push(prize_of(&row)?);
    }
    rows.iter().map(|row| campaign_of(row, prizes.remove(&row.id(0)?).unwrap_or_default())).collect()
}

fn status_of(number: i64) -> Result<Status, Error> {
    Status::from_number(number).ok_or_else(|| Error::Unreadable("campaign status".to_owned()))
}

fn campaign_of(row: &Row, prizes: Vec<Prize>) -> Result<Campaign, Error> {
    let unreadable = |what: &str| Error::Unreadable(format!("campaign {what}"));
    let terms: Terms = serde_json::from_str(&row.text(5)?).map_err(|error| unreadable(&error.to_string()))?;
    Ok(Campaign {
        id: row.id(0)?,
        name: row.text(1)?,
        status: status_of(row.int(2)?)?,
        version: u32::try_from(row.int(10)?).map_err(|_| unreadable("version"))?,
        starts: row.time(3)?,
        ends: row.time(4)?,
        regions: terms.regions,
        products: terms.products,
        batches: terms.batches,
        face: terms.face,
        audience: terms.audience,
        caps: terms.caps,
        budget_fen: row.int(6)?,
        budget_points: row.int(7)?,
        prizes,
        fallback: row.opt_int(8)?.map(PrizeId::from_raw),
        rule_version: u32::try_from(row.int(9)?).map_err(|_| unreadable("rule version"))?,
    })
}

fn prize_of(row: &Row) -> Result<Prize, Error> {
    let unreadable = |what: &str| Error::Unreadable(format!("prize {what}"));
    let (reward, least, most) = (row.int(5)?, row.int(6)?, row.int(7)?);
    Ok(Prize {
        id: row.id(1)?,
        name: row.text(2)?,
        weight: u32::try_from(row.int(3)?).map_err(|_| unreadable("weight"))?,
        stock: row.opt_int(4)?.map(u64::try_from).transpose().map_err(|_| unreadable("stock"))?,
        reward: match reward {
            1 => Reward::Nothing,
            2 => Reward::Points { points: least },
            3 => Reward::RedPacket { min_fen: least, max_fen: most },
            4 => Reward::Gift,
            _ => return Err(unreadable("reward")),
        },
    })
}

/// A reward as its stored number and range.
const fn numbers_of(reward: Reward) -> (i64, i64, i64) {
    match reward {
        Reward::Nothing => (1, 0, 0),
        Reward::Points { points } => (2, points, points),
        Reward::RedPacket { min_fen, max_fen } => (3, min_fen, max_fen),
        Reward::Gift => (4, 1, 1),
    }
}

/// Campaigns of every tenant after a key, for the lake. Index: primary key.
pub(crate) async fn dimension(tx: &mut Tx, after: (i64, i64), limit: u32) -> Result<Page, Error> {
    let sql = "SELECT campaign_id, tenant_id, name, status, starts, ends, budget_fen, budget_points, created_at
                 FROM campaign
                WHERE campaign_id > $1
             ORDER BY campaign_id
                LIMIT $2";
    let mut page = Page::default();
    for row in tx.query(sql, &[after.1.into(), i64::from(limit).into()]).await? {
        let campaign: CampaignId = row.id(0)?;
        let of = dimensions::Campaign {
            campaign,
            name: row.text(2)?,
            status: Word(status_of(row.int(3)?)?),
            starts: row.time(4)?,
            ends: row.time(5)?,
            budget_fen: row.int(6)?,
            budget_points: row.int(7)?,
        };
        page.push(row.int(1)?, campaign.raw(), row.time(8)?, &of);
    }
    Ok(page)
}
