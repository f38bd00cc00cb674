//! Every statement about provider settings.

use tallymark_base::id::TenantId;
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_store::{Error, Row, Tx};

use crate::{ProviderKind, ProviderSetting};

/// A setting as it is stored.
pub(crate) struct Stored {
    pub(crate) setting: ProviderSetting,
    pub(crate) sealed: Vec<u8>,
    pub(crate) updated_at: Timestamp,
}

/// Index: primary key.
pub(crate) async fn find(tx: &mut Tx, tenant: TenantId, kind: ProviderKind) -> Result<Option<Stored>, Error> {
    let sql = "SELECT settings, sealed, updated_at FROM provider_setting WHERE tenant_id = $1 AND kind = $2";
    let row = tx.query_one(sql, &[tenant.raw().into(), kind.number().into()]).await?;
    row.as_ref().map(stored_of).transpose()
}

/// Index: primary key.
pub(crate) async fn list(tx: &mut Tx, tenant: TenantId) -> Result<Vec<Stored>, Error> {
    let sql = "SELECT settings, sealed, updated_at FROM provider_setting WHERE tenant_id = $1 ORDER BY kind";
    tx.query(sql, &[tenant.raw().into()]).await?.iter().map(stored_of).collect()
}

pub(crate) async fn upsert(tx: &mut Tx, tenant: TenantId, stored: &Stored) -> Result<(), Error> {
    let settings = serde_json::to_string(&stored.setting).expect("a setting is a plain struct");
    let sql = "INSERT INTO provider_setting (tenant_id, kind, settings, sealed, updated_at)
               VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (tenant_id, kind) DO UPDATE
                  SET settings = excluded.settings, sealed = excluded.sealed, updated_at = excluded.updated_at";
    let values = [
        tenant.raw().into(),
        stored.setting.kind().number().into(),
        settings.into(),
        stored.sealed.as_slice().into(),
        stored.updated_at.into(),
    ];
    tx.execute(sql, &values).await?;
    Ok(())
}

/// Gives whether there was one.
pub(crate) async fn delete(tx: &mut Tx, tenant: TenantId, kind: ProviderKind) -> Result<bool, Error> {
    let sql = "DELETE FROM provider_setting WHERE tenant_id = $1 AND kind = $2";
    Ok(tx.execute(sql, &[tenant.raw().into(), kind.number().into()]).await? == 1)
}

fn stored_of(row: &Row) -> Result<Stored, Error> {
    let setting = serde_json::from_str(&row.text(0)?)
        .map_err(|error| Error::Unreadable(format!("setting of a provider: {error}")))?;
    Ok(Stored { setting, sealed: row.bytes(1)?, updated_at: row.time(2)? })
}
