//! Statements about tenants and hosts.

use std::collections::HashMap;

use tallymark_base::id::TenantId;
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_store::{Error, Row, Rows, Tx};

use crate::Tenant;

/// A tenant as it is stored.
#[derive(Debug)]
pub(crate) struct StoredTenant {
    pub(crate) id: TenantId,
    pub(crate) name: String,
    pub(crate) zone: String,
    pub(crate) sealed_secret: Vec<u8>,
    pub(crate) hosts: Vec<String>,
}

/// A later secret as it is stored.
#[derive(Debug)]
pub(crate) struct StoredSecret {
    pub(crate) generation: u32,
    pub(crate) sealed: Vec<u8>,
    pub(crate) made_at: Timestamp,
    pub(crate) done_at: Option<Timestamp>,
}

/// The later secrets of a tenant, the first one first. Index: primary key.
pub(crate) async fn secrets(tx: &mut Tx, tenant: TenantId) -> Result<Vec<StoredSecret>, Error> {
    let sql = "SELECT generation, secret, made_at, done_at FROM tenant_key WHERE tenant_id = $1 ORDER BY generation";
    tx.query(sql, &[tenant.raw().into()]).await?.iter().map(|row| secret_of(row, 0)).collect()
}

/// The later secrets of all tenants, the first ones first.
pub(crate) async fn all_secrets(tx: &mut Tx) -> Result<HashMap<TenantId, Vec<StoredSecret>>, Error> {
    let sql = "SELECT tenant_id, generation, secret, made_at, done_at FROM tenant_key ORDER BY tenant_id, generation";
    let mut secrets: HashMap<TenantId, Vec<StoredSecret>> = HashMap::new();
    for row in tx.query(sql, &[]).await? {
        secrets.entry(row.id(0)?).or_default().push(secret_of(&row, 1)?);
    }
    Ok(secrets)
}

/// Saves a later secret.
pub(crate) async fn insert_secret(tx: &mut Tx, tenant: TenantId, secret: &StoredSecret) -> Result<(), Error> {
    let sql = "INSERT INTO tenant_key (tenant_id, generation, secret, made_at) VALUES ($1, $2, $3, $4)";
    let StoredSecret { generation, sealed, made_at, .. } = secret;
    let generation = i64::from(*generation);
    tx.execute(sql, &[tenant.raw().into(), generation.into(), sealed.clone().into(), (*made_at).into()]).await?;
    Ok(())
}

/// Notes that a generation is complete, and removes those before it.
pub(crate) async fn finish_secret(tx: &mut Tx, tenant: TenantId, generation: u32, now: Timestamp) -> Result<(), Error> {
    let values = [tenant.raw().into(), i64::from(generation).into(), now.into()];
    let sql = "UPDATE tenant_key SET done_at = $3 WHERE tenant_id = $1 AND generation = $2 AND done_at IS NULL";
    tx.execute(sql, &values).await?;
    let sql = "DELETE FROM tenant_key WHERE tenant_id = $1 AND generation < $2";
    tx.execute(sql, &values[..2]).await?;
    Ok(())
}

fn secret_of(row: &Row, from: usize) -> Result<StoredSecret, Error> {
    let generation = row.int(from)?;
    Ok(StoredSecret {
        generation: u32::try_from(generation).map_err(|_| Error::Unreadable(format!("generation {generation}")))?,
        sealed: row.bytes(from + 1)?,
        made_at: row.time(from + 2)?,
        done_at: row.opt_int(from + 3)?.map(Timestamp),
    })
}

pub(crate) async fn insert(tx: &mut Tx, tenant: &Tenant, sealed: Vec<u8>, at: Timestamp) -> Result<(), Error> {
    let sql = "INSERT INTO tenant (tenant_id, name, zone, secret, created_at)
               VALUES ($1, $2, $3, $4, $5)";
    let values =
        [tenant.id.raw().into(), tenant.name.as_str().into(), tenant.zone.as_str().into(), sealed.into(), at.into()];
    tx.execute(sql, &values).await?;
    Ok(())
}

/// Gives the hosts that were free and are the tenant's.
pub(crate) async fn insert_hosts(tx: &mut Tx, tenant: TenantId, hosts: &[String]) -> Result<Vec<String>, Error> {
    let rows: Rows<2> = hosts.iter().map(|host| [host.as_str().into(), tenant.raw().into()]).collect();
    let sql = "INSERT INTO tenant_host (host, tenant_id) VALUES …
               ON CONFLICT (host) DO NOTHING
               RETURNING host";
    tx.write_rows_returning(sql, &[], &rows).await?.iter().map(|row| row.text(0)).collect()
}

pub(crate) async fn id_by_host(tx: &mut Tx, host: &str) -> Result<Option<TenantId>, Error> {
    let sql = "SELECT tenant_id FROM tenant_host WHERE host = $1";
    tx.query_one(sql, &[host.into()]).await?.map(|row| row.id(0)).transpose()
}

pub(crate) async fn find(tx: &mut Tx, id: TenantId) -> Result<Option<StoredTenant>, Error> {
    let sql = "SELECT tenant_id, name, zone, secret FROM tenant WHERE tenant_id = $1";
    let Some(row) = tx.query_one(sql, &[id.raw().into()]).await? else { return Ok(None) };
    let sql = "SELECT host FROM tenant_host WHERE tenant_id = $1 ORDER BY host";
    let hosts = tx.query(sql, &[id.raw().into()]).await?;
    let hosts = hosts.iter().map(|row| row.text(0)).collect::<Result<_, _>>()?;
    Ok(Some(stored_of(&row, hosts)?))
}

pub(crate) async fn all(tx: &mut Tx) -> Result<Vec<StoredTenant>, Error> {
    let mut hosts: HashMap<TenantId, Vec<String>> = HashMap::new();
    for row in tx.query("SELECT tenant_id, host FROM tenant_host ORDER BY host", &[]).await? {
        hosts.entry(row.id(0)?).or_default().push(row.text(1)?);
    }
    let rows = tx.query("SELECT tenant_id, name, zone, secret FROM tenant ORDER BY tenant_id", &[]).await?;
    rows.iter().map(|row| stored_of(row, hosts.remove(&row.id(0)?).unwrap_or_default())).collect()
}

pub(crate) async fn ids(tx: &mut Tx) -> Result<Vec<TenantId>, Error> {
    let rows = tx.query("SELECT tenant_id FROM tenant ORDER BY tenant_id", &[]).await?;
    rows.iter().map(|row| row.id(0)).collect()
}

fn stored_of(row: &Row, hosts: Vec<String>) -> Result<StoredTenant, Error> {
    Ok(StoredTenant { id: row.id(0)?, name: row.text(1)?, zone: row.text(2)?, sealed_secret: row.bytes(3)?, hosts })
}
