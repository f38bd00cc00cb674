//! Statements about OpenID providers and who is who there.

use tallymark_base::id::{TenantId, UserId};
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_store::{Error, Tx};

/// A provider with its sealed secret.
#[derive(Debug, Clone)]
pub(crate) struct StoredProvider {
    pub(crate) issuer: String,
    pub(crate) client_id: String,
    pub(crate) secret: Vec<u8>,
    pub(crate) changed_at: Timestamp,
}

pub(crate) async fn set(tx: &mut Tx, tenant: TenantId, provider: &StoredProvider) -> Result<(), Error> {
    let sql = "INSERT INTO oidc_provider (tenant_id, issuer, client_id, secret, changed_at)
               VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (tenant_id) DO UPDATE
                  SET issuer = excluded.issuer, client_id = excluded.client_id, secret = excluded.secret,
                      changed_at = excluded.changed_at";
    let values = [
        tenant.raw().into(),
        provider.issuer.as_str().into(),
        provider.client_id.as_str().into(),
        provider.secret.as_slice().into(),
        provider.changed_at.into(),
    ];
    tx.execute(sql, &values).await?;
    Ok(())
}

/// Index: primary key.
pub(crate) async fn find(tx: &mut Tx, tenant: TenantId) -> Result<Option<StoredProvider>, Error> {
    let sql = "SELECT issuer, client_id, secret, changed_at FROM oidc_provider WHERE tenant_id = $1";
    let row = tx.query_one(sql, &[tenant.raw().into()]).await?;
    row.map(|row| {
        Ok(StoredProvider {
            issuer: row.text(0)?,
            client_id: row.text(1)?,
            secret: row.bytes(2)?,
            changed_at: row.time(3)?,
        })
    })
    .transpose()
}

/// Takes the provider away; `false` when there is none.
pub(crate) async fn delete(tx: &mut Tx, tenant: TenantId) -> Result<bool, Error> {
    let sql = "DELETE FROM oidc_provider WHERE tenant_id = $1";
    Ok(tx.execute(sql, &[tenant.raw().into()]).await? == 1)
}

/// Which user somebody at a provider is. Index: primary key.
pub(crate) async fn user_of(
    tx: &mut Tx,
    tenant: TenantId,
    issuer: &str,
    subject: &str,
) -> Result<Option<UserId>, Error> {
    let sql = "SELECT user_id FROM oidc_subject WHERE tenant_id = $1 AND issuer = $2 AND subject = $3";
    let row = tx.query_one(sql, &[tenant.raw().into(), issuer.into(), subject.into()]).await?;
    row.map(|row| row.id(0)).transpose()
}

/// Binds somebody at a provider to a user; `false` when either is bound already.
pub(crate) async fn bind(
    tx: &mut Tx,
    tenant: TenantId,
    (issuer, subject): (&str, &str),
    user: UserId,
    at: Timestamp,
) -> Result<bool, Error> {
    let sql = "INSERT INTO oidc_subject (tenant_id, issuer, subject, user_id, bound_at)
               VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT DO NOTHING";
    let values = [tenant.raw().into(), issuer.into(), subject.into(), user.raw().into(), at.into()];
    Ok(tx.execute(sql, &values).await? == 1)
}
