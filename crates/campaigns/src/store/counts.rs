//! Statements about wins: of a person, and of a day.

use std::collections::HashMap;

use tallymark_base::TypedId as _;
use tallymark_base::id::{AccountId, CampaignId, TenantId};
use tallymark_store::{Error, Rows, Tx};

/// Names a count of wins: whose, where, and on which day.
pub(crate) type WinKey = (AccountId, CampaignId, i64);

/// Stored wins by key. Index: primary key.
pub(crate) async fn wins(
    tx: &mut Tx,
    tenant: TenantId,
    keys: impl Iterator<Item = WinKey>,
) -> Result<HashMap<WinKey, i64>, Error> {
    let rows: Rows<4> = keys
        .map(|(account, campaign, day)| [account.raw().into(), campaign.raw().into(), day.into(), tenant.raw().into()])
        .collect();
    let sql = "WITH v (account_id, campaign_id, day, tenant_id) AS (VALUES …)
               SELECT c.account_id, c.campaign_id, c.day, c.wins
                 FROM (SELECT DISTINCT account_id, campaign_id, day, tenant_id FROM v) w
                 JOIN campaign_cap c
                   ON c.account_id = w.account_id AND c.campaign_id = w.campaign_id
                  AND c.day = w.day AND c.tenant_id = w.tenant_id";
    let found = tx.read_rows(sql, &[], &rows).await?;
    found.iter().map(|row| Ok(((row.id(0)?, row.id(1)?, row.int(2)?), row.int(3)?))).collect()
}

/// Adds wins and gives what the counts are then. `added` is in the order in which every server locks the rows.
pub(crate) async fn add_wins(
    tx: &mut Tx,
    tenant: TenantId,
    added: impl Iterator<Item = (WinKey, i64)>,
) -> Result<HashMap<WinKey, i64>, Error> {
    let rows: Rows<5> = added
        .map(|((account, campaign, day), wins)| {
            [account.raw().into(), campaign.raw().into(), day.into(), tenant.raw().into(), wins.into()]
        })
        .collect();
    let sql = "INSERT INTO campaign_cap (account_id, campaign_id, day, tenant_id, wins)
               VALUES …
               ON CONFLICT (account_id, campaign_id, day, tenant_id) DO UPDATE
                  SET wins = campaign_cap.wins + excluded.wins
               RETURNING account_id, campaign_id, day, wins";
    let after = tx.write_rows_returning(sql, &[], &rows).await?;
    after.iter().map(|row| Ok(((row.id(0)?, row.id(1)?, row.int(2)?), row.int(3)?))).collect()
}

/// A slot of the wins of a day.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DaySlot {
    pub(crate) slot: i64,
    pub(crate) granted: i64,
    pub(crate) wins: i64,
}

/// Every slot of a day. Index: primary key.
pub(crate) async fn day_slots(
    tx: &mut Tx,
    tenant: TenantId,
    campaign: CampaignId,
    day: i64,
) -> Result<Vec<DaySlot>, Error> {
    let sql = "SELECT slot, granted, wins
                 FROM campaign_day
                WHERE campaign_id = $1 AND day = $2 AND tenant_id = $3
             ORDER BY slot";
    let rows = tx.query(sql, &[campaign.raw().into(), day.into(), tenant.raw().into()]).await?;
    rows.iter().map(|row| Ok(DaySlot { slot: row.int(0)?, granted: row.int(1)?, wins: row.int(2)? })).collect()
}

/// Grants wins of a day to a slot (or takes them back, below zero), opening it where it does not exist. Gives how it is
/// then.
pub(crate) async fn grant(
    tx: &mut Tx,
    tenant: TenantId,
    campaign: CampaignId,
    day: i64,
    slot: i64,
    granted: i64,
) -> Result<DaySlot, Error> {
    let sql = "INSERT INTO campaign_day (campaign_id, day, slot, tenant_id, granted, wins)
               VALUES ($1, $2, $3, $4, $5, 0)
               ON CONFLICT (campaign_id, day, slot, tenant_id) DO UPDATE
                  SET granted = campaign_day.granted + excluded.granted
               RETURNING granted, wins";
    let values = [campaign.raw().into(), day.into(), slot.into(), tenant.raw().into(), granted.into()];
    let row = tx.query_one(sql, &values).await?.ok_or(Error::RowsWritten { sent: 1, wrote: 0 })?;
    Ok(DaySlot { slot, granted: row.int(0)?, wins: row.int(1)? })
}

/// Uses granted wins of one server's slots. Each must have been granted, or nothing is written.
pub(crate) async fn use_grants(
    tx: &mut Tx,
    tenant: TenantId,
    slot: i64,
    used: impl Iterator<Item = (CampaignId, i64, i64)>,
) -> Result<(), Error> {
    let rows: Rows<5> = used
        .map(|(campaign, day, wins)| [campaign.raw().into(), day.into(), slot.into(), tenant.raw().into(), wins.into()])
        .collect();
    let sql = "WITH v (campaign_id, day, slot, tenant_id, wins) AS (VALUES …)
               UPDATE campaign_day
                  SET wins = campaign_day.wins + v.wins
                 FROM v
                WHERE campaign_day.campaign_id = v.campaign_id AND campaign_day.day = v.day
                  AND campaign_day.slot = v.slot AND campaign_day.tenant_id = v.tenant_id
                  AND campaign_day.wins + v.wins <= campaign_day.granted";
    tx.write_all_rows(sql, &[], &rows).await
}
