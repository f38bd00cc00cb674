//! Making and finding tenants.

use tallymark_base::id::{IdSource, TenantId};
use tallymark_base::seal::Key;
use tallymark_base::{Clock, Entropy, TypedId as _};
use tallymark_store::{Tx, revision};

use crate::rules::{HOSTS_MAX, check_name, normal_host, time_zone};
use crate::store::tenant::{self as store, StoredTenant};
use crate::{Error, NewTenant, Tenant};

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
    let tenant = Tenant { id, name: new.name, hosts, zone: new.zone, secret: Key::generate(entropy) };
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
    store::find(tx, id).await?.map(|stored| opened(master, stored)).transpose()
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
    store::all(tx).await?.into_iter().map(|stored| opened(master, stored)).collect()
}

/// The ids of every tenant, oldest first: what can be told without the master key.
pub async fn ids(tx: &mut Tx) -> Result<Vec<TenantId>, Error> {
    Ok(store::ids(tx).await?)
}

fn opened(master: &Key, stored: StoredTenant) -> Result<Tenant, Error> {
    let secret = master.open_key(&secret_context(stored.id), &stored.sealed_secret)?;
    Ok(Tenant { id: stored.id, name: stored.name, hosts: stored.hosts, zone: stored.zone, secret })
}

/// What a sealed secret is bound to: copied to another tenant's row it does not open.
fn secret_context(id: TenantId) -> Vec<u8> {
    [b"tenant.secret".as_slice(), &id.raw().to_be_bytes()].concat()
}
