//! Statements about what is known of people.

use std::collections::{HashMap, HashSet};

use tallymark_base::id::{AccountId, TenantId};
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_store::{Error, Row, Rows, Tx};

/// A value as it is stored.
#[derive(Debug, Clone)]
pub(crate) struct StoredValue {
    pub(crate) account: AccountId,
    pub(crate) field: String,
    pub(crate) source: String,
    pub(crate) sealed: Vec<u8>,
    pub(crate) at: Timestamp,
    pub(crate) verified: bool,
    pub(crate) tie: i64,
}

/// How many fields and values accounts have. Index: primary key.
pub(crate) async fn counts(
    tx: &mut Tx,
    tenant: TenantId,
    accounts: impl Iterator<Item = &AccountId>,
) -> Result<HashMap<AccountId, (usize, usize)>, Error> {
    let keys: Rows<1> = accounts.map(|account| [account.raw().into()]).collect();
    let sql = "SELECT account_id, COUNT(DISTINCT field), COUNT(*)
                 FROM profile_value
                WHERE tenant_id = $1 AND account_id IN (…)
             GROUP BY account_id";
    let rows = tx.read_rows(sql, &[tenant.raw().into()], &keys).await?;
    let count = |value: i64| usize::try_from(value).unwrap_or(usize::MAX);
    rows.iter().map(|row| Ok((row.id(0)?, (count(row.int(1)?), count(row.int(2)?))))).collect()
}

/// The fields that accounts have, and from which source. Index: primary key.
pub(crate) async fn fields(
    tx: &mut Tx,
    tenant: TenantId,
    accounts: impl Iterator<Item = &AccountId>,
) -> Result<HashSet<(AccountId, String, String)>, Error> {
    let keys: Rows<1> = accounts.map(|account| [account.raw().into()]).collect();
    let sql = "SELECT account_id, field, source FROM profile_value WHERE tenant_id = $1 AND account_id IN (…)";
    let rows = tx.read_rows(sql, &[tenant.raw().into()], &keys).await?;
    rows.iter().map(|row| Ok((row.id(0)?, row.text(1)?, row.text(2)?))).collect()
}

/// Keeps those values that are later than what is kept; gives how many. `values` must be in the order of the key, and each
/// key there once.
pub(crate) async fn keep(tx: &mut Tx, tenant: TenantId, values: &[StoredValue]) -> Result<u64, Error> {
    let rows: Rows<8> = values
        .iter()
        .map(|value| {
            [
                value.account.raw().into(),
                value.field.as_str().into(),
                value.source.as_str().into(),
                tenant.raw().into(),
                value.sealed.as_slice().into(),
                value.at.into(),
                value.verified.into(),
                value.tie.into(),
            ]
        })
        .collect();
    let sql = "INSERT INTO profile_value (account_id, field, source, tenant_id, sealed, at, verified, tie)
               VALUES …
               ON CONFLICT (account_id, field, source, tenant_id) DO UPDATE
                  SET sealed = excluded.sealed, at = excluded.at, verified = excluded.verified, tie = excluded.tie
                WHERE excluded.at > profile_value.at
                   OR (excluded.at = profile_value.at AND excluded.verified > profile_value.verified)
                   OR (excluded.at = profile_value.at AND excluded.verified = profile_value.verified
                       AND excluded.tie > profile_value.tie)";
    tx.write_rows(sql, &[], &rows).await
}

/// What is kept of accounts. Index: primary key.
pub(crate) async fn of_accounts(
    tx: &mut Tx,
    tenant: TenantId,
    accounts: &[AccountId],
) -> Result<Vec<StoredValue>, Error> {
    let keys: Rows<1> = accounts.iter().map(|account| [account.raw().into()]).collect();
    let sql = "SELECT account_id, field, source, sealed, at, verified, tie
                 FROM profile_value
                WHERE tenant_id = $1 AND account_id IN (…)";
    tx.read_rows(sql, &[tenant.raw().into()], &keys).await?.iter().map(value_of).collect()
}

/// One field of accounts. Index: primary key.
pub(crate) async fn field_of_accounts(
    tx: &mut Tx,
    tenant: TenantId,
    accounts: &[AccountId],
    field: &str,
) -> Result<Vec<StoredValue>, Error> {
    let keys: Rows<1> = accounts.iter().map(|account| [account.raw().into()]).collect();
    let sql = "SELECT account_id, field, source, sealed, at, verified, tie
                 FROM profile_value
                WHERE tenant_id = $1 AND field = $2 AND account_id IN (…)";
    tx.read_rows(sql, &[tenant.raw().into(), field.into()], &keys).await?.iter().map(value_of).collect()
}

fn value_of(row: &Row) -> Result<StoredValue, Error> {
    Ok(StoredValue {
        account: row.id(0)?,
        field: row.text(1)?,
        source: row.text(2)?,
        sealed: row.bytes(3)?,
        at: row.time(4)?,
        verified: row.int(5)? != 0,
        tie: row.int(6)?,
    })
}

/// Which sources are trusted more: words with spaces between.
pub(crate) async fn source_rank(tx: &mut Tx, tenant: TenantId) -> Result<Option<String>, Error> {
    let sql = "SELECT sources FROM profile_source_rank WHERE tenant_id = $1";
    tx.query_one(sql, &[tenant.raw().into()]).await?.map(|row| row.text(0)).transpose()
}

/// Says which sources are trusted more.
pub(crate) async fn set_source_rank(tx: &mut Tx, tenant: TenantId, sources: &str, at: Timestamp) -> Result<(), Error> {
    let sql = "INSERT INTO profile_source_rank (tenant_id, sources, changed_at) VALUES ($1, $2, $3)
               ON CONFLICT (tenant_id) DO UPDATE SET sources = excluded.sources, changed_at = excluded.changed_at";
    tx.execute(sql, &[tenant.raw().into(), sources.into(), at.into()]).await?;
    Ok(())
}
