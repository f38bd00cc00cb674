//! Exceptions as rows of a file.

use tallymark_base::id::{ExceptionId, TenantId};
use tallymark_exports::{Cell, Error};
use tallymark_goods::exceptions::{self as list, Filter};
use tallymark_goods::{ExceptionKind, ExceptionLine};
use tallymark_store::{Context, Tx};

use super::columns::{Column, cells, chosen};
use super::names::Names;
use super::operations::{level_of, number};
use super::{ExceptionFilter, Locale, ROWS, counted, of_source};

type ExceptionColumn = Column<ExceptionLine, Names>;

/// The columns of exceptions.
pub(super) const COLUMNS: &[ExceptionColumn] = &[
    Column::new("exception", "异常编号", "Exception", |line, _| Cell::text(line.id.to_string())),
    Column::new("at", "时间", "Time", |line, _| Cell::Time(line.at)),
    Column::new("kind", "异常", "What", |line, names| Cell::text(word_of(line.kind, names.locale))),
    Column::new("organisation_code", "到货方代码", "Arrived at (code)", |line, names| {
        names.code(Some(line.organisation))
    }),
    Column::new("organisation_name", "到货方", "Arrived at", |line, names| names.name(Some(line.organisation))),
    Column::new("expected_code", "应收方代码", "Meant for (code)", |line, names| names.code(line.expected)),
    Column::new("expected_name", "应收方", "Meant for", |line, names| match line.expected {
        None => Cell::Empty,
        meant => names.name(meant),
    }),
    Column::new("lot", "批号", "Lot", |line, names| names.lot(line.unit.batch)),
    Column::new("level", "层级", "Level", |line, names| Cell::text(level_of(line.unit.level, names.locale))),
    Column::new("first", "起始序号", "First serial", |line, _| number(line.unit.first_serial)),
    Column::new("last", "结束序号", "Last serial", |line, _| number(line.unit.last_serial)),
    Column::new("operation", "操作编号", "Operation", |line, _| Cell::text(line.operation.to_string())),
];

/// What was not as it should be, in a few words.
const fn word_of(kind: ExceptionKind, locale: Locale) -> &'static str {
    match kind {
        ExceptionKind::NotShipped => locale.word("没有发过货", "Sent to nobody"),
        ExceptionKind::ShippedToOther => locale.word("本应发给别处", "Sent to another"),
        ExceptionKind::ReceivedTwice => locale.word("重复收货", "Received before"),
        ExceptionKind::SoldBefore => locale.word("早已售出", "Sold before"),
        ExceptionKind::DestroyedBefore => locale.word("早已销毁", "Destroyed before"),
    }
}

/// Reads exceptions.
pub(crate) struct Exceptions {
    context: Context,
    tenant: TenantId,
    filter: Filter,
    names: Names,
    columns: Vec<&'static ExceptionColumn>,
    after: Option<ExceptionId>,
    pub(super) total: Option<u64>,
}

impl Exceptions {
    pub(super) async fn new(
        context: &Context,
        tx: &mut Tx,
        tenant: TenantId,
        wanted: &ExceptionFilter,
        locale: Locale,
        columns: Option<&[String]>,
    ) -> Result<Self, Error> {
        let filter = wanted.filter();
        let names = Names::of_trace(tx, tenant, locale).await?;
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
