//! A mapping of orders and the header of a file, put together.

use jiff::tz::TimeZone;
use tallymark_base::{Currency, Timestamp, decimal};
use tallymark_orders::{NewLine, QUANTITY_DIGITS};
use tallymark_people::{Identifier, IdentifierKind};
use tallymark_tables::{Header, Row, TimeFormat, moment};

use crate::Error;
use crate::cells::{Column, Flaw, text};
use crate::mapping::{OrdersMapping, TimeColumn};
use crate::members::Defaults;

#[derive(Debug, Clone)]
struct BuyerColumn {
    column: Column,
    kind: IdentifierKind,
    scope: Option<String>,
}

/// Where in a row is what.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    pub(super) order: Vec<Column>,
    time: Option<Column>,
    format: TimeFormat,
    zone: TimeZone,
    otherwise: Option<Timestamp>,
    currency: Option<Column>,
    constant: Currency,
    buyer: Vec<BuyerColumn>,
    shop: Option<Column>,
    article: Column,
    quantity: Option<Column>,
    amount: Option<Column>,
    price: Option<Column>,
    discounts: Vec<Column>,
    returns: Option<(Column, Vec<String>)>,
    original: Option<Column>,
    /// Columns that say the same in every row of an order.
    pub(super) alike: Vec<usize>,
    /// The time of an order may differ from row to row.
    pub(super) time_place: Option<usize>,
}

/// What the rows of an order say alike.
#[derive(Debug, Clone, Default)]
pub(super) struct Head {
    pub(super) buyer: Vec<Identifier>,
    pub(super) shop: Option<String>,
    pub(super) currency: Option<Currency>,
    pub(super) original: Option<String>,
}

impl Plan {
    /// Finds the columns of a mapping. Fails where the file has not all of them.
    pub(super) fn new(mapping: &OrdersMapping, header: &Header, defaults: &Defaults) -> Result<Self, Error> {
        mapping.check()?;
        let column = |name: &String| Column::of(header, name);
        let optional = |name: &Option<String>| Column::optional(header, name.as_ref());
        let all = |names: &[String]| Column::all(header, names);
        let zone = match &mapping.zone {
            None => defaults.zone.clone(),
            Some(name) => TimeZone::get(name)
                .map_err(|error| Error::Mapping { at: "zone".to_owned(), reason: error.to_string() })?,
        };
        let TimeColumn { column: time, format, constant } = &mapping.time;
        let otherwise = constant.as_deref().and_then(|text| moment(text, *format, &zone));
        let mut buyer = Vec::with_capacity(mapping.buyer.len());
        for own in &mapping.buyer {
            let of_source = || (own.kind == IdentifierKind::UserId).then(|| defaults.source.clone());
            let scope = own.scope.clone().or_else(of_source);
            buyer.push(BuyerColumn { column: column(&own.column)?, kind: own.kind, scope });
        }
        let returns = match &mapping.returns {
            None => None,
            Some(own) => {
                let words = own.values.iter().map(|word| word.trim().to_lowercase()).collect();
                Some((column(&own.column)?, words))
            }
        };
        let mut plan = Self {
            order: all(&mapping.order)?,
            time: optional(time)?,
            format: *format,
            zone,
            otherwise,
            currency: optional(&mapping.currency.column)?,
            constant: mapping.currency.constant.unwrap_or(Currency::CNY),
            buyer,
            shop: optional(&mapping.shop)?,
            article: column(&mapping.article)?,
            quantity: optional(&mapping.quantity)?,
            amount: optional(&mapping.amount)?,
            price: optional(&mapping.price)?,
            discounts: all(&mapping.discounts)?,
            returns,
            original: optional(&mapping.original)?,
            alike: Vec::new(),
            time_place: None,
        };
        plan.time_place = plan.time.as_ref().map(|time| time.place);
        let of_head = [&plan.currency, &plan.shop, &plan.original].into_iter().flatten();
        plan.alike = of_head.chain(plan.buyer.iter().map(|own| &own.column)).map(|column| column.place).collect();
        Ok(plan)
    }

    /// What the rows of an order say alike, by one of them. Identifiers that cannot be read are told, and the order goes on without.
    pub(super) fn head(&self, row: &Row, flaws: &mut Vec<Flaw>) -> Result<Head, Flaw> {
        let currency = match self.currency.as_ref().map(|column| (column, text(row, column))) {
            None | Some((_, Ok(None))) => self.constant,
            Some((column, Ok(Some(code)))) => {
                code.parse().map_err(|error| Flaw::of(column, "unknown_currency", error))?
            }
            Some((_, Err(flaw))) => return Err(flaw),
        };
        let mut buyer: Vec<Identifier> = Vec::with_capacity(self.buyer.len());
        for BuyerColumn { column, kind, scope } in &self.buyer {
            let text = match text(row, column) {
                Ok(Some(text)) => text,
                Ok(None) => continue,
                Err(flaw) => {
                    flaws.push(flaw);
                    continue;
                }
            };
            let scoped = scope.as_ref().map(|scope| format!("{scope}:{text}"));
            match Identifier::parse(*kind, scoped.as_deref().unwrap_or(text)) {
                Err(error) => flaws.push(Flaw::of(column, "malformed_identifier", error)),
                Ok(identifier) => match identifier.unusable() {
                    Some(why) => {
                        flaws.push(Flaw::of(column, "unusable_identifier", format!("{why}: it identifies nobody")))
                    }
                    None if buyer.contains(&identifier) => {}
                    None => buyer.push(identifier),
                },
            }
        }
        let optional = |column: &Option<Column>| match column {
            None => Ok(None),
            Some(column) => text(row, column).map(|text| text.map(str::to_owned)),
        };
        let (shop, original) = (optional(&self.shop)?, optional(&self.original)?);
        Ok(Head { buyer, shop, currency: Some(currency), original })
    }

    /// When a row's line was bought.
    pub(super) fn time(&self, row: &Row) -> Result<Timestamp, Flaw> {
        let Some(column) = &self.time else {
            return self.otherwise.ok_or_else(|| Flaw::of_row("no_time", "there is no time"));
        };
        match text(row, column)? {
            None => {
                self.otherwise.ok_or_else(|| Flaw::of(column, "no_time", "there is no time, and the order hangs on it"))
            }
            Some(text) => moment(text, self.format, &self.zone)
                .ok_or_else(|| Flaw::of(column, "malformed_time", "that is no moment in the form of this column")),
        }
    }

    /// The line that a row is.
    pub(super) fn line(&self, row: &Row, digits: u32) -> Result<NewLine, Flaw> {
        let article = text(row, &self.article)?
            .ok_or_else(|| Flaw::of(&self.article, "no_article", "there is no code of what was bought"))?;
        let quantity = match &self.quantity {
            None => None,
            Some(column) => number(row, column, QUANTITY_DIGITS)?,
        };
        let mut quantity = quantity.unwrap_or(10_i64.pow(QUANTITY_DIGITS));
        let mut amount = match (&self.amount, &self.price) {
            (Some(column), _) => number(row, column, digits)?.ok_or_else(|| no_amount(column))?,
            (None, Some(column)) => {
                let price = number(row, column, digits)?.ok_or_else(|| no_amount(column))?;
                times(price, quantity).ok_or_else(|| {
                    let reason = "price times quantity is no whole amount of the smallest unit";
                    Flaw::of(column, "number_imprecise", reason)
                })?
            }
            (None, None) => return Err(Flaw::of_row("no_amount", "the mapping names no amount")),
        };
        if let Some((column, words)) = &self.returns
            && text(row, column)?.is_some_and(|text| words.contains(&text.to_lowercase()))
        {
            (quantity, amount) = (-quantity.abs(), -amount.abs());
        }
        let mut discount = 0;
        for column in &self.discounts {
            discount += number(row, column, digits)?.unwrap_or(0).abs();
        }
        Ok(NewLine { article: article.to_owned(), quantity, amount, discount })
    }
}

fn no_amount(column: &Column) -> Flaw {
    Flaw::of(column, "no_amount", "there is no amount")
}

/// A price for a quantity of thousandths, where that is whole.
fn times(price: i64, quantity: i64) -> Option<i64> {
    let whole = i128::from(price) * i128::from(quantity);
    let one = 10_i128.pow(QUANTITY_DIGITS);
    (whole % one == 0).then(|| i64::try_from(whole / one).ok()).flatten()
}

/// The number of a cell, in units of its last decimal.
fn number(row: &Row, column: &Column, digits: u32) -> Result<Option<i64>, Flaw> {
    let Some(text) = text(row, column)? else { return Ok(None) };
    decimal::parse(text, digits).map(Some).map_err(|error| Flaw::of(column, error.code(), error))
}
