//! Statements about shipments as they were asked for.

use std::collections::HashMap;

use tallymark_base::TypedId as _;
use tallymark_base::id::{ShipmentId, TenantId};
use tallymark_codes::Level;
use tallymark_store::keyset::List;
use tallymark_store::{Error, Row, Rows, Tx, keyset_list};

use super::{number, number_of, serials_of, unreadable};
use crate::{Shipment, ShipmentLine, Unit};

/// Every shipment of a tenant. Index: shipment_by_tenant.
pub(crate) const ALL: List<1> = keyset_list!("shipment", "shipment_id", ["tenant_id"], "");
/// Shipments by who got them. Index: shipment_by_receiver.
pub(crate) const BY_RECEIVER: List<1> = keyset_list!("shipment", "shipment_id", ["organisation_id"], "");

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

/// Brands whose custody an older program kept.
pub(crate) async fn with_old_custody(tx: &mut Tx) -> Result<Vec<TenantId>, Error> {
    let rows = tx.query("SELECT DISTINCT tenant_id FROM custody_history ORDER BY tenant_id", &[]).await?;
    rows.iter().map(|row| row.id(0)).collect()
}

/// Every shipment of a tenant with its units, first to last.
pub(crate) async fn all_with_units(tx: &mut Tx, tenant: TenantId) -> Result<Vec<Shipment>, Error> {
    let sql = "SELECT u.batch_id, u.level, u.first_serial, u.last_serial, s.shipment_id, s.organisation_id, s.at
                 FROM shipment s
                 JOIN shipment_unit u
                   ON u.shipment_id = s.shipment_id
                  AND u.tenant_id = s.tenant_id
                WHERE s.tenant_id = $1
             ORDER BY s.shipment_id, u.line";
    let mut shipments: Vec<Shipment> = Vec::new();
    for row in tx.query(sql, &[tenant.raw().into()]).await? {
        let (id, unit) = (row.id(4)?, unit_of(&row)?);
        match shipments.last_mut().filter(|shipment| shipment.id == id) {
            Some(shipment) => shipment.units.push(unit),
            None => shipments.push(Shipment { id, to: row.id(5)?, units: vec![unit], at: row.time(6)? }),
        }
    }
    Ok(shipments)
}

/// Ends what an older program kept of custody, which is recorded again; whether there was any.
pub(crate) async fn forget_old_custody(tx: &mut Tx, tenant: TenantId) -> Result<bool, Error> {
    let gone = tx.execute("DELETE FROM custody_history WHERE tenant_id = $1", &[tenant.raw().into()]).await?;
    tx.execute("DELETE FROM custody WHERE tenant_id = $1", &[tenant.raw().into()]).await?;
    Ok(gone > 0)
}

/// Shipments as a list shows them. Indexes: primary keys. The sign before the tenant keeps SQLite from the index of a list,
/// whose rows of a tenant it takes for ten.
pub(crate) async fn lines(
    tx: &mut Tx,
    tenant: TenantId,
    ids: &[i64],
) -> Result<HashMap<ShipmentId, ShipmentLine>, Error> {
    let keys: Rows<1> = ids.iter().map(|id| [(*id).into()]).collect();
    let sql = "SELECT s.shipment_id, s.organisation_id, s.at,
                      (SELECT COUNT(*) FROM shipment_unit u WHERE u.shipment_id = s.shipment_id AND u.tenant_id = $1)
                 FROM shipment s
                WHERE +s.tenant_id = $1 AND s.shipment_id IN (…)";
    let rows = tx.read_rows(sql, &[tenant.raw().into()], &keys).await?;
    let line = |row: &Row| {
        let units = number_of(row, 3)?;
        Ok(ShipmentLine { id: row.id(0)?, to: row.id(1)?, at: row.time(2)?, units })
    };
    rows.iter().map(|row| line(row).map(|line| (line.id, line))).collect()
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
