//! What an import left out as rows of a file: those that are kept, which are few enough to be read at once.

use tallymark_base::id::{ImportId, TenantId};
use tallymark_exports::{Cell, Error};
use tallymark_imports::Reject;
use tallymark_store::Tx;

use super::columns::{Column, cells, chosen};
use super::{Locale, of_source};

type RejectColumn = Column<Reject, Locale>;

/// The columns of what was left out.
pub(super) const COLUMNS: &[RejectColumn] = &[
    Column::new("line", "行", "Line", |reject, _| Cell::Number(i64::try_from(reject.line).unwrap_or(i64::MAX))),
    Column::new("column", "列", "Column", |reject, _| Cell::shown(reject.column.as_ref())),
    Column::new("code", "代码", "Code", |reject, _| Cell::text(reject.code.as_str())),
    Column::new("reason", "原因", "Reason", |reject, locale| Cell::text(reject.reason_in(locale.language()))),
];

/// Reads what was left out.
pub(crate) struct Rejects {
    rows: Vec<Vec<Cell>>,
    pub(super) total: u64,
}

impl Rejects {
    pub(super) async fn new(
        tx: &mut Tx,
        tenant: TenantId,
        import: ImportId,
        locale: Locale,
        columns: Option<&[String]>,
    ) -> Result<Self, Error> {
        let rejects = tallymark_imports::rejects(tx, tenant, import).await.map_err(of_source)?;
        let columns = chosen(COLUMNS, columns);
        let rows: Vec<Vec<Cell>> = rejects.iter().map(|reject| cells(&columns, reject, &locale)).collect();
        Ok(Self { total: rows.len() as u64, rows })
    }

    pub(super) fn next(&mut self) -> Vec<Vec<Cell>> {
        std::mem::take(&mut self.rows)
    }
}
