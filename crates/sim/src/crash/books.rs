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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::crash::witness::Witness;
    use crate::load::{Codes, Workload};
    use std::cell::{Cell, RefCell};

    /// Callers who were told of these scans, each with its number; scans 0 and 1 are of two codes, 18 repeats one.
    async fn found(told: &[(u64, i64)], budget_fen: i64) -> Findings {
        let folder = tempfile::tempdir().unwrap();
        let database = format!("sqlite:{}", folder.path().join("books.sqlite").display());
        let store = Store::open(&database, &Options::default()).await.unwrap();
        let mut tx = store.write().await.unwrap();
        for statement in include_str!("../../prior/books_test.sql").split_terminator(";\n") {
            tx.execute(statement, &[]).await.unwrap();
        }
        tx.commit().await.unwrap();
        store.close().await;
        let mut witness = Witness::default();
        for (n, scan) in told {
            let body = format!("{{\"scan\":\"{}\"}}", ScanId::from_raw(*scan));
            witness.hears(*n, 200, body.as_bytes()).unwrap();
        }
        let mut fresh = Codes::default();
        for number in 0..14 {
            fresh.push(format!("{number:016}").as_bytes()).unwrap();
        }
        let traffic = Traffic {
            api_key: String::new(),
            workload: Workload { fresh, used: Codes::default(), known: 0, seed: 1, since_ms: 0 },
            witness: RefCell::new(witness),
            next: Cell::new(0),
            again: RefCell::default(),
        };
        let (tenant, campaign) = (TenantId::from_raw(1).to_string(), CampaignId::from_raw(9).to_string());
        compare(&database, &tenant, (&campaign, budget_fen), &traffic).await.unwrap()
    }

    #[tokio::test]
    async fn books_that_are_right_have_no_findings() {
        let found = found(&[(0, 11), (1, 12), (2, 13)], 70).await;
        assert_eq!((found.rewards, found.spent_fen), (2, 70));
        assert!(found.lost.is_empty() && found.doubled.is_empty() && found.over.is_empty(), "{found:?}");
    }

    #[tokio::test]
    async fn a_scan_that_is_gone_and_one_that_nobody_was_told_of_are_found() {
        let found = found(&[(0, 11), (1, 12), (3, 15)], 70).await;
        assert_eq!((found.lost.len(), found.doubled.len()), (1, 1), "{found:?}");
    }

    #[tokio::test]
    async fn a_code_that_rewards_twice_and_a_budget_that_is_overspent_are_found() {
        let workload = Workload { fresh: Codes::default(), used: Codes::default(), known: 0, seed: 1, since_ms: 0 };
        let crate::load::Kind::Again(first) = workload.kind(8) else { panic!("scan 8 repeats a code") };
        let found = found(&[(first, 11), (8, 12), (9, 13)], 69).await;
        assert_eq!((found.lost.len(), found.doubled.len(), found.over.len()), (0, 1, 1), "{found:?}");
    }
}
