//! Statements that take out what is personal, and remember whom not to bring back.

use std::collections::{HashMap, HashSet};

use tallymark_base::id::{AccountId, TenantId};
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_store::{Error, Row, Rows, Tx};

use crate::{BlindIndex, IdentifierKind};

/// What an account holds of its identifier.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) account: AccountId,
    pub(crate) kind: IdentifierKind,
    pub(crate) sealed: Option<Vec<u8>>,
    pub(crate) sealed_key: Option<Vec<u8>>,
    pub(crate) created_at: Timestamp,
    pub(crate) erased_at: Option<Timestamp>,
}

/// What accounts hold of their identifiers, by account. Indexes: primary keys.
pub(crate) async fn kept(tx: &mut Tx, tenant: TenantId, accounts: &[AccountId]) -> Result<Vec<Kept>, Error> {
    let keys: Rows<1> = accounts.iter().map(|account| [account.raw().into()]).collect();
    let sql = "SELECT a.account_id, a.kind, a.sealed, k.sealed_key, a.created_at, a.erased_at
                 FROM source_account a
            LEFT JOIN account_key k ON k.account_id = a.account_id AND k.tenant_id = a.tenant_id
                WHERE a.tenant_id = $1 AND a.account_id IN (…)";
    let rows = tx.read_rows(sql, &[tenant.raw().into()], &keys).await?;
    let mut found = rows.iter().map(kept_of).collect::<Result<Vec<_>, Error>>()?;
    found.sort_unstable_by_key(|kept| kept.account);
    Ok(found)
}

pub(super) fn kept_of(row: &Row) -> Result<Kept, Error> {
    Ok(Kept {
        account: row.id(0)?,
        kind: super::kind_of(row.int(1)?)?,
        sealed: row.opt_bytes(2)?,
        sealed_key: row.opt_bytes(3)?,
        created_at: row.time(4)?,
        erased_at: row.opt_int(5)?.map(Timestamp),
    })
}

/// The blind indexes of accounts. `stable`, which is how each begins, leads to it by the primary key; where that was not
/// kept yet (0) every identifier of the tenant is looked at.
pub(crate) async fn indexes(
    tx: &mut Tx,
    tenant: TenantId,
    accounts: impl Iterator<Item = (AccountId, u64)>,
) -> Result<Vec<(AccountId, BlindIndex)>, Error> {
    let (known, unknown): (Vec<_>, Vec<_>) = accounts.partition(|(_, stable)| *stable != 0);
    let end = |stable: u64, filling: u8| {
        let mut index = [filling; 16];
        index[..8].copy_from_slice(&stable.to_be_bytes());
        index
    };
    let ranges: Rows<4> = known
        .into_iter()
        .map(|(account, stable)| {
            [account.raw().into(), tenant.raw().into(), end(stable, 0).into(), end(stable, u8::MAX).into()]
        })
        .collect();
    let sql = "WITH v(account, tenant, low, high) AS (VALUES …)
             SELECT DISTINCT i.account_id, i.blind_index
               FROM v CROSS JOIN identifier i
              WHERE i.blind_index >= v.low AND i.blind_index <= v.high
                AND i.account_id = v.account AND i.tenant_id = v.tenant";
    let mut rows = tx.read_rows(sql, &[], &ranges).await?;
    let keys: Rows<1> = unknown.into_iter().map(|(account, _)| [account.raw().into()]).collect();
    let sql = "SELECT account_id, blind_index FROM identifier WHERE tenant_id = $1 AND account_id IN (…)";
    rows.extend(tx.read_rows(sql, &[tenant.raw().into()], &keys).await?);
    rows.iter().map(|row| Ok((row.id(0)?, row.array(1)?))).collect()
}

/// The accounts that blind indexes lead to. Index: primary key.
pub(crate) async fn leading(
    tx: &mut Tx,
    tenant: TenantId,
    indexes: impl Iterator<Item = &BlindIndex>,
) -> Result<HashMap<BlindIndex, AccountId>, Error> {
    let keys: Rows<1> = indexes.map(|index| [(*index).into()]).collect();
    let sql = "SELECT blind_index, account_id FROM identifier WHERE tenant_id = $1 AND blind_index IN (…)";
    let rows = tx.read_rows(sql, &[tenant.raw().into()], &keys).await?;
    rows.iter().map(|row| Ok((row.array(0)?, row.id(1)?))).collect()
}

/// Marks accounts as erased, and takes out their values and the beginnings of their blind indexes.
pub(crate) async fn mark(tx: &mut Tx, tenant: TenantId, accounts: &[AccountId], at: Timestamp) -> Result<(), Error> {
    let sql = "UPDATE source_account
                  SET sealed = NULL, stable = 0, erased_at = $1
                WHERE tenant_id = $2 AND erased_at IS NULL AND account_id IN (…)";
    tx.read_rows(sql, &[at.into(), tenant.raw().into()], &by_id(accounts)).await?;
    Ok(())
}

/// Deletes everything that the keys of accounts sealed, and the keys. Of consents the facts stay, without their evidence.
pub(crate) async fn delete_sealed(tx: &mut Tx, tenant: TenantId, accounts: &[AccountId]) -> Result<(), Error> {
    let fixed = [tenant.raw().into()];
    let keys = "DELETE FROM account_key WHERE tenant_id = $1 AND account_id IN (…)";
    tx.read_rows(keys, &fixed, &by_id(accounts)).await?;
    let profile = "DELETE FROM profile_value WHERE tenant_id = $1 AND account_id IN (…)";
    tx.read_rows(profile, &fixed, &by_id(accounts)).await?;
    // See `tags::of_accounts`.
    let tags = "DELETE FROM person_tag WHERE +tenant_id = $1 AND account_id IN (…)";
    tx.read_rows(tags, &fixed, &by_id(accounts)).await?;
    let evidence = "UPDATE consent_fact
                       SET evidence = NULL
                     WHERE tenant_id = $1 AND evidence IS NOT NULL AND account_id IN (…)";
    tx.read_rows(evidence, &fixed, &by_id(accounts)).await?;
    Ok(())
}

/// Deletes what is found by blind indexes: the identifiers, codes that were sent to them, and how many.
pub(crate) async fn delete_indexes(tx: &mut Tx, tenant: TenantId, indexes: &[BlindIndex]) -> Result<(), Error> {
    let keys: Rows<1> = indexes.iter().map(|index| [(*index).into()]).collect();
    let fixed = [tenant.raw().into()];
    tx.read_rows("DELETE FROM identifier WHERE tenant_id = $1 AND blind_index IN (…)", &fixed, &keys).await?;
    tx.read_rows("DELETE FROM phone_code WHERE tenant_id = $1 AND phone_index IN (…)", &fixed, &keys).await?;
    tx.read_rows("DELETE FROM message_quota WHERE tenant_id = $1 AND subject IN (…)", &fixed, &keys).await?;
    Ok(())
}

/// Takes number and content out of messages. One that still waited is too late from here on; what was set aside for it
/// stays counted for its day. Index: sms_message_by_phone.
pub(crate) async fn empty_messages(
    tx: &mut Tx,
    tenant: TenantId,
    phones: &[BlindIndex],
    at: Timestamp,
) -> Result<(), Error> {
    let keys: Rows<1> = phones.iter().map(|index| [(*index).into()]).collect();
    let sql = "UPDATE sms_message
                  SET phone_index = $1,
                      ended_at = CASE WHEN status = 0 THEN $2 ELSE ended_at END,
                      sealed = NULL,
                      cost_fen = CASE WHEN status = 0 THEN 0 ELSE cost_fen END,
                      status = CASE WHEN status = 0 THEN 4 ELSE status END
                WHERE tenant_id = $3 AND phone_index IN (…)";
    tx.read_rows(sql, &[BlindIndex::default().into(), at.into(), tenant.raw().into()], &keys).await?;
    Ok(())
}

/// Takes back evidence that joined nothing, so that nobody is joined with the accounts later.
pub(crate) async fn retract_contested(
    tx: &mut Tx,
    tenant: TenantId,
    accounts: &[AccountId],
    change: i64,
) -> Result<(), Error> {
    let fixed = [change.into(), tenant.raw().into()];
    let from_a = "UPDATE identity_link
                     SET retracted = $1
                   WHERE tenant_id = $2 AND merged = 0 AND retracted = 0 AND account_a IN (…)";
    let from_b = "UPDATE identity_link
                     SET retracted = $1
                   WHERE tenant_id = $2 AND merged = 0 AND retracted = 0 AND account_b IN (…)";
    tx.read_rows(from_a, &fixed, &by_id(accounts)).await?;
    tx.read_rows(from_b, &fixed, &by_id(accounts)).await?;
    Ok(())
}

/// Those of the accounts that were erased.
pub(crate) async fn erased(tx: &mut Tx, tenant: TenantId, accounts: &[AccountId]) -> Result<Vec<AccountId>, Error> {
    let sql = "SELECT account_id
                 FROM source_account
                WHERE tenant_id = $1 AND erased_at IS NOT NULL AND account_id IN (…)";
    let rows = tx.read_rows(sql, &[tenant.raw().into()], &by_id(accounts)).await?;
    rows.iter().map(|row| row.id(0)).collect()
}

/// Remembers tokens; gives how many were not remembered before. `tokens` must be in order.
pub(crate) async fn suppress(
    tx: &mut Tx,
    tenant: TenantId,
    tokens: &[BlindIndex],
    at: Timestamp,
) -> Result<u64, Error> {
    let rows: Rows<3> = tokens.iter().map(|token| [(*token).into(), tenant.raw().into(), at.into()]).collect();
    let sql = "INSERT INTO suppression (token, tenant_id, at) VALUES … ON CONFLICT (token, tenant_id) DO NOTHING";
    tx.write_rows(sql, &[], &rows).await
}

/// Those of the tokens that are remembered. Index: primary key.
pub(crate) async fn suppressed(
    tx: &mut Tx,
    tenant: TenantId,
    tokens: impl Iterator<Item = &BlindIndex>,
) -> Result<HashSet<BlindIndex>, Error> {
    let keys: Rows<1> = tokens.map(|token| [(*token).into()]).collect();
    let sql = "SELECT token FROM suppression WHERE tenant_id = $1 AND token IN (…)";
    tx.read_rows(sql, &[tenant.raw().into()], &keys).await?.iter().map(|row| row.array(0)).collect()
}

/// Forgets a token; gives whether it was remembered.
pub(crate) async fn lift(tx: &mut Tx, tenant: TenantId, token: BlindIndex) -> Result<bool, Error> {
    let sql = "DELETE FROM suppression WHERE token = $1 AND tenant_id = $2";
    Ok(tx.execute(sql, &[token.into(), tenant.raw().into()]).await? == 1)
}

fn by_id(accounts: &[AccountId]) -> Rows<1> {
    accounts.iter().map(|account| [account.raw().into()]).collect()
}
