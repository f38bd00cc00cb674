//! Statements about links that let a person set a password.

use tallymark_base::id::{TenantId, UserId};
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_store::{Error, Tx};

use crate::types::LinkPurpose;

/// Saves a link; the user's earlier ones are void.
pub(crate) async fn replace(
    tx: &mut Tx,
    tenant: TenantId,
    user: UserId,
    token_hash: [u8; 32],
    purpose: LinkPurpose,
    expires_at: Timestamp,
) -> Result<(), Error> {
    delete_of_user(tx, tenant, user).await?;
    let sql = "INSERT INTO password_link (token_hash, tenant_id, user_id, purpose, expires_at)
               VALUES ($1, $2, $3, $4, $5)";
    let values =
        [token_hash.into(), tenant.raw().into(), user.raw().into(), purpose.number().into(), expires_at.into()];
    tx.execute(sql, &values).await?;
    Ok(())
}

/// Whose link it is, if it is still valid. Index: primary key.
pub(crate) async fn find(
    tx: &mut Tx,
    tenant: TenantId,
    token_hash: [u8; 32],
    at: Timestamp,
) -> Result<Option<UserId>, Error> {
    let sql = "SELECT user_id FROM password_link WHERE token_hash = $1 AND tenant_id = $2 AND expires_at > $3";
    tx.query_one(sql, &[token_hash.into(), tenant.raw().into(), at.into()]).await?.map(|row| row.id(0)).transpose()
}

/// Uses a link up; `false` when another did.
pub(crate) async fn take(tx: &mut Tx, tenant: TenantId, token_hash: [u8; 32]) -> Result<bool, Error> {
    let sql = "DELETE FROM password_link WHERE token_hash = $1 AND tenant_id = $2";
    Ok(tx.execute(sql, &[token_hash.into(), tenant.raw().into()]).await? == 1)
}

pub(crate) async fn delete_of_user(tx: &mut Tx, tenant: TenantId, user: UserId) -> Result<(), Error> {
    let sql = "DELETE FROM password_link WHERE tenant_id = $1 AND user_id = $2";
    tx.execute(sql, &[tenant.raw().into(), user.raw().into()]).await?;
    Ok(())
}

pub(crate) async fn delete_of_tenant(tx: &mut Tx, tenant: TenantId) -> Result<u64, Error> {
    tx.execute("DELETE FROM password_link WHERE tenant_id = $1", &[tenant.raw().into()]).await
}

/// Forgets links that ran out before `before`, at most `limit`. Index: password_link_by_end.
pub(crate) async fn forget(tx: &mut Tx, before: Timestamp, limit: u32) -> Result<u64, Error> {
    let sql = "DELETE FROM password_link
                WHERE token_hash IN (SELECT token_hash FROM password_link WHERE expires_at < $1 LIMIT $2)";
    tx.execute(sql, &[before.into(), i64::from(limit).into()]).await
}
