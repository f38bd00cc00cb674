//! Statements about live and withdrawn items.

use tallymark_base::id::{BatchId, TenantId};
use tallymark_base::{Timestamp, TypedId as _};
use tallymark_store::{Error, Rows, Tx};

use super::{number, serials_of};
use crate::Serials;
use crate::rules::runs::Run;

/// Every activated run of the tenant, those of a batch rising.
pub(crate) async fn all(tx: &mut Tx, tenant: TenantId) -> Result<Vec<(BatchId, Serials)>, Error> {
    let sql = "SELECT batch_id, first_serial, last_serial
                 FROM activation
                WHERE tenant_id = $1
             ORDER BY batch_id, first_serial";
    let rows = tx.query(sql, &[tenant.raw().into()]).await?;
    rows.iter().map(|row| Ok((row.id(0)?, serials_of(row, 1)?))).collect()
}

/// An activated run of a batch that shares a serial with `serials`: since runs never overlap, if there is one, the last
/// that begins before the end is one.
pub(crate) async fn in_the_way(
    tx: &mut Tx,
    tenant: TenantId,
    batch: BatchId,
    serials: Serials,
) -> Result<Option<Serials>, Error> {
    let sql = "SELECT first_serial, last_serial
                 FROM activation
                WHERE tenant_id = $1 AND batch_id = $2 AND first_serial <= $3
             ORDER BY first_serial DESC
                LIMIT 1";
    let row = tx.query_one(sql, &[tenant.raw().into(), batch.raw().into(), number(serials.last)]).await?;
    let last = row.as_ref().map(|row| serials_of(row, 0)).transpose()?;
    Ok(last.filter(|held| held.overlaps(serials)))
}

/// When items of a batch were activated or withdrawn that share a serial with `serials`, at most `limit` moments of each.
/// Index: primary keys.
pub(crate) async fn moments(
    tx: &mut Tx,
    tenant: TenantId,
    batch: BatchId,
    serials: Serials,
    limit: i64,
) -> Result<Vec<Timestamp>, Error> {
    let mut found = Vec::new();
    for sql in [
        "SELECT at
           FROM activation
          WHERE tenant_id = $1 AND batch_id = $2 AND first_serial <= $3 AND last_serial >= $4
          LIMIT $5",
        "SELECT at
           FROM code_void
          WHERE tenant_id = $1 AND batch_id = $2 AND first_serial <= $3 AND last_serial >= $4
          LIMIT $5",
    ] {
        let (first, last) = (number(serials.first), number(serials.last));
        let values = [tenant.raw().into(), batch.raw().into(), last, first, limit.into()];
        for row in tx.query(sql, &values).await? {
            found.push(row.time(0)?);
        }
    }
    Ok(found)
}

/// Saves an activation.
pub(crate) async fn insert(
    tx: &mut Tx,
    tenant: TenantId,
    batch: BatchId,
    serials: Serials,
    at: Timestamp,
) -> Result<(), Error> {
    let sql = "INSERT INTO activation (tenant_id, batch_id, first_serial, last_serial, at) VALUES ($1, $2, $3, $4, $5)";
    let values = [tenant.raw().into(), batch.raw().into(), number(serials.first), number(serials.last), at.into()];
    tx.execute(sql, &values).await?;
    Ok(())
}

/// Every withdrawn run of the tenant with its reason, those of a batch rising.
pub(crate) async fn all_voids(tx: &mut Tx, tenant: TenantId) -> Result<Vec<(BatchId, Serials, String)>, Error> {
    let sql = "SELECT batch_id, first_serial, last_serial, reason
                 FROM code_void
                WHERE tenant_id = $1
             ORDER BY batch_id, first_serial";
    let rows = tx.query(sql, &[tenant.raw().into()]).await?;
    rows.iter().map(|row| Ok((row.id(0)?, serials_of(row, 1)?, row.text(3)?))).collect()
}

/// The withdrawn runs of a batch, rising.
pub(crate) async fn voids_of_batch(tx: &mut Tx, tenant: TenantId, batch: BatchId) -> Result<Vec<Run<()>>, Error> {
    let sql = "SELECT first_serial, last_serial
                 FROM code_void
                WHERE tenant_id = $1 AND batch_id = $2
             ORDER BY first_serial";
    let rows = tx.query(sql, &[tenant.raw().into(), batch.raw().into()]).await?;
    rows.iter().map(|row| Ok((serials_of(row, 0)?, ()))).collect()
}

/// Saves withdrawn runs.
pub(crate) async fn insert_voids(
    tx: &mut Tx,
    tenant: TenantId,
    batch: BatchId,
    parts: &[Serials],
    reason: &str,
    at: Timestamp,
) -> Result<(), Error> {
    let rows: Rows<6> = parts
        .iter()
        .map(|part| {
            let (tenant, batch) = (tenant.raw().into(), batch.raw().into());
            [tenant, batch, number(part.first), number(part.last), reason.into(), at.into()]
        })
        .collect();
    let sql = "INSERT INTO code_void (tenant_id, batch_id, first_serial, last_serial, reason, at) VALUES …";
    tx.write_all_rows(sql, &[], &rows).await
}
