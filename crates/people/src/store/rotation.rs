//! Statements that put what is kept of people under a new key.

use tallymark_base::TypedId as _;
use tallymark_base::id::{AccountId, TenantId};
use tallymark_store::{Error, Rows, Tx};

use super::privacy::{Kept, kept_of};
use crate::BlindIndex;

/// An identifier that is to be looked up elsewhere.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Moved {
    pub(crate) account: AccountId,
    pub(crate) from: BlindIndex,
    pub(crate) to: BlindIndex,
}

/// What accounts after one hold of their identifiers, in order. Index: primary key.
pub(crate) async fn accounts_after(
    tx: &mut Tx,
    tenant: TenantId,
    after: AccountId,
    limit: u32,
) -> Result<Vec<Kept>, Error> {
    let sql = "SELECT a.account_id, a.kind, a.sealed, k.sealed_key, a.created_at, a.erased_at
                 FROM source_account a
            LEFT JOIN account_key k ON k.account_id = a.account_id AND k.tenant_id = a.tenant_id
                WHERE a.tenant_id = $1 AND a.account_id > $2
             ORDER BY a.account_id
                LIMIT $3";
    let values = [tenant.raw().into(), after.raw().into(), i64::from(limit).into()];
    tx.query(sql, &values).await?.iter().map(kept_of).collect()
}

/// Keeps data keys as they are sealed now, each on the condition that it is kept as it was read; gives how many.
pub(crate) async fn rewrap(
    tx: &mut Tx,
    tenant: TenantId,
    keys: &[(AccountId, Vec<u8>, Vec<u8>)],
) -> Result<u64, Error> {
    let rows: Rows<3> = keys
        .iter()
        .map(|(account, before, now)| [account.raw().into(), before.as_slice().into(), now.as_slice().into()])
        .collect();
    let sql = "WITH v(account, before, now) AS (VALUES …)
             UPDATE account_key
                SET sealed_key = v.now
               FROM v
              WHERE account_key.account_id = v.account
                AND account_key.sealed_key = v.before
                AND account_key.tenant_id = $1
          RETURNING account_id";
    Ok(tx.read_rows(sql, &[tenant.raw().into()], &rows).await?.len() as u64)
}

/// Lets identifiers be found elsewhere, where nothing is there yet; gives how many.
pub(crate) async fn reindex(tx: &mut Tx, tenant: TenantId, moved: &[Moved]) -> Result<u64, Error> {
    let sql = "WITH v(account, earlier, later) AS (VALUES …)
             UPDATE identifier
                SET blind_index = v.later
               FROM v
              WHERE identifier.blind_index = v.earlier
                AND identifier.account_id = v.account
                AND identifier.tenant_id = $1
                AND NOT EXISTS (SELECT 1 FROM identifier o WHERE o.blind_index = v.later AND o.tenant_id = $1)
          RETURNING account_id";
    Ok(tx.read_rows(sql, &[tenant.raw().into()], &rows_of(moved)).await?.len() as u64)
}

/// Removes what is still found under an earlier index, because something else is under the later one; gives the accounts of
/// both.
pub(crate) async fn remove_doubled(
    tx: &mut Tx,
    tenant: TenantId,
    moved: &[Moved],
) -> Result<Vec<(AccountId, AccountId)>, Error> {
    let sql = "WITH v(account, earlier, later) AS (VALUES …)
             SELECT DISTINCT i.account_id, o.account_id
               FROM v
               JOIN identifier i ON i.blind_index = v.earlier AND i.account_id = v.account AND i.tenant_id = $1
               JOIN identifier o ON o.blind_index = v.later AND o.tenant_id = $1";
    let rows = tx.read_rows(sql, &[tenant.raw().into()], &rows_of(moved)).await?;
    let mut doubled = rows.iter().map(|row| Ok((row.id(0)?, row.id(1)?))).collect::<Result<Vec<_>, Error>>()?;
    doubled.sort_unstable();
    doubled.dedup();
    if !doubled.is_empty() {
        let sql = "WITH v(account, earlier, later) AS (VALUES …)
                 DELETE FROM identifier
                  WHERE tenant_id = $1
                    AND EXISTS (SELECT 1 FROM v
                                 WHERE v.earlier = identifier.blind_index AND v.account = identifier.account_id)";
        tx.read_rows(sql, &[tenant.raw().into()], &rows_of(moved)).await?;
    }
    Ok(doubled)
}

fn rows_of(moved: &[Moved]) -> Rows<3> {
    moved.iter().map(|one| [one.account.raw().into(), one.from.into(), one.to.into()]).collect()
}
