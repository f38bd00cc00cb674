//! Statements that read everybody of a tenant page by page, in the order of the primary keys, and those that put right
//! what is stored.

use tallymark_base::id::{AccountId, PersonId, TenantId};
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_store::{Error, Row, Rows, Tx};

use crate::rules::Evidence;
use crate::{EvidenceRule, IdentifierKind};

use super::{kind_of, number};

/// Rows that are read at once.
pub(crate) const PAGE: usize = 10_000;

/// What of an account decides who is who.
#[derive(Debug)]
pub(crate) struct StoredAccount {
    pub(crate) id: AccountId,
    pub(crate) person: PersonId,
    pub(crate) merges: i64,
    pub(crate) kind: IdentifierKind,
    pub(crate) scope: u32,
    pub(crate) stable: u64,
    pub(crate) neighbours: u32,
}

/// Evidence that counts.
#[derive(Debug)]
pub(crate) struct StoredEvidence {
    pub(crate) a: AccountId,
    pub(crate) b: AccountId,
    pub(crate) at: Timestamp,
    pub(crate) rule: EvidenceRule,
    pub(crate) is_contested: bool,
}

/// How many accounts there are, and how much evidence that counts.
pub(crate) async fn sizes(tx: &mut Tx, tenant: TenantId) -> Result<(usize, usize), Error> {
    let accounts = "SELECT COUNT(*) FROM source_account WHERE tenant_id = $1";
    let evidence = "SELECT COUNT(*) FROM identity_link WHERE tenant_id = $1 AND retracted = 0";
    let mut sizes = [0, 0];
    for (size, sql) in sizes.iter_mut().zip([accounts, evidence]) {
        let row = tx.query_one(sql, &[tenant.raw().into()]).await?;
        *size = usize::try_from(row.map_or(Ok(0), |row| row.int(0))?).unwrap_or(0);
    }
    Ok((sizes[0], sizes[1]))
}

/// The next accounts after a number. Index: primary key.
pub(crate) async fn accounts_after(tx: &mut Tx, tenant: TenantId, after: i64) -> Result<Vec<StoredAccount>, Error> {
    let sql = "SELECT account_id, person_id, merges, kind, scope, stable, neighbours
                 FROM source_account
                WHERE tenant_id = $1 AND account_id > $2
             ORDER BY account_id
                LIMIT $3";
    let rows = tx.query(sql, &[tenant.raw().into(), after.into(), (PAGE as i64).into()]).await?;
    rows.iter().map(account_of).collect()
}

/// The next evidence after a pair, what was taken back left out. Index: primary key.
pub(crate) async fn evidence_after(
    tx: &mut Tx,
    tenant: TenantId,
    after: (i64, i64),
) -> Result<Vec<StoredEvidence>, Error> {
    let sql = "SELECT account_a, account_b, at, rule, merged
                 FROM identity_link
                WHERE tenant_id = $1 AND (account_a, account_b) > ($2, $3) AND retracted = 0
             ORDER BY account_a, account_b
                LIMIT $4";
    let values = [tenant.raw().into(), after.0.into(), after.1.into(), (PAGE as i64).into()];
    tx.query(sql, &values).await?.iter().map(evidence_of).collect()
}

/// The next entries of member lists after one, as person and account. Index: primary key.
pub(crate) async fn listed_after(tx: &mut Tx, tenant: TenantId, after: (i64, i64)) -> Result<Vec<(i64, i64)>, Error> {
    let sql = "SELECT person_id, account_id
                 FROM person_member
                WHERE tenant_id = $1 AND (person_id, account_id) > ($2, $3)
             ORDER BY person_id, account_id
                LIMIT $4";
    let values = [tenant.raw().into(), after.0.into(), after.1.into(), (PAGE as i64).into()];
    tx.query(sql, &values).await?.iter().map(|row| Ok((row.int(0)?, row.int(1)?))).collect()
}

/// How many neighbours of each kind accounts have by evidence that counts; a kind may come twice.
pub(crate) async fn neighbours(
    tx: &mut Tx,
    tenant: TenantId,
    accounts: &[AccountId],
) -> Result<Vec<(AccountId, IdentifierKind, u32)>, Error> {
    let keys: Rows<1> = accounts.iter().map(|account| [account.raw().into()]).collect();
    let from_a = "SELECT l.account_a, o.kind, COUNT(*)
                    FROM identity_link l CROSS JOIN source_account o
                   WHERE l.tenant_id = $1 AND o.account_id = l.account_b AND o.tenant_id = l.tenant_id
                     AND l.retracted = 0 AND l.account_a IN (…)
                GROUP BY l.account_a, o.kind";
    let from_b = "SELECT l.account_b, o.kind, COUNT(*)
                    FROM identity_link l CROSS JOIN source_account o
                   WHERE l.tenant_id = $1 AND o.account_id = l.account_a AND o.tenant_id = l.tenant_id
                     AND l.retracted = 0 AND l.account_b IN (…)
                GROUP BY l.account_b, o.kind";
    let mut rows = tx.read_rows(from_a, &[tenant.raw().into()], &keys).await?;
    rows.extend(tx.read_rows(from_b, &[tenant.raw().into()], &keys).await?);
    rows.iter().map(|row| Ok((row.id(0)?, kind_of(row.int(1)?)?, number(row.int(2)?)?))).collect()
}

/// Says anew which evidence joins nothing, on the condition that it is otherwise as it was read.
pub(crate) async fn set_contested(tx: &mut Tx, tenant: TenantId, evidence: &[Evidence]) -> Result<(), Error> {
    let rows: Rows<6> = evidence
        .iter()
        .map(|link| {
            [
                link.a.raw().into(),
                link.b.raw().into(),
                tenant.raw().into(),
                link.at.into(),
                i64::from(link.rule.number()).into(),
                (!link.is_contested).into(),
            ]
        })
        .collect();
    let sql = "WITH v(a, b, tenant, seen_at, seen_rule, now) AS (VALUES …)
             UPDATE identity_link
                SET merged = v.now
               FROM v
              WHERE identity_link.account_a = v.a
                AND identity_link.account_b = v.b
                AND identity_link.tenant_id = v.tenant
                AND identity_link.at = v.seen_at
                AND identity_link.rule = v.seen_rule
                AND identity_link.merged <> v.now
                AND identity_link.retracted = 0";
    tx.write_all_rows(sql, &[], &rows).await
}

/// Takes accounts off the member lists of persons; those that are not listed are passed over.
pub(crate) async fn unlist(
    tx: &mut Tx,
    tenant: TenantId,
    entries: impl Iterator<Item = (i64, i64)>,
) -> Result<u64, Error> {
    let rows: Rows<3> = entries.map(|(person, account)| [person.into(), account.into(), tenant.raw().into()]).collect();
    let sql = "DELETE FROM person_member WHERE (person_id, account_id, tenant_id) IN (VALUES …)";
    tx.write_rows(sql, &[], &rows).await
}

fn account_of(row: &Row) -> Result<StoredAccount, Error> {
    Ok(StoredAccount {
        id: row.id(0)?,
        person: row.id(1)?,
        merges: row.int(2)?,
        kind: kind_of(row.int(3)?)?,
        scope: number(row.int(4)?)?,
        stable: row.int(5)?.cast_unsigned(),
        neighbours: number(row.int(6)?)?,
    })
}

fn evidence_of(row: &Row) -> Result<StoredEvidence, Error> {
    let rule = row.int(3)?;
    Ok(StoredEvidence {
        a: row.id(0)?,
        b: row.id(1)?,
        at: row.time(2)?,
        rule: EvidenceRule::from_number(rule).ok_or_else(|| Error::Unreadable(format!("evidence rule {rule}")))?,
        is_contested: row.int(4)? == 0,
    })
}
