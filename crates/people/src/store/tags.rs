//! Statements about tags.

use tallymark_base::id::{AccountId, TenantId};
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_store::{Error, Rows, Tx};

/// A tag as it is stored.
#[derive(Debug)]
pub(crate) struct StoredTag {
    pub(crate) account: AccountId,
    pub(crate) tag: String,
    pub(crate) source: String,
    pub(crate) set_at: Timestamp,
    pub(crate) expires_at: Option<Timestamp>,
}

/// Sets tags, each once.
pub(crate) async fn set(tx: &mut Tx, tenant: TenantId, tags: &[StoredTag]) -> Result<(), Error> {
    let rows: Rows<6> = tags
        .iter()
        .map(|tag| {
            [
                tag.account.raw().into(),
                tag.tag.as_str().into(),
                tenant.raw().into(),
                tag.source.as_str().into(),
                tag.set_at.into(),
                tag.expires_at.map(|end| end.0).into(),
            ]
        })
        .collect();
    let sql = "INSERT INTO person_tag (account_id, tag, tenant_id, source, set_at, expires_at) VALUES …
               ON CONFLICT (account_id, tag, tenant_id) DO UPDATE SET
                   source = excluded.source, set_at = excluded.set_at, expires_at = excluded.expires_at";
    tx.write_rows(sql, &[], &rows).await?;
    Ok(())
}

/// Removes tags; gives how many there were.
pub(crate) async fn remove(tx: &mut Tx, tenant: TenantId, tags: &[(AccountId, &str)]) -> Result<u64, Error> {
    let rows: Rows<2> = tags.iter().map(|(account, tag)| [account.raw().into(), (*tag).into()]).collect();
    let sql = "DELETE FROM person_tag WHERE tenant_id = $1 AND (account_id, tag) IN (VALUES …) RETURNING account_id";
    Ok(tx.read_rows(sql, &[tenant.raw().into()], &rows).await?.len() as u64)
}

/// The tags of accounts that are not over at a moment. Index: primary key. The sign before the tenant keeps SQLite from
/// person_tag_by_tag: it takes a tenant for ten rows, and would go through all tags of all people.
pub(crate) async fn of_accounts(
    tx: &mut Tx,
    tenant: TenantId,
    accounts: &[AccountId],
    now: Timestamp,
) -> Result<Vec<StoredTag>, Error> {
    let keys: Rows<1> = accounts.iter().map(|account| [account.raw().into()]).collect();
    let sql = "SELECT account_id, tag, source, set_at, expires_at
                 FROM person_tag
                WHERE +tenant_id = $1 AND (expires_at IS NULL OR expires_at > $2) AND account_id IN (…)";
    let rows = tx.read_rows(sql, &[tenant.raw().into(), now.into()], &keys).await?;
    rows.iter()
        .map(|row| {
            Ok(StoredTag {
                account: row.id(0)?,
                tag: row.text(1)?,
                source: row.text(2)?,
                set_at: row.time(3)?,
                expires_at: row.opt_int(4)?.map(Timestamp),
            })
        })
        .collect()
}

/// Removes tags that are over, the oldest first. Index: person_tag_by_end.
pub(crate) async fn forget(tx: &mut Tx, now: Timestamp, limit: u32) -> Result<u64, Error> {
    let sql = "DELETE FROM person_tag
                WHERE (account_id, tag, tenant_id) IN (SELECT account_id, tag, tenant_id FROM person_tag
                                                        WHERE expires_at <= $1
                                                     ORDER BY expires_at
                                                        LIMIT $2)";
    tx.execute(sql, &[now.into(), i64::from(limit).into()]).await
}
