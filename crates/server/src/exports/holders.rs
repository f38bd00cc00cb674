//! Who has how many items of a batch, as rows of a file, the most first.

use std::cmp::Reverse;

use tallymark_base::id::TenantId;
use tallymark_exports::{Cell, Error};
use tallymark_goods::{Gone, Holder};
use tallymark_store::Tx;

use super::columns::{Column, cells, chosen};
use super::names::Names;
use super::operations::number;
use super::{HeldBatch, Locale, of_source};

type HolderColumn = Column<(Holder, u64), Names>;

/// The columns of holders.
pub(super) const COLUMNS: &[HolderColumn] = &[
    Column::new("organisation", "组织编号", "Organisation", |(holder, _), _| {
        Cell::shown(holder.organisation.as_ref())
    }),
    Column::new("organisation_code", "组织代码", "Organisation's code", |(holder, _), names| {
        names.code(holder.organisation)
    }),
    Column::new("organisation_name", "组织", "Organisation's name", |(holder, _), names| {
        names.name(holder.organisation)
    }),
    Column::new("items", "件数", "Items", |(_, items), _| number(*items)),
    Column::new("gone", "已离开渠道", "Gone", |(holder, _), names| match holder.gone {
        None => Cell::Empty,
        Some(Gone::Sold) => Cell::text(names.locale.word("已售出", "Sold")),
        Some(Gone::Destroyed) => Cell::text(names.locale.word("已销毁", "Destroyed")),
    }),
];

/// Every row.
pub(super) async fn rows(
    tx: &mut Tx,
    tenant: TenantId,
    wanted: &HeldBatch,
    locale: Locale,
    columns: Option<&[String]>,
) -> Result<Vec<Vec<Cell>>, Error> {
    let held = tallymark_goods::holders_of_batch(tx, tenant, wanted.batch, wanted.at).await.map_err(of_source)?;
    let names = Names::of_channel(tx, tenant, locale).await?;
    let columns = chosen(COLUMNS, columns);
    let mut holders: Vec<_> = held.into_iter().collect();
    holders.sort_by_key(|(_, items)| Reverse(*items));
    Ok(holders.iter().map(|holder| cells(&columns, holder, &names)).collect())
}
