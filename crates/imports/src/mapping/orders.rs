//! What the columns of a file of orders mean.

use serde::{Deserialize, Serialize};
use tallymark_base::Currency;
use utoipa::ToSchema;

use super::{IdentifierColumn, TimeColumn, check, parsed};
use crate::Error;

/// What the columns of a file of orders mean: each row is a line of an order. A column that it does not name is left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ImportOrdersMapping)]
pub struct OrdersMapping {
    /// The columns that tell an order from every other of its source, 1 to 4: its number, or shop, day and number together.
    pub order: Vec<String>,
    /// When it was bought or brought back.
    pub time: TimeColumn,
    /// The zone of times without an offset, such as `Asia/Shanghai`; that of the brand where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// In which currency.
    #[serde(default)]
    pub currency: CurrencyColumn,
    /// By what the buyer can be known, the most certain first. At most 8.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub buyer: Vec<IdentifierColumn>,
    /// The column of the code of the shop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shop: Option<String>,
    /// The column of the code of what was bought.
    pub article: String,
    /// The column of how much, with at most three decimals; one piece where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<String>,
    /// The column of what was paid for all of the line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<String>,
    /// The column of what was paid for one piece, where there is none for all of the line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<String>,
    /// Columns of what was taken off; they add up, whatever their signs. At most 8.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub discounts: Vec<String>,
    /// Which rows are goods that come back, where amounts below zero do not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub returns: Option<ReturnColumn>,
    /// The column of the number of the order that goods come back from, written as it stands in a single `order` column.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub original: Option<String>,
    /// Who tells the orders, where an import names no other source: a word.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// In which currency.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ImportCurrencyColumn)]
pub struct CurrencyColumn {
    /// The column of its code of ISO 4217.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub column: Option<String>,
    /// That of rows whose cell is empty, or of all where no column is named; yuan where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constant: Option<Currency>,
}

/// Which rows are goods that come back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ImportReturnColumn)]
pub struct ReturnColumn {
    /// The name of the column.
    pub column: String,
    /// Cells that mean so, without regard to case. Amounts and quantities of such rows count below zero, whatever their signs.
    pub values: Vec<String>,
}

/// Columns that an order's number is made of.
const ORDER_MAX: usize = 4;
/// Columns of what was taken off.
const DISCOUNTS_MAX: usize = 8;

impl OrdersMapping {
    /// Reads a mapping from JSON. What is wrong is told with its place.
    pub fn parse(text: &[u8]) -> Result<Self, Error> {
        let mapping: Self = parsed(text)?;
        mapping.check()?;
        Ok(mapping)
    }

    /// What is wrong with it, whatever file it is for.
    pub fn check(&self) -> Result<(), Error> {
        if !(1..=ORDER_MAX).contains(&self.order.len()) {
            return Err(check::wrong("order", "name the 1 to 4 columns that tell an order from every other"));
        }
        check::all_named(&self.order, "order")?;
        check::named(&self.article, "article")?;
        check::identifiers(&self.buyer, "buyer")?;
        if self.discounts.len() > DISCOUNTS_MAX {
            return Err(check::wrong("discounts", "a mapping has at most 8 of them"));
        }
        check::all_named(&self.discounts, "discounts")?;
        let optional = [
            ("shop", &self.shop),
            ("quantity", &self.quantity),
            ("amount", &self.amount),
            ("price", &self.price),
            ("original", &self.original),
            ("currency", &self.currency.column),
        ];
        for (at, column) in optional {
            column.as_deref().map_or(Ok(()), |column| check::named(column, at))?;
        }
        match (&self.amount, &self.price) {
            (None, None) => {
                return Err(check::wrong(
                    "amount",
                    "name the column of what was paid for the line, or `price` for one piece",
                ));
            }
            (Some(_), Some(_)) => {
                return Err(check::wrong("price", "name it where there is no `amount`, and only there"));
            }
            _ => {}
        }
        if let Some(returns) = &self.returns {
            check::named(&returns.column, "returns")?;
            if returns.values.is_empty() {
                return Err(check::wrong("returns.values", "say which cells mean that goods come back"));
            }
        }
        if self.original.is_some() && self.order.len() > 1 {
            return Err(check::wrong("original", "an original order can be named where `order` is one column alone"));
        }
        let zone = check::zone(self.zone.as_deref())?;
        check::time(&self.time, &zone)?;
        check::source(self.source.as_deref())
    }
}
