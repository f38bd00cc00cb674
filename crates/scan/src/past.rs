//! Scans that leave the database once the lake has them, and the proof of what they left behind.
//!
//! A scan's row explains its decision; nothing that is still to be decided needs it. Caps, claims, rebates, balances and the
//! journal stay as they are, in tables of their own. So an old row may go, when it was proved a last time: each page of
//! rows is decided again and compared with its transfers and codes ([`crate::verify`]), and only what is right goes. In the
//! same transaction the sums of [`Past`] grow by what went, so that the journal and the codes can be compared with them
//! for ever.

use std::collections::BTreeMap;

use tallymark_base::id::{ScanId, TenantId};
use tallymark_base::{Timestamp, TypedId};
use tallymark_store::{Store, Tx};

use crate::verify::Check;
use crate::{Error, store};

/// What is kept of the scans of one day of a tenant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Past {
    /// The last scan that went.
    pub(crate) last: i64,
    /// How many went.
    pub(crate) scans: i64,
    /// Those that claimed their code.
    pub(crate) claims: i64,
    /// Those that earned a rebate.
    pub(crate) rebates: i64,
}

/// Sums of one page, by tenant and UTC day, and by tenant and unit.
#[derive(Debug, Default)]
pub(crate) struct Sums {
    pub(crate) days: BTreeMap<(TenantId, i64), Past>,
    pub(crate) values: BTreeMap<(TenantId, i64), i64>,
}

/// What a step of [`forget`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forgotten {
    /// Rows that went.
    pub scans: usize,
    /// Where the next step goes on; `None` when nothing is left.
    pub next: Option<ScanId>,
}

/// Lets up to `limit` scans go that were decided before `before`, the oldest above `after` first, in one transaction. The
/// caller makes sure that the lake has their events, and that nobody repeats their requests any more.
///
/// # Errors
///
/// [`Error::NotRight`] when one of them is not what its transfers and its code say: then none of the page goes. Of the
/// database; then nothing happened.
pub async fn forget(store: &Store, before: Timestamp, after: ScanId, limit: u32) -> Result<Forgotten, Error> {
    let mut tx = store.write().await?;
    let mut page = store::scans_after(&mut tx, after, limit).await?;
    let read = page.len();
    let old = page.iter().take_while(|(_, scan)| scan.at < before).count();
    page.truncate(old);
    let Some((_, last)) = page.last() else {
        return Ok(Forgotten { scans: 0, next: None });
    };
    let last = last.id;
    let mut check = Check::default();
    check.page(&mut tx, &page).await?;
    if let Some(line) = check.found().first() {
        return Err(Error::NotRight(line.clone()));
    }
    store::add_past(&mut tx, check.sums()).await?;
    store::delete_scans(&mut tx, &page).await?;
    fail::fail_point!("scan::before_forgetting", |_| std::process::abort());
    tx.commit().await?;
    let is_all = old < read || read < limit as usize;
    Ok(Forgotten { scans: old, next: (!is_all).then_some(last) })
}

/// Compares what is kept of the scans that went with the journal and the codes; gives what differs, in words.
pub(crate) async fn discrepancies(tx: &mut Tx, last: &BTreeMap<TenantId, i64>) -> Result<Vec<String>, Error> {
    let mut found = Vec::new();
    let mut kept = store::past_values(tx).await?;
    kept.retain(|_, amount| *amount != 0);
    let moved = tallymark_ledger::verify::earned_by_scans_until(tx, last).await?;
    if kept != moved {
        let tenants: std::collections::BTreeSet<TenantId> = kept.keys().chain(moved.keys()).map(|key| key.0).collect();
        for tenant in tenants {
            let of = |sums: &BTreeMap<(TenantId, i64), i64>| -> Vec<(i64, i64)> {
                sums.iter().filter(|(key, _)| key.0 == tenant).map(|(key, amount)| (key.1, *amount)).collect()
            };
            if of(&kept) != of(&moved) {
                let (kept, moved) = (of(&kept), of(&moved));
                found
                    .push(format!("scans of {tenant} that went to the lake moved {kept:?}, their transfers {moved:?}"));
            }
        }
    }
    for line in store::past_codes(tx).await? {
        if line.kept != line.codes {
            let (tenant, kept, codes) = (line.tenant, line.kept, line.codes);
            found.push(format!(
                "scans of {tenant} that went to the lake have {} claims and {} rebates, their codes {} and {}",
                kept.0, kept.1, codes.0, codes.1
            ));
        }
    }
    Ok(found)
}

impl Sums {
    /// Adds a scan that is right.
    pub(crate) fn add(&mut self, tenant: TenantId, scan: &crate::types::Scan, moved: impl Iterator<Item = (i64, i64)>) {
        let day = self.days.entry((tenant, scan.at.0.div_euclid(Timestamp::DAY))).or_default();
        day.last = day.last.max(scan.id.raw());
        day.scans += 1;
        day.claims += i64::from(matches!(scan.decision.claim, crate::types::Claim::Drawn { .. }));
        day.rebates += i64::from(scan.decision.rebate.is_some());
        for (unit, amount) in moved {
            *self.values.entry((tenant, unit)).or_default() += amount;
        }
    }
}
