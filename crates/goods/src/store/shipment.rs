//! Statements about shipments as they were asked for.

use tallymark_base::TypedId as _;
use tallymark_base::id::{ShipmentId, TenantId};
use tallymark_codes::Level;
use tallymark_store::{Error, Row, Rows, Tx};

use super::{number, serials_of, unreadable};
use crate::{Shipment, Unit};

/// Saves a shipment with its units.
pub(crate) async fn insert(tx: &mut Tx, tenant: TenantId, shipment: &Shipment) -> Result<(), Error> {
    let sql = "INSERT INTO shipment (shipment_id, tenant_id, organisation_id, at) VALUES ($1, $2, $3, $4)";
    let values = [shipment.id.raw().into(), tenant.raw().into(), shipment.to.raw().into(), shipment.at.into()];
    tx.execute(sql, &values).await?;
    let rows: Rows<7> = (0_i64..)
        .zip(&shipment.units)
        .map(|(line, unit)| {
            [
                shipment.id.raw().into(),
                line.into(),
                tenant.raw().into(),
                unit.batch.raw().into(),
                unit.level.as_i64().into(),
                number(unit.first_serial),
                number(unit.last_serial),
            ]
        })
        .collect();
    let sql = "INSERT INTO shipment_unit (shipment_id, line, tenant_id, batch_id, level, first_serial, last_serial)
               VALUES …";
    tx.write_all_rows(sql, &[], &rows).await
}

/// A shipment by its id.
pub(crate) async fn find(tx: &mut Tx, tenant: TenantId, id: ShipmentId) -> Result<Option<Shipment>, Error> {
    let key = [tenant.raw().into(), id.raw().into()];
    let sql = "SELECT organisation_id, at FROM shipment WHERE tenant_id = $1 AND shipment_id = $2";
    let Some(row) = tx.query_one(sql, &key).await? else { return Ok(None) };
    let sql = "SELECT batch_id, level, first_serial, last_serial
                 FROM shipment_unit
                WHERE tenant_id = $1 AND shipment_id = $2
             ORDER BY line";
    let units = tx.query(sql, &key).await?.iter().map(unit_of).collect::<Result<_, _>>()?;
    Ok(Some(Shipment { id, to: row.id(0)?, units, at: row.time(1)? }))
}

fn unit_of(row: &Row) -> Result<Unit, Error> {
    let level = row.int(1)?;
    let serials = serials_of(row, 2)?;
    Ok(Unit {
        batch: row.id(0)?,
        level: Level::from_i64(level).ok_or_else(|| unreadable("level", level))?,
        first_serial: serials.first,
        last_serial: serials.last,
    })
}
