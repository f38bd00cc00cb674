//! What an import of orders or articles would do, without doing anything.

use serde::Serialize;
use tallymark_base::{Currency, Timestamp};
use tallymark_orders::{Article, NewLine};
use tallymark_tables::{Format, Options, Source};
use utoipa::ToSchema;

use super::preview::{First, PreviewedIdentifier, left_out};
use crate::members::Defaults;
use crate::orders::OrderOfRows;
use crate::pieces::{Assemble, Piece};
use crate::{ArticlesMapping, Error, OrdersMapping, Reject, articles, orders, propose};

/// Rows that are looked at: an order has several.
const ROWS_MAX: usize = 400;
/// Orders or articles that are shown.
const SHOWN_MAX: usize = 20;

/// What a file of orders would be.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = ImportOrdersOutlook)]
pub struct OrdersOutlook {
    /// The format of the file.
    pub format: Format,
    /// Its columns.
    pub columns: Vec<String>,
    /// The mapping that the rows were read by: the named one, else the proposed one.
    pub mapping: OrdersMapping,
    /// Columns that the mapping leaves out.
    pub left_out: Vec<String>,
    /// Why the mapping cannot be used yet; there are no orders then.
    pub mistake: Option<String>,
    /// What the first rows would be. The last order may go on in rows that were not looked at.
    pub orders: Vec<PreviewedOrder>,
    /// What would be left out of the first rows.
    pub rejects: Vec<Reject>,
}

/// What an order of a file would be.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct PreviewedOrder {
    /// The line of its first row.
    pub line: u64,
    /// Its number.
    pub number: String,
    /// By what its buyer would be known, masked.
    pub buyer: Vec<PreviewedIdentifier>,
    /// The code of the shop.
    pub shop: Option<String>,
    /// The currency of its amounts.
    pub currency: Currency,
    /// What was paid, in the smallest unit.
    pub amount: i64,
    /// What was taken off, in the smallest unit.
    pub discount: i64,
    /// When.
    pub at: Timestamp,
    /// Whether goods come back on the whole.
    pub is_return: bool,
    /// The number of the order that goods come back from.
    pub original: Option<String>,
    /// What was bought.
    pub lines: Vec<NewLine>,
}

impl PreviewedOrder {
    fn of(unit: OrderOfRows) -> Self {
        let OrderOfRows { order, line, .. } = unit;
        Self {
            line,
            buyer: order.buyer.iter().map(PreviewedIdentifier::of).collect(),
            amount: order.amount(),
            discount: order.discount(),
            is_return: order.is_return(),
            number: order.number,
            shop: order.shop,
            currency: order.currency,
            at: order.at,
            original: order.original,
            lines: order.lines,
        }
    }
}

/// What a file of articles would be.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[schema(as = ImportArticlesOutlook)]
pub struct ArticlesOutlook {
    /// The format of the file.
    pub format: Format,
    /// Its columns.
    pub columns: Vec<String>,
    /// The mapping that the rows were read by: the named one, else the proposed one.
    pub mapping: ArticlesMapping,
    /// Columns that the mapping leaves out.
    pub left_out: Vec<String>,
    /// Why the mapping cannot be used yet; there are no articles then.
    pub mistake: Option<String>,
    /// What the first rows would be.
    pub articles: Vec<Article>,
    /// What would be left out of the first rows.
    pub rejects: Vec<Reject>,
}

/// What the first orders of a file would be by a mapping, or by the proposed one. It blocks.
pub fn preview_orders(
    source: &Source,
    options: &Options,
    mapping: Option<&OrdersMapping>,
    defaults: &Defaults,
) -> Result<OrdersOutlook, Error> {
    let first = First::of(source, options, ROWS_MAX)?;
    let mapping = mapping.cloned().unwrap_or_else(|| propose::orders(&first.header).0);
    let optional = [
        &mapping.time.column,
        &mapping.currency.column,
        &mapping.shop,
        &mapping.quantity,
        &mapping.amount,
        &mapping.price,
        &mapping.original,
    ];
    let named = mapping.order.iter().chain(optional.into_iter().flatten()).chain([&mapping.article]);
    let named = named.chain(mapping.buyer.iter().map(|own| &own.column)).chain(&mapping.discounts);
    let left_out = left_out(named.chain(mapping.returns.iter().map(|own| &own.column)), &first.header);
    let columns = first.header.names().to_vec();
    let assembler = orders::Assembler::of(&mapping, &first.header, defaults);
    let (mistake, units, rejects) = shown(assembler, first)?;
    let orders = units.into_iter().map(PreviewedOrder::of).collect();
    Ok(OrdersOutlook { format: Format::of(source)?, columns, mapping, left_out, mistake, orders, rejects })
}

/// What the first articles of a file would be by a mapping, or by the proposed one. It blocks.
pub fn preview_articles(
    source: &Source,
    options: &Options,
    mapping: Option<&ArticlesMapping>,
) -> Result<ArticlesOutlook, Error> {
    let first = First::of(source, options, SHOWN_MAX)?;
    let mapping = mapping.cloned().unwrap_or_else(|| propose::articles(&first.header).0);
    let optional = [&mapping.name, &mapping.department, &mapping.category, &mapping.brand];
    let left_out = left_out(optional.into_iter().flatten().chain([&mapping.code]), &first.header);
    let columns = first.header.names().to_vec();
    let assembler = articles::Assembler::new(&mapping, &first.header);
    let (mistake, articles, rejects) = shown(assembler, first)?;
    Ok(ArticlesOutlook { format: Format::of(source)?, columns, mapping, left_out, mistake, articles, rejects })
}

/// A mistake of the mapping, else what the first rows are and what is left out of them.
pub(super) type Shown<U> = (Option<String>, Vec<U>, Vec<Reject>);

pub(super) fn shown<A: Assemble>(assembler: Result<A, Error>, first: First) -> Result<Shown<A::Unit>, Error> {
    let mut assembler = match assembler {
        Ok(assembler) => assembler,
        Err(error) => return Ok((Some(error.to_string()), Vec::new(), Vec::new())),
    };
    first.rows.iter().for_each(|row| assembler.look(row));
    assembler.looked().map_err(|refused| refused.error)?;
    let (mut units, mut rejects) = (Vec::new(), Vec::new());
    let mut keep = |piece: Piece<A::Unit>| {
        if units.len() < SHOWN_MAX {
            rejects.extend(piece.rejects);
            units.extend(piece.unit);
        }
    };
    for row in first.rows {
        assembler.row(row, &mut keep)?;
    }
    assembler.end(&mut keep);
    Ok((None, units, rejects))
}
