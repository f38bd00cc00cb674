//! Making and finding tenants.

use tallymark_base::id::{IdSource, TenantId};
use tallymark_base::seal::Key;
use tallymark_base::{Clock, Entropy, TypedId as _};
use tallymark_store::{Tx, revision};

use crate::rules::{HOSTS_MAX, check_name, normal_host, time_zone};
use crate::store::tenant::{self as store, StoredSecret, StoredTenant};
use crate::{Error, NewTenant, Rotated, Tenant};

/// Makes a tenant with a fresh secret, sealed by `master`. On an error the caller's transaction must be rolled back.
pub async fn create(
    tx: &mut Tx,
    master: &Key,
    entropy: &dyn Entropy,
    ids: &IdSource,
    clock: &dyn Clock,
    new: NewTenant,
) -> Result<Tenant, Error> {
    check_name(&new.name)?;
    time_zone(&new.zone)?;
    if new.hosts.len() > HOSTS_MAX {
        return Err(Error::TooManyHosts { given: new.hosts.len(), max: HOSTS_MAX });
    }
    let mut hosts = new.hosts.iter().map(|host| normal_host(host)).collect::<Result<Vec<_>, _>>()?;
    hosts.sort();
    hosts.dedup();

    let id: TenantId = ids.next(clock)?;
    let secret = Key::generate(entropy);
    let tenant = Tenant { id, name: new.name, hosts, zone: new.zone, secret, rotated: None };
    let sealed = master.seal(&secret_context(id), tenant.secret.bytes(), entropy);
    store::insert(tx, &tenant, sealed, clock.now()).await?;
    let taken = store::insert_hosts(tx, id, &tenant.hosts).await?;
    if let Some(host) = tenant.hosts.iter().find(|host| !taken.contains(host)) {
        return Err(Error::HostTaken { host: host.clone() });
    }
    revision::raise(tx, id.raw()).await?;
    Ok(tenant)
}

/// A tenant by its id.
pub async fn find(tx: &mut Tx, master: &Key, id: TenantId) -> Result<Option<Tenant>, Error> {
    let Some(stored) = store::find(tx, id).await? else { return Ok(None) };
    let secrets = store::secrets(tx, id).await?;
    opened(master, stored, secrets).map(Some)
}

/// The tenant to which a host leads: the name as a browser sends it, a port included. A text that is no host name
/// leads nowhere.
pub async fn by_host(tx: &mut Tx, master: &Key, host: &str) -> Result<Option<Tenant>, Error> {
    let Ok(host) = normal_host(host) else { return Ok(None) };
    match store::id_by_host(tx, &host).await? {
        Some(id) => find(tx, master, id).await,
        None => Ok(None),
    }
}

/// Every tenant of the installation, oldest first. For the platform's own work, never for a tenant's.
pub async fn all(tx: &mut Tx, master: &Key) -> Result<Vec<Tenant>, Error> {
    let mut secrets = store::all_secrets(tx).await?;
    let all = store::all(tx).await?.into_iter();
    all.map(|stored| {
        let own = secrets.remove(&stored.id).unwrap_or_default();
        opened(master, stored, own)
    })
    .collect()
}

/// The ids of every tenant, oldest first: what can be told without the master key.
pub async fn ids(tx: &mut Tx) -> Result<Vec<TenantId>, Error> {
    Ok(store::ids(tx).await?)
}

fn opened(master: &Key, stored: StoredTenant, secrets: Vec<StoredSecret>) -> Result<Tenant, Error> {
    let StoredTenant { id, name, zone, sealed_secret, hosts } = stored;
    let secret = master.open_key(&secret_context(id), &sealed_secret)?;
    let is_done = secrets.last().is_some_and(|last| last.done_at.is_some());
    let mut later = Vec::with_capacity(secrets.len());
    for one in &secrets {
        later.push(master.open_key(&generation_context(id, one.generation), &one.sealed)?);
    }
    let rotated = later.pop().map(|last| {
        let earlier = if is_done { Vec::new() } else { later.into_iter().rev().chain([secret.clone()]).collect() };
        Rotated { secret: last, earlier }
    });
    Ok(Tenant { id, name, hosts, zone, secret, rotated })
}

/// What a later secret is bound to.
pub(super) fn generation_context(id: TenantId, generation: u32) -> Vec<u8> {
    [b"tenant_key.secret".as_slice(), &id.raw().to_be_bytes(), &generation.to_be_bytes()].concat()
}

/// What a sealed secret is bound to: copied to another tenant's row it does not open.
fn secret_context(id: TenantId) -> Vec<u8> {
    [b"tenant.secret".as_slice(), &id.raw().to_be_bytes()].concat()
}
