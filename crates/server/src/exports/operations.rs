//! Operations as rows of a file.

use tallymark_base::id::{OperationId, TenantId};
use tallymark_codes::Level;
use tallymark_exports::{Cell, Error};
use tallymark_goods::operations::{self as list, Filter};
use tallymark_goods::{OperationKind, OperationLine};
use tallymark_store::{Context, Tx};

use super::columns::{Column, cells, chosen};
use super::names::Names;
use super::{Locale, OperationFilter, ROWS, counted, of_source};

type OperationColumn = Column<OperationLine, Names>;

/// The columns of operations.
pub(super) const COLUMNS: &[OperationColumn] = &[
    Column::new("operation", "操作编号", "Operation", |line, _| Cell::text(line.id.to_string())),
    Column::new("at", "时间", "Time", |line, _| Cell::Time(line.at)),
    Column::new("kind", "操作", "What", |line, names| Cell::text(word_of(line.kind, names.locale))),
    Column::new("organisation_code", "组织代码", "Organisation's code", |line, names| {
        names.code(line.organisation)
    }),
    Column::new("organisation_name", "组织", "Organisation", |line, names| match line.organisation {
        None => Cell::Empty,
        with => names.name(with),
    }),
    Column::new("lot", "批号", "Lot", |line, names| line.unit.map_or(Cell::Empty, |unit| names.lot(unit.batch))),
    Column::new("level", "层级", "Level", |line, names| {
        line.unit.map_or(Cell::Empty, |unit| Cell::text(level_of(unit.level, names.locale)))
    }),
    Column::new("first", "起始序号", "First serial", |line, _| {
        line.unit.map_or(Cell::Empty, |unit| number(unit.first_serial))
    }),
    Column::new("last", "结束序号", "Last serial", |line, _| {
        line.unit.map_or(Cell::Empty, |unit| number(unit.last_serial))
    }),
    Column::new("units", "货物条目", "Units", |line, _| number(line.units)),
    Column::new("items", "件数", "Items", |line, _| Cell::Number(line.items)),
];

/// What was done, in a word.
const fn word_of(kind: OperationKind, locale: Locale) -> &'static str {
    match kind {
        OperationKind::Pack => locale.word("装进", "Packed"),
        OperationKind::Unpack => locale.word("取出", "Taken out"),
        OperationKind::Open => locale.word("拆开", "Opened"),
        OperationKind::Ship => locale.word("发货", "Shipped"),
        OperationKind::Receive => locale.word("收货", "Received"),
        OperationKind::Sell => locale.word("售出", "Sold"),
        OperationKind::Destroy => locale.word("销毁", "Destroyed"),
        OperationKind::Replace => locale.word("换标签", "Label replaced"),
    }
}

/// A level, in a word.
pub(super) const fn level_of(level: Level, locale: Locale) -> &'static str {
    match level {
        Level::Item => locale.word("件", "Item"),
        Level::Box => locale.word("盒", "Box"),
        Level::Case => locale.word("箱", "Case"),
        Level::Pallet => locale.word("垛", "Pallet"),
    }
}

/// A serial or a count.
pub(super) fn number(value: u64) -> Cell {
    Cell::Number(i64::try_from(value).unwrap_or(i64::MAX))
}

/// Reads operations.
pub(crate) struct Operations {
    context: Context,
    tenant: TenantId,
    filter: Filter,
    names: Names,
    columns: Vec<&'static OperationColumn>,
    after: Option<OperationId>,
    pub(super) total: Option<u64>,
}

impl Operations {
    pub(super) async fn new(
        context: &Context,
        tx: &mut Tx,
        tenant: TenantId,
        wanted: &OperationFilter,
        locale: Locale,
        columns: Option<&[String]>,
    ) -> Result<Self, Error> {
        let filter = wanted.filter();
        let names = Names::of_trace(tx, tenant, locale).await?;
        let total = counted(list::count(tx, tenant, &filter).await.map_err(of_source)?);
        let columns = chosen(COLUMNS, columns);
        Ok(Self { context: context.clone(), tenant, filter, names, columns, after: None, total })
    }

    pub(super) async fn next(&mut self) -> Result<Vec<Vec<Cell>>, Error> {
        let mut tx = self.context.store.read().await?;
        let place = (self.after, None);
        let lines = list::page(&mut tx, self.tenant, &self.filter, place, ROWS).await.map_err(of_source)?;
        drop(tx);
        self.after = lines.last().map(|line| line.id).or(self.after);
        Ok(lines.iter().map(|line| cells(&self.columns, line, &self.names)).collect())
    }
}
