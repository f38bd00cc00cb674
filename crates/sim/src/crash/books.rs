//! What the database says at the end, against what the callers know and what was promised.

use std::collections::{HashMap, HashSet};

use tallymark_base::TypedId as _;
use tallymark_base::id::{CampaignId, ScanId, TenantId};
use tallymark_store::{Options, Store};

use super::traffic::Traffic;
use crate::failure::{Failure, Result};

/// What was found.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    /// Scans that callers know and the database does not, in words.
    pub(crate) lost: Vec<String>,
    /// Scans that nobody was told of, and codes that rewarded twice, in words.
    pub(crate) doubled: Vec<String>,
    /// Budgets that were overspent, in words.
    pub(crate) over: Vec<String>,
    /// Scans that rewarded.
    pub(crate) rewards: usize,
    /// What the campaign spent, in fen.
    pub(crate) spent_fen: i64,
}

/// Compares the database with the callers. Every scan that was sent must have been answered by now.
pub(crate) async fn compare(
    database: &str,
    tenant: &str,
    (campaign, budget_fen): (&str, i64),
    traffic: &Traffic,
) -> Result<Findings> {
    let (tenant, campaign): (TenantId, CampaignId) = (tenant.parse()?, campaign.parse()?);
    let store = Store::open(database, &Options::default()).await?;
    let mut tx = store.read().await?;
    let tenant = [tenant.raw().into()];
    let ids = |rows: Vec<tallymark_store::Row>| -> Result<Vec<String>> {
        rows.iter().map(|row| Ok(row.id::<ScanId>(0)?.to_string())).collect()
    };
    let kept: HashSet<String> =
        ids(tx.query(include_str!("../../prior/scan_ids.sql"), &tenant).await?)?.into_iter().collect();
    let rewarded = ids(tx.query(include_str!("../../prior/rewarded_scans.sql"), &tenant).await?)?;
    let owner = [tenant[0].clone(), campaign.raw().into()];
    let spent = tx.query_one(include_str!("../../prior/spent.sql"), &owner).await?;
    let spent_fen = spent.ok_or_else(|| Failure::new("no sum"))?.int(0)?;
    tx.commit().await?;
    store.close().await;

    let witness = traffic.witness.borrow();
    let known = witness.scans();
    let mut findings = Findings { rewards: rewarded.len(), spent_fen, ..Findings::default() };
    findings.lost.extend(known.keys().filter(|scan| !kept.contains(**scan)).map(|scan| format!("{scan} is gone")));
    let untold = kept.iter().filter(|scan| !known.contains_key(scan.as_str()));
    findings.doubled.extend(untold.map(|scan| format!("nobody was told of {scan}")));
    let mut by_code: HashMap<[u8; 16], &str> = HashMap::new();
    for scan in &rewarded {
        if let Some(n) = known.get(scan.as_str())
            && let Some(other) = by_code.insert(traffic.workload.code(*n), scan)
        {
            findings.doubled.push(format!("{scan} and {other} rewarded the same code"));
        }
    }
    if spent_fen > budget_fen {
        findings.over.push(format!("the campaign spent {spent_fen} of {budget_fen} fen"));
    }
    Ok(findings)
}
