//! Statements about the keys of accounts.

use tallymark_base::TypedId as _;
use tallymark_base::id::{AccountId, TenantId};
use tallymark_store::{Error, Rows, Tx};

/// The sealed data keys of accounts that have one.
pub(crate) async fn sealed_keys(
    tx: &mut Tx,
    tenant: TenantId,
    accounts: impl Iterator<Item = &AccountId>,
) -> Result<Vec<(AccountId, Vec<u8>)>, Error> {
    let keys: Rows<1> = accounts.map(|account| [account.raw().into()]).collect();
    let sql = "SELECT account_id, sealed_key FROM account_key WHERE tenant_id = $1 AND account_id IN (…)";
    let rows = tx.read_rows(sql, &[tenant.raw().into()], &keys).await?;
    rows.iter().map(|row| Ok((row.id(0)?, row.bytes(1)?))).collect()
}

/// Those of the accounts that were not erased, and will not be before the transaction ends: whoever wants to erase one waits
/// for the row, which is written as it is.
pub(crate) async fn hold_alive(tx: &mut Tx, tenant: TenantId, accounts: &[AccountId]) -> Result<Vec<AccountId>, Error> {
    let keys: Rows<1> = accounts.iter().map(|account| [account.raw().into()]).collect();
    let sql = "UPDATE source_account
                  SET tenant_id = tenant_id
                WHERE tenant_id = $1 AND erased_at IS NULL AND account_id IN (…)
            RETURNING account_id";
    let rows = tx.read_rows(sql, &[tenant.raw().into()], &keys).await?;
    rows.iter().map(|row| row.id(0)).collect()
}

/// Gives accounts their keys; gives those that had none. `keys` must be in the order of the accounts.
pub(crate) async fn insert_keys(
    tx: &mut Tx,
    tenant: TenantId,
    keys: &[(AccountId, Vec<u8>)],
) -> Result<Vec<AccountId>, Error> {
    let rows: Rows<3> = keys
        .iter()
        .map(|(account, sealed)| [account.raw().into(), tenant.raw().into(), sealed.clone().into()])
        .collect();
    let sql = "INSERT INTO account_key (account_id, tenant_id, sealed_key) VALUES …
               ON CONFLICT (account_id) DO NOTHING
               RETURNING account_id";
    tx.read_rows(sql, &[], &rows).await?.iter().map(|row| row.id(0)).collect()
}
