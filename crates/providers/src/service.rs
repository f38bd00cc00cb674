//! Setting, finding and removing a tenant's providers, inside the caller's transaction.
//!
//! `key` is the tenant's key for this purpose: `tenant.secret_for(`[`KEY_PURPOSE`]`)`.

use tallymark_base::id::TenantId;
use tallymark_base::seal::Key;
use tallymark_base::{Entropy, Timestamp, TypedId as _};
use tallymark_store::Tx;

use crate::Error;
use crate::setting::{ListedSetting, NewSetting, ProviderKind, ProviderSetting, Secret, SettingError};
use crate::store::{self, Stored};

/// What the key is derived for that seals secrets.
pub const KEY_PURPOSE: &str = "providers.v1";

/// Sets a provider; one that was set before is replaced, and keeps its secret where none is given.
pub async fn set(
    tx: &mut Tx,
    tenant: TenantId,
    key: &Key,
    entropy: &dyn Entropy,
    new: NewSetting,
    at: Timestamp,
) -> Result<ListedSetting, Error> {
    let (setting, secret) = new.checked()?;
    let kind = setting.kind();
    let sealed = match secret {
        Some(secret) => key.seal(&context(tenant, kind), secret.text().as_bytes(), entropy),
        None => store::find(tx, tenant, kind).await?.ok_or(SettingError::SecretMissing)?.sealed,
    };
    let stored = Stored { setting, sealed, updated_at: at };
    store::upsert(tx, tenant, &stored).await?;
    Ok(ListedSetting { setting: stored.setting, updated_at: at })
}

/// A provider and its secret.
pub async fn find(
    tx: &mut Tx,
    tenant: TenantId,
    key: &Key,
    kind: ProviderKind,
) -> Result<Option<(ProviderSetting, Secret)>, Error> {
    let Some(stored) = store::find(tx, tenant, kind).await? else { return Ok(None) };
    let plain = key.open(&context(tenant, kind), &stored.sealed)?;
    let text = String::from_utf8(plain).map_err(|_| SettingError::Secret)?;
    Ok(Some((stored.setting, Secret::new(text)?)))
}

/// A tenant's providers, without secrets.
pub async fn list(tx: &mut Tx, tenant: TenantId) -> Result<Vec<ListedSetting>, Error> {
    let listed = |stored: Stored| ListedSetting { setting: stored.setting, updated_at: stored.updated_at };
    Ok(store::list(tx, tenant).await?.into_iter().map(listed).collect())
}

/// Removes a provider; gives whether there was one.
pub async fn remove(tx: &mut Tx, tenant: TenantId, kind: ProviderKind) -> Result<bool, Error> {
    Ok(store::delete(tx, tenant, kind).await?)
}

/// What a sealed secret is bound to: copied to another tenant or kind it does not open.
fn context(tenant: TenantId, kind: ProviderKind) -> Vec<u8> {
    [b"provider_setting.sealed".as_slice(), &tenant.raw().to_be_bytes(), kind.name().as_bytes()].concat()
}
