//! Shipments behind flows as rows of a file, a row for each sender and batch.

use tallymark_base::id::TenantId;
use tallymark_exports::{Cell, Error};
use tallymark_goods::{FlowPart, FlowShipment, flows};
use tallymark_store::Tx;

use super::columns::{Column, cells, chosen};
use super::names::Names;
use super::{FlowFilter, Locale, of_source};

type FlowColumn = Column<(FlowShipment, FlowPart), Names>;

/// The columns of shipments behind flows.
pub(super) const COLUMNS: &[FlowColumn] = &[
    Column::new("operation", "操作编号", "Operation", |(line, _), _| Cell::text(line.operation.to_string())),
    Column::new("at", "时间", "Time", |(line, _), _| Cell::Time(line.at)),
    Column::new("sender_code", "发货方代码", "Sender's code", |(_, part), names| names.code(part.sender)),
    Column::new("sender_name", "发货方", "Sender", |(_, part), names| names.name(part.sender)),
    Column::new("receiver_code", "收货方代码", "Receiver's code", |(line, _), names| {
        names.code(Some(line.receiver))
    }),
    Column::new("receiver_name", "收货方", "Receiver", |(line, _), names| names.name(Some(line.receiver))),
    Column::new("sku", "SKU", "SKU", |(_, part), names| {
        Cell::shown(names.products.get(&part.product).map(|(sku, _)| sku))
    }),
    Column::new("product_name", "产品", "Product", |(_, part), names| {
        Cell::shown(names.products.get(&part.product).map(|(_, name)| name))
    }),
    Column::new("lot", "批号", "Lot", |(_, part), names| names.lot(part.batch)),
    Column::new("items", "件数", "Items", |(_, part), _| Cell::Number(part.items)),
];

/// Every row: a question is about few enough shipments to be read at once.
pub(super) async fn rows(
    tx: &mut Tx,
    tenant: TenantId,
    wanted: &FlowFilter,
    locale: Locale,
    columns: Option<&[String]>,
) -> Result<Vec<Vec<Cell>>, Error> {
    let found = flows::shipments(tx, tenant, &wanted.filter()).await.map_err(of_source)?;
    let names = Names::of_trace(tx, tenant, locale).await?;
    let columns = chosen(COLUMNS, columns);
    let mut rows = Vec::with_capacity(found.len());
    for mut shipment in found {
        for part in std::mem::take(&mut shipment.parts) {
            rows.push(cells(&columns, &(shipment.clone(), part), &names));
        }
    }
    Ok(rows)
}
