//! Shipments as rows of a file.

use tallymark_base::id::{ShipmentId, TenantId};
use tallymark_exports::{Cell, Error};
use tallymark_goods::ShipmentLine;
use tallymark_goods::shipments::{self as list, Filter};
use tallymark_store::{Context, Tx};

use super::columns::{Column, cells, chosen};
use super::names::Names;
use super::{Locale, ROWS, ShipmentFilter, counted, of_source};

type ShipmentColumn = Column<ShipmentLine, Names>;

/// The columns of shipments.
pub(super) const COLUMNS: &[ShipmentColumn] = &[
    Column::new("shipment", "发货编号", "Shipment", |line, _| Cell::text(line.id.to_string())),
    Column::new("at", "时间", "Time", |line, _| Cell::Time(line.at)),
    Column::new("to", "收货方编号", "To", |line, _| Cell::text(line.to.to_string())),
    Column::new("to_code", "收货方代码", "Receiver's code", |line, names| {
        Cell::shown(names.organisations.get(&line.to).map(|(code, _)| code))
    }),
    Column::new("to_name", "收货方", "Receiver", |line, names| {
        Cell::shown(names.organisations.get(&line.to).map(|(_, name)| name))
    }),
    Column::new("units", "货物条目", "Units", |line, _| {
        Cell::Number(i64::try_from(line.units).unwrap_or(i64::MAX))
    }),
];

/// Reads shipments.
pub(crate) struct Shipments {
    context: Context,
    tenant: TenantId,
    filter: Filter,
    names: Names,
    columns: Vec<&'static ShipmentColumn>,
    after: Option<ShipmentId>,
    pub(super) total: Option<u64>,
}

impl Shipments {
    pub(super) async fn new(
        context: &Context,
        tx: &mut Tx,
        tenant: TenantId,
        wanted: &ShipmentFilter,
        locale: Locale,
        columns: Option<&[String]>,
    ) -> Result<Self, Error> {
        let filter = wanted.filter();
        let names = Names::of_channel(tx, tenant, locale).await?;
        let total = counted(list::count(tx, tenant, (None, &filter)).await.map_err(of_source)?);
        let columns = chosen(COLUMNS, columns);
        Ok(Self { context: context.clone(), tenant, filter, names, columns, after: None, total })
    }

    pub(super) async fn next(&mut self) -> Result<Vec<Vec<Cell>>, Error> {
        let mut tx = self.context.store.read().await?;
        let (wanted, place) = ((None, &self.filter), (self.after, None));
        let lines = list::page(&mut tx, self.tenant, wanted, place, ROWS).await.map_err(of_source)?;
        drop(tx);
        self.after = lines.last().map(|line| line.id).or(self.after);
        Ok(lines.iter().map(|line| cells(&self.columns, line, &self.names)).collect())
    }
}
