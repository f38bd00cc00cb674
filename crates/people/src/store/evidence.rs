//! Statements about why accounts are one person, and what people decided about that.

use tallymark_base::id::{AccountId, TenantId};
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_store::{Error, Row, Rows, Tx};

use crate::EvidenceRule;
use crate::rules::{Account, Evidence};

use super::{account_of, all_written};

/// A change that somebody decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct StoredChange {
    pub(crate) id: i64,
    pub(crate) kind: i64,
    pub(crate) by: String,
    pub(crate) reason: String,
    pub(crate) at: Timestamp,
    pub(crate) subject: AccountId,
    pub(crate) moved: i64,
    pub(crate) reverts: Option<i64>,
    pub(crate) reverted_by: Option<i64>,
}

/// Evidence of pairs of accounts.
pub(crate) async fn of_pairs(
    tx: &mut Tx,
    tenant: TenantId,
    pairs: impl Iterator<Item = (AccountId, AccountId)>,
) -> Result<Vec<Evidence>, Error> {
    let keys: Rows<2> = pairs.map(|(a, b)| [a.raw().into(), b.raw().into()]).collect();
    let sql = "SELECT account_a, account_b, at, rule, cause_id, merged, retracted
                 FROM identity_link
                WHERE tenant_id = $1 AND (account_a, account_b) IN (VALUES …)";
    tx.read_rows(sql, &[tenant.raw().into()], &keys).await?.iter().map(evidence_of).collect()
}

/// All evidence of accounts, from either end; a pair may be given twice. Indexes: primary key, identity_link_by_b.
pub(crate) async fn of_accounts(tx: &mut Tx, tenant: TenantId, accounts: &[AccountId]) -> Result<Vec<Evidence>, Error> {
    let keys: Rows<1> = accounts.iter().map(|account| [account.raw().into()]).collect();
    let from_a = "SELECT account_a, account_b, at, rule, cause_id, merged, retracted
                    FROM identity_link
                   WHERE tenant_id = $1 AND account_a IN (…)";
    let from_b = "SELECT account_a, account_b, at, rule, cause_id, merged, retracted
                    FROM identity_link
                   WHERE tenant_id = $1 AND account_b IN (…)";
    let mut rows = tx.read_rows(from_a, &[tenant.raw().into()], &keys).await?;
    rows.extend(tx.read_rows(from_b, &[tenant.raw().into()], &keys).await?);
    rows.iter().map(evidence_of).collect()
}

/// Accounts by id.
pub(crate) async fn accounts(tx: &mut Tx, tenant: TenantId, ids: &[AccountId]) -> Result<Vec<Account>, Error> {
    let keys: Rows<1> = ids.iter().map(|account| [account.raw().into()]).collect();
    let sql = "SELECT account_id, person_id, merges, tier, kind, created_at, scope, stable, neighbours
                 FROM source_account
                WHERE tenant_id = $1 AND account_id IN (…)";
    tx.read_rows(sql, &[tenant.raw().into()], &keys).await?.iter().map(account_of).collect()
}

/// Saves evidence. Of a pair that is known the earlier time and the stronger rule stay, whoever wrote them.
pub(crate) async fn save(tx: &mut Tx, tenant: TenantId, evidence: &[Evidence]) -> Result<(), Error> {
    let rows: Rows<8> = evidence
        .iter()
        .map(|link| {
            [
                link.a.raw().into(),
                link.b.raw().into(),
                tenant.raw().into(),
                link.at.into(),
                i64::from(link.rule.number()).into(),
                link.cause.into(),
                (!link.is_contested).into(),
                link.retracted.into(),
            ]
        })
        .collect();
    let sql = "INSERT INTO identity_link (account_a, account_b, tenant_id, at, rule, cause_id, merged, retracted)
               VALUES …
               ON CONFLICT (account_a, account_b, tenant_id) DO UPDATE SET
                   cause_id = CASE WHEN excluded.at < identity_link.at
                                   THEN excluded.cause_id ELSE identity_link.cause_id END,
                   at = CASE WHEN excluded.at < identity_link.at THEN excluded.at ELSE identity_link.at END,
                   rule = CASE WHEN excluded.rule < identity_link.rule THEN excluded.rule ELSE identity_link.rule END,
                   merged = excluded.merged,
                   retracted = excluded.retracted";
    tx.write_rows(sql, &[], &rows).await?;
    Ok(())
}

/// Sets how many neighbours accounts have, each on the condition that it had as many as were read.
pub(crate) async fn count_neighbours(
    tx: &mut Tx,
    tenant: TenantId,
    counts: &[(AccountId, u32, u32)],
) -> Result<(), Error> {
    let rows: Rows<3> = counts
        .iter()
        .map(|(account, seen, now)| [account.raw().into(), i64::from(*seen).into(), i64::from(*now).into()])
        .collect();
    let sql = "WITH v(account, seen, now) AS (VALUES …)
             UPDATE source_account
                SET neighbours = v.now
               FROM v
              WHERE source_account.account_id = v.account
                AND source_account.neighbours = v.seen
                AND source_account.tenant_id = $1
          RETURNING account_id";
    all_written(rows.len(), tx.read_rows(sql, &[tenant.raw().into()], &rows).await?)
}

/// Saves a change with the pairs that it is about.
pub(crate) async fn save_change(
    tx: &mut Tx,
    tenant: TenantId,
    change: &StoredChange,
    pairs: &[(AccountId, AccountId)],
) -> Result<(), Error> {
    let sql = "INSERT INTO identity_change (change_id, tenant_id, kind, by_whom, reason, at, subject, moved, reverts)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    let values = [
        change.id.into(),
        tenant.raw().into(),
        change.kind.into(),
        change.by.clone().into(),
        change.reason.clone().into(),
        change.at.into(),
        change.subject.raw().into(),
        change.moved.into(),
        change.reverts.into(),
    ];
    tx.execute(sql, &values).await?;
    let rows: Rows<4> =
        pairs.iter().map(|(a, b)| [change.id.into(), a.raw().into(), b.raw().into(), tenant.raw().into()]).collect();
    let sql = "INSERT INTO identity_change_pair (change_id, account_a, account_b, tenant_id) VALUES …";
    tx.write_all_rows(sql, &[], &rows).await
}

/// Notes that a change was undone by another; `false` when it was before.
pub(crate) async fn revert(tx: &mut Tx, tenant: TenantId, change: i64, by: i64) -> Result<bool, Error> {
    let sql = "UPDATE identity_change
                  SET reverted_by = $3
                WHERE change_id = $1 AND tenant_id = $2 AND reverted_by IS NULL";
    Ok(tx.execute(sql, &[change.into(), tenant.raw().into(), by.into()]).await? == 1)
}

/// A change.
pub(crate) async fn change(tx: &mut Tx, tenant: TenantId, id: i64) -> Result<Option<StoredChange>, Error> {
    let sql = "SELECT change_id, kind, by_whom, reason, at, subject, moved, reverts, reverted_by
                 FROM identity_change
                WHERE change_id = $1 AND tenant_id = $2";
    tx.query_one(sql, &[id.into(), tenant.raw().into()]).await?.as_ref().map(change_of).transpose()
}

/// Changes before one, the latest first. Index: identity_change_by_tenant.
pub(crate) async fn changes(
    tx: &mut Tx,
    tenant: TenantId,
    before: i64,
    limit: u32,
) -> Result<Vec<StoredChange>, Error> {
    let sql = "SELECT change_id, kind, by_whom, reason, at, subject, moved, reverts, reverted_by
                 FROM identity_change
                WHERE tenant_id = $1 AND change_id < $2
             ORDER BY change_id DESC
                LIMIT $3";
    let values = [tenant.raw().into(), before.into(), i64::from(limit).into()];
    tx.query(sql, &values).await?.iter().map(change_of).collect()
}

/// The latest changes whose subject is one of these accounts, the latest first. Index: identity_change_by_subject.
pub(crate) async fn changes_of(
    tx: &mut Tx,
    tenant: TenantId,
    accounts: &[AccountId],
    limit: u32,
) -> Result<Vec<StoredChange>, Error> {
    let keys: Rows<1> = accounts.iter().map(|account| [account.raw().into()]).collect();
    let sql = "SELECT change_id, kind, by_whom, reason, at, subject, moved, reverts, reverted_by
                 FROM identity_change
                WHERE tenant_id = $1 AND subject IN (…)
             ORDER BY change_id DESC
                LIMIT $2";
    let rows = tx.read_rows(sql, &[tenant.raw().into(), i64::from(limit).into()], &keys).await?;
    let mut changes = rows.iter().map(change_of).collect::<Result<Vec<_>, _>>()?;
    changes.sort_unstable_by_key(|change| std::cmp::Reverse(change.id));
    changes.dedup_by_key(|change| change.id);
    changes.truncate(limit as usize);
    Ok(changes)
}

/// The pairs that a change is about.
pub(crate) async fn pairs_of(tx: &mut Tx, tenant: TenantId, change: i64) -> Result<Vec<(AccountId, AccountId)>, Error> {
    let sql = "SELECT account_a, account_b
                 FROM identity_change_pair
                WHERE change_id = $1 AND tenant_id = $2
             ORDER BY account_a, account_b";
    let rows = tx.query(sql, &[change.into(), tenant.raw().into()]).await?;
    rows.iter().map(|row| Ok((row.id(0)?, row.id(1)?))).collect()
}

fn evidence_of(row: &Row) -> Result<Evidence, Error> {
    let rule = row.int(3)?;
    Ok(Evidence {
        a: row.id(0)?,
        b: row.id(1)?,
        at: row.time(2)?,
        rule: EvidenceRule::from_number(rule).ok_or_else(|| Error::Unreadable(format!("evidence rule {rule}")))?,
        cause: row.int(4)?,
        is_contested: row.int(5)? == 0,
        retracted: row.int(6)?,
    })
}

fn change_of(row: &Row) -> Result<StoredChange, Error> {
    Ok(StoredChange {
        id: row.int(0)?,
        kind: row.int(1)?,
        by: row.text(2)?,
        reason: row.text(3)?,
        at: row.time(4)?,
        subject: row.id(5)?,
        moved: row.int(6)?,
        reverts: row.opt_int(7)?,
        reverted_by: row.opt_int(8)?,
    })
}
