//! Statements about who holds items.

use std::collections::HashMap;

use tallymark_base::TypedId as _;
use tallymark_base::id::{BatchId, TenantId};
use tallymark_store::{Error, Row, Rows, Tx, Value};

use super::{number, number_of, serials_of};
use crate::rules::runs::Run;
use crate::{Custody, Serials};

/// Who holds each item; items that were never shipped are missing. One statement for up to 256 items.
///
/// Index: primary key (batch_id, first_serial): runs never overlap, so the last that begins at or before the item is the
/// only one that can hold it. It is asked for in the order of the key and not as a maximum, for which PostgreSQL, on a
/// table without statistics, reads every run before it.
pub(crate) async fn of_items(
    tx: &mut Tx,
    tenant: TenantId,
    items: &[(BatchId, u64)],
) -> Result<HashMap<(BatchId, u64), Custody>, Error> {
    let keys: Rows<3> =
        items.iter().map(|(batch, serial)| [batch.raw().into(), number(*serial), tenant.raw().into()]).collect();
    let sql = "WITH v (batch_id, serial, tenant_id) AS (VALUES …)
               SELECT v.batch_id, v.serial, c.organisation_id, c.shipment_id, c.since
                 FROM v
           CROSS JOIN custody c
                WHERE c.tenant_id = v.tenant_id
                  AND c.batch_id = v.batch_id
                  AND c.first_serial = (SELECT k.first_serial
                                          FROM custody k
                                         WHERE k.tenant_id = v.tenant_id
                                           AND k.batch_id = v.batch_id
                                           AND k.first_serial <= v.serial
                                      ORDER BY k.batch_id DESC, k.first_serial DESC
                                         LIMIT 1)
                  AND c.last_serial >= v.serial";
    let rows = tx.read_rows(sql, &[], &keys).await?;
    rows.iter().map(|row| Ok(((row.id(0)?, number_of(row, 1)?), custody_of(row, 2)?))).collect()
}

/// The runs of a batch that share an item with a range, rising. Ranges are asked for one by one: for many at once both
/// engines choose, once they have statistics, to compare every run of the batch with every range.
///
/// Index: primary key (batch_id, first_serial), from the last run that begins at or before the range.
pub(crate) async fn overlapping(
    tx: &mut Tx,
    tenant: TenantId,
    batch: BatchId,
    range: Serials,
) -> Result<Vec<Run<Custody>>, Error> {
    let sql = "SELECT c.first_serial, c.last_serial, c.organisation_id, c.shipment_id, c.since
                 FROM custody c
                WHERE c.tenant_id = $1
                  AND c.batch_id = $2
                  AND c.first_serial >= COALESCE((SELECT k.first_serial
                                                    FROM custody k
                                                   WHERE k.tenant_id = $1
                                                     AND k.batch_id = $2
                                                     AND k.first_serial <= $3
                                                ORDER BY k.batch_id DESC, k.first_serial DESC
                                                   LIMIT 1), $3)
                  AND c.first_serial <= $4
                  AND c.last_serial >= $3
             ORDER BY c.first_serial";
    let values = [tenant.raw().into(), batch.raw().into(), number(range.first), number(range.last)];
    tx.query(sql, &values).await?.iter().map(|row| Ok((serials_of(row, 0)?, custody_of(row, 2)?))).collect()
}

/// Takes runs away.
pub(crate) async fn delete(tx: &mut Tx, tenant: TenantId, runs: &[(BatchId, Serials)]) -> Result<(), Error> {
    let rows: Rows<3> =
        runs.iter().map(|(batch, run)| [batch.raw().into(), number(run.first), tenant.raw().into()]).collect();
    let sql = "DELETE FROM custody WHERE (batch_id, first_serial, tenant_id) IN (VALUES …)";
    tx.write_all_rows(sql, &[], &rows).await
}

/// Adds runs.
pub(crate) async fn insert(tx: &mut Tx, tenant: TenantId, runs: &[(BatchId, Run<Custody>)]) -> Result<(), Error> {
    let rows: Rows<7> = runs.iter().map(|run| values_of(tenant, run)).collect();
    let sql =
        "INSERT INTO custody (batch_id, first_serial, tenant_id, last_serial, organisation_id, shipment_id, since)
               VALUES …";
    tx.write_all_rows(sql, &[], &rows).await
}

/// Keeps for ever who got what.
pub(crate) async fn insert_history(
    tx: &mut Tx,
    tenant: TenantId,
    runs: &[(BatchId, Run<Custody>)],
) -> Result<(), Error> {
    let rows: Rows<7> = runs.iter().map(|run| values_of(tenant, run)).collect();
    let sql = "INSERT INTO custody_history (batch_id, first_serial, tenant_id, last_serial, organisation_id,
                                            shipment_id, since)
               VALUES …";
    tx.write_all_rows(sql, &[], &rows).await
}

/// Everyone who ever got an item, first to last.
pub(crate) async fn chain(tx: &mut Tx, tenant: TenantId, batch: BatchId, serial: u64) -> Result<Vec<Custody>, Error> {
    let sql = "SELECT organisation_id, shipment_id, since
                 FROM custody_history
                WHERE tenant_id = $1 AND batch_id = $2 AND first_serial <= $3 AND last_serial >= $3
             ORDER BY shipment_id";
    let rows = tx.query(sql, &[tenant.raw().into(), batch.raw().into(), number(serial)]).await?;
    rows.iter().map(|row| custody_of(row, 0)).collect()
}

fn values_of(tenant: TenantId, (batch, (serials, custody)): &(BatchId, Run<Custody>)) -> [Value; 7] {
    [
        batch.raw().into(),
        number(serials.first),
        tenant.raw().into(),
        number(serials.last),
        custody.organisation.raw().into(),
        custody.shipment.raw().into(),
        custody.since.into(),
    ]
}

fn custody_of(row: &Row, from: usize) -> Result<Custody, Error> {
    Ok(Custody { organisation: row.id(from)?, shipment: row.id(from + 1)?, since: row.time(from + 2)? })
}
