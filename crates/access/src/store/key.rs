//! Statements about API keys.

use tallymark_base::id::{ApiKeyId, TenantId};
use tallymark_base::{Timestamp, TypedId};
use tallymark_store::{Error, Row, Tx};

/// A stored API key.
#[derive(Debug, Clone)]
pub(crate) struct StoredKey {
    pub(crate) id: ApiKeyId,
    pub(crate) tenant: TenantId,
    pub(crate) name: String,
    pub(crate) secret_hash: [u8; 32],
    pub(crate) scopes: String,
    pub(crate) created_at: Timestamp,
    pub(crate) expires_at: Option<Timestamp>,
    pub(crate) revoked_at: Option<Timestamp>,
    pub(crate) namespace: Option<String>,
}

pub(crate) async fn insert_key(tx: &mut Tx, key: &StoredKey) -> Result<(), Error> {
    let sql = "INSERT INTO api_key (key_id, tenant_id, name, secret_hash, scopes, created_at, expires_at, namespace)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    let values = [
        key.id.raw().into(),
        key.tenant.raw().into(),
        key.name.as_str().into(),
        key.secret_hash.into(),
        key.scopes.as_str().into(),
        key.created_at.into(),
        key.expires_at.map(|at| at.0).into(),
        key.namespace.clone().into(),
    ];
    tx.execute(sql, &values).await?;
    Ok(())
}

/// By id alone: the tenant is what the key is to tell. Index: primary key.
pub(crate) async fn key(tx: &mut Tx, id: ApiKeyId) -> Result<Option<StoredKey>, Error> {
    let sql = "SELECT key_id, tenant_id, name, secret_hash, scopes, created_at, expires_at, revoked_at, namespace
                 FROM api_key
                WHERE key_id = $1";
    tx.query_one(sql, &[id.raw().into()]).await?.as_ref().map(key_of).transpose()
}

/// A page of a tenant's keys. Index: api_key_by_tenant.
pub(crate) async fn keys(tx: &mut Tx, tenant: TenantId, after: i64, limit: i64) -> Result<Vec<StoredKey>, Error> {
    let sql = "SELECT key_id, tenant_id, name, secret_hash, scopes, created_at, expires_at, revoked_at, namespace
                 FROM api_key
                WHERE tenant_id = $1 AND key_id > $2
             ORDER BY key_id
                LIMIT $3";
    tx.query(sql, &[tenant.raw().into(), after.into(), limit.into()]).await?.iter().map(key_of).collect()
}

/// Revokes a key of the tenant; gives whether there was one to revoke.
pub(crate) async fn revoke(tx: &mut Tx, tenant: TenantId, id: ApiKeyId, at: Timestamp) -> Result<bool, Error> {
    let sql = "UPDATE api_key SET revoked_at = $3 WHERE key_id = $1 AND tenant_id = $2 AND revoked_at IS NULL";
    Ok(tx.execute(sql, &[id.raw().into(), tenant.raw().into(), at.into()]).await? == 1)
}

fn key_of(row: &Row) -> Result<StoredKey, Error> {
    Ok(StoredKey {
        id: row.id(0)?,
        tenant: row.id(1)?,
        name: row.text(2)?,
        secret_hash: row.array(3)?,
        scopes: row.text(4)?,
        created_at: row.time(5)?,
        expires_at: row.opt_int(6)?.map(Timestamp),
        revoked_at: row.opt_int(7)?.map(Timestamp),
        namespace: row.opt_text(8)?,
    })
}
