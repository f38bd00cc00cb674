//! Wins of a person: loaded for a batch, counted in memory while it is decided, saved with it.
//!
//! A person's wins are the sum over its source accounts, so joining two people also joins their counts. What was loaded
//! must still be so when it is saved: the upsert gives the counts that stand there then, and when another server changed
//! one of any account of the person, the transaction ends and the batch is decided again.

use std::collections::BTreeMap;

use tallymark_base::id::{AccountId, TenantId};
use tallymark_store::{Error, Tx};

use crate::store::counts::{self, WinKey};
use crate::types::Campaign;

/// The day under which all wins are counted.
const EVER: i64 = -1;

/// A claim whose person's wins are asked for: campaign, the person's accounts, and the day in the tenant's zone
/// ([`tallymark_base::Timestamp::day_in`]).
pub type Claimant<'a> = (&'a Campaign, &'a [AccountId], i64);

/// Wins by account, as they were loaded and with those that were added since.
#[derive(Debug, Default)]
pub struct Wins {
    /// Ordered as rows are locked.
    counts: BTreeMap<WinKey, Count>,
}

#[derive(Debug, Default, Clone, Copy)]
struct Count {
    stored: i64,
    /// None: nobody of this person won. Some(0): an account of a person that won by another account.
    added: Option<i64>,
}

/// Loads the wins that the caps of these claims need; nothing for campaigns without caps per person.
pub async fn load(tx: &mut Tx, tenant: TenantId, claims: &[Claimant<'_>]) -> Result<Wins, Error> {
    let mut counts = BTreeMap::new();
    for (campaign, accounts, day) in claims {
        for account in *accounts {
            counts.extend(days(campaign, *day).map(|day| ((*account, campaign.id, day), Count::default())));
        }
    }
    if !counts.is_empty() {
        for (key, stored) in counts::wins(tx, tenant, counts.keys().copied()).await? {
            counts.entry(key).or_default().stored = stored;
        }
    }
    Ok(Wins { counts })
}

/// Saves what was added. Fails with [`Error::RowsWritten`] when a count is not what was loaded: then roll back, load and
/// decide again.
pub async fn add(tx: &mut Tx, tenant: TenantId, wins: &Wins) -> Result<(), Error> {
    let added: Vec<(WinKey, i64)> = wins.counts.iter().filter_map(|(key, count)| Some((*key, count.added?))).collect();
    if added.is_empty() {
        return Ok(());
    }
    let after = counts::add_wins(tx, tenant, added.iter().copied()).await?;
    let expected = |key: &WinKey, added: i64| wins.counts[key].stored + added;
    let wrote = added.iter().filter(|(key, added)| after.get(key) == Some(&expected(key, *added))).count();
    if wrote != added.len() {
        return Err(Error::RowsWritten { sent: added.len() as u64, wrote: wrote as u64 });
    }
    Ok(())
}

impl Wins {
    /// Wins of the person with these accounts: in the whole campaign, and on the day. 0 where no cap asks.
    pub fn seen(&self, (campaign, accounts, day): Claimant<'_>) -> (u32, u32) {
        let sum = |day: i64| {
            let count = |account: &AccountId| self.counts.get(&(*account, campaign.id, day));
            let wins: i64 =
                accounts.iter().filter_map(count).map(|count| count.stored + count.added.unwrap_or(0)).sum();
            u32::try_from(wins).unwrap_or(u32::MAX)
        };
        (sum(EVER), sum(day))
    }

    /// Counts a win of the first of the accounts.
    pub fn win(&mut self, (campaign, accounts, day): Claimant<'_>) {
        for (position, account) in accounts.iter().enumerate() {
            for day in days(campaign, day) {
                let added = &mut self.counts.entry((*account, campaign.id, day)).or_default().added;
                *added = Some(added.unwrap_or(0) + i64::from(position == 0));
            }
        }
    }
}

/// The days under which a win is counted for the caps that the campaign has.
fn days(campaign: &Campaign, day: i64) -> impl Iterator<Item = i64> + use<> {
    let ever = campaign.caps.per_person.map(|_| EVER);
    let today = campaign.caps.per_person_per_day.map(|_| day);
    ever.into_iter().chain(today)
}
