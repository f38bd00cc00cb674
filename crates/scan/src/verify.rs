//! `tallymark verify`: proves the books of the whole installation.
//!
//! The ledger recomputes its balances; this adds what only the loop knows: every decision replays to its outcome, every
//! award has exactly its transfers, every claim belongs to one scan, and no budget was overspent. Of scans that went to the
//! lake the sums that are kept are compared ([`crate::past`]).

use std::collections::{BTreeMap, HashMap};

use tallymark_base::TypedId;
use tallymark_base::id::{CampaignId, ScanId, TenantId};
use tallymark_campaigns::Campaign;
use tallymark_campaigns::rules::{Decision as CampaignDecision, replay, transfers};
use tallymark_ledger::{AccountKey, Transfer};
use tallymark_store::{Store, Tx};

use crate::past::{self, Sums};
use crate::rules::{REBATE_PART, UseKey};
use crate::types::{Claim, Scan};
use crate::{Error, store};

/// Scans checked at a time.
const PAGE: u32 = 1_000;
/// Lines listed; beyond, only their number is told.
const LISTED_MAX: usize = 100;

/// Every discrepancy, in words. Empty when the books are right.
pub async fn discrepancies(store: &Store) -> Result<Vec<String>, Error> {
    let mut tx = store.read().await?;
    let mut found = tallymark_ledger::verify::discrepancies(&mut tx).await?;
    let gone = store::past_ends(&mut tx).await?;
    found.append(&mut past::discrepancies(&mut tx, &gone).await?);
    let mut check = Check { gone, ..Check::default() };
    let mut after = ScanId::from_raw(0);
    loop {
        let page = store::scans_after(&mut tx, after, PAGE).await?;
        let Some((_, last)) = page.last() else { break };
        after = last.id;
        check.page(&mut tx, &page).await?;
    }
    found.append(&mut check.found);
    if check.more > 0 {
        found.push(format!("{} more", check.more));
    }
    Ok(found)
}

/// Decides scans again.
#[derive(Default)]
pub(crate) struct Check {
    campaigns: HashMap<CampaignId, Option<Campaign>>,
    /// Up to which scan a tenant's scans are gone.
    gone: BTreeMap<TenantId, i64>,
    sums: Sums,
    found: Vec<String>,
    more: usize,
}

impl Check {
    /// What is not right, in words.
    pub(crate) fn found(&self) -> &[String] {
        &self.found
    }

    /// The sums of what was checked.
    pub(crate) fn sums(&self) -> &Sums {
        &self.sums
    }

    fn note(&mut self, line: String) {
        if self.found.len() < LISTED_MAX {
            self.found.push(line);
        } else {
            self.more += 1;
        }
    }

    /// Checks some scans.
    pub(crate) async fn page(&mut self, tx: &mut Tx, page: &[(TenantId, Scan)]) -> Result<(), Error> {
        let mut by_tenant: HashMap<TenantId, Vec<&Scan>> = HashMap::new();
        for (tenant, scan) in page {
            by_tenant.entry(*tenant).or_default().push(scan);
        }
        for (tenant, scans) in by_tenant {
            self.tenant(tx, tenant, &scans).await?;
        }
        Ok(())
    }

    async fn tenant(&mut self, tx: &mut Tx, tenant: TenantId, scans: &[&Scan]) -> Result<(), Error> {
        let origins: Vec<i64> = scans.iter().map(|scan| scan.id.raw()).collect();
        let mut posted: HashMap<i64, Vec<Transfer>> = HashMap::new();
        for stored in tallymark_ledger::find(tx, tenant, &origins).await? {
            posted.entry(stored.transfer.origin).or_default().push(stored.transfer);
        }
        let keys = scans.iter().filter_map(|scan| use_key_of(scan));
        let uses = store::code_uses(tx, tenant, keys).await?;
        for scan in scans {
            let expected = self.expected(tx, tenant, scan).await?;
            let moved = posted.remove(&scan.id.raw()).unwrap_or_default();
            if !same_movements(&expected, &moved) {
                self.note(format!("scan {} moved {moved:?}, its decision says {expected:?}", scan.id));
            }
            self.sums.add(tenant, scan, expected.iter().map(|movement| (movement.unit, movement.amount)));
            if self.gone.get(&tenant).is_some_and(|last| scan.id.raw() <= *last) {
                self.note(format!("scan {} should be gone: later ones went to the lake", scan.id));
            }
            let Some(key) = use_key_of(scan) else { continue };
            let used = uses.get(&key);
            let claims = matches!(scan.decision.claim, Claim::Drawn { .. });
            let is_claimer = used.and_then(|used| used.claim).is_some_and(|claim| claim.0 == scan.id);
            if claims != is_claimer {
                self.note(format!("scan {} and its code disagree on who claimed it", scan.id));
            }
            let rebates = scan.decision.rebate.is_some();
            if rebates != (used.and_then(|used| used.rebate) == Some(scan.id)) {
                self.note(format!("scan {} and its code disagree on the rebate", scan.id));
            }
        }
        Ok(())
    }

    /// The transfers that a scan's decision stands for, after its awards were decided again.
    async fn expected(&mut self, tx: &mut Tx, tenant: TenantId, scan: &Scan) -> Result<Vec<Movement>, Error> {
        let mut expected = Vec::new();
        if let (Claim::Drawn { awards }, Some(account)) = (&scan.decision.claim, scan.decision.account) {
            for (award, position) in awards.iter().zip(0_i64..) {
                match self.campaign(tx, tenant, award.campaign).await? {
                    Some(campaign) if replay(&campaign, &award.record) == Some(award.record.outcome) => {}
                    Some(_) => self.note(format!("scan {} does not replay in {}", scan.id, award.campaign)),
                    None => {
                        self.note(format!("scan {} was decided by {}, which does not exist", scan.id, award.campaign))
                    }
                }
                let decision = CampaignDecision { campaign: award.campaign, record: award.record };
                let first = position * tallymark_campaigns::rules::TRANSFERS_MAX;
                expected.extend(transfers(&decision, scan.id, first, account, 0).iter().map(Movement::of));
            }
        }
        if let Some(rebate) = scan.decision.rebate {
            expected.push(Movement {
                part: REBATE_PART,
                from: rebate.rule.raw(),
                to: rebate.to.raw(),
                unit: tallymark_base::Unit::CNY.0,
                amount: rebate.amount_fen,
            });
        }
        Ok(expected)
    }

    async fn campaign(&mut self, tx: &mut Tx, tenant: TenantId, id: CampaignId) -> Result<Option<Campaign>, Error> {
        if let Some(known) = self.campaigns.get(&id) {
            return Ok(known.clone());
        }
        let campaign = tallymark_campaigns::find(tx, tenant, id).await?;
        self.campaigns.insert(id, campaign.clone());
        Ok(campaign)
    }
}

/// A transfer without the slots, which depend on the server that decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Movement {
    part: i64,
    from: i64,
    to: i64,
    unit: i64,
    amount: i64,
}

impl Movement {
    fn of(transfer: &Transfer) -> Self {
        let (AccountKey { owner: from, unit, .. }, to) = (transfer.debit, transfer.credit.owner);
        Self { part: transfer.part, from, to, unit: unit.0, amount: transfer.amount }
    }
}

fn same_movements(expected: &[Movement], moved: &[Transfer]) -> bool {
    let (mut expected, mut moved) = (expected.to_vec(), moved.iter().map(Movement::of).collect::<Vec<_>>());
    expected.sort_unstable();
    moved.sort_unstable();
    expected == moved
}

fn use_key_of(scan: &Scan) -> Option<UseKey> {
    scan.decision.code.as_ref().map(|code| (code.index, code.face))
}
