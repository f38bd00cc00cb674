//! Statements about links that sign a person in.

use tallymark_base::id::{TenantId, UserId};
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_store::{Error, Tx};

/// A link as it is stored.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StoredLink {
    pub(crate) user: UserId,
    /// How long the session lasts.
    pub(crate) session_s: i64,
    pub(crate) expires_at: Timestamp,
}

/// Saves a link; the user's earlier ones are void.
pub(crate) async fn replace(
    tx: &mut Tx,
    tenant: TenantId,
    token_hash: [u8; 32],
    link: &StoredLink,
) -> Result<(), Error> {
    delete_of_user(tx, tenant, link.user).await?;
    let sql = "INSERT INTO sign_in_link (token_hash, tenant_id, user_id, session_s, expires_at)
               VALUES ($1, $2, $3, $4, $5)";
    let values =
        [token_hash.into(), tenant.raw().into(), link.user.raw().into(), link.session_s.into(), link.expires_at.into()];
    tx.execute(sql, &values).await?;
    Ok(())
}

/// Uses a link up, and gives it if it was still valid at `at`; none when there is no such link or another used it.
/// Index: primary key.
pub(crate) async fn take(
    tx: &mut Tx,
    tenant: TenantId,
    token_hash: [u8; 32],
    at: Timestamp,
) -> Result<Option<StoredLink>, Error> {
    let sql = "DELETE FROM sign_in_link
                WHERE token_hash = $1 AND tenant_id = $2
            RETURNING user_id, session_s, expires_at";
    let Some(row) = tx.query_one(sql, &[token_hash.into(), tenant.raw().into()]).await? else { return Ok(None) };
    let link = StoredLink { user: row.id(0)?, session_s: row.int(1)?, expires_at: row.time(2)? };
    Ok(Some(link).filter(|link| at < link.expires_at))
}

pub(crate) async fn delete_of_user(tx: &mut Tx, tenant: TenantId, user: UserId) -> Result<(), Error> {
    let sql = "DELETE FROM sign_in_link WHERE tenant_id = $1 AND user_id = $2";
    tx.execute(sql, &[tenant.raw().into(), user.raw().into()]).await?;
    Ok(())
}

pub(crate) async fn delete_of_tenant(tx: &mut Tx, tenant: TenantId) -> Result<u64, Error> {
    tx.execute("DELETE FROM sign_in_link WHERE tenant_id = $1", &[tenant.raw().into()]).await
}

/// Forgets links that ran out before `before`, at most `limit`. Index: sign_in_link_by_end.
pub(crate) async fn forget(tx: &mut Tx, before: Timestamp, limit: u32) -> Result<u64, Error> {
    let sql = "DELETE FROM sign_in_link
                WHERE token_hash IN (SELECT token_hash FROM sign_in_link WHERE expires_at < $1 LIMIT $2)";
    tx.execute(sql, &[before.into(), i64::from(limit).into()]).await
}
