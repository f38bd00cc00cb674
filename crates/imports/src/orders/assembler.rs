//! What the rows of an order say.

use tallymark_base::{Currency, Timestamp};
use tallymark_orders::{LINES_MAX, NewLine, NewOrder, ORDERS_MAX};
use tallymark_tables::{Cell, Header, Row};

use super::OrderOfRows;
use super::plan::{Head, Plan};
use crate::cells::{Column, Flaw};
use crate::mapping::OrdersMapping;
use crate::members::Defaults;
use crate::pieces::Piece;
use crate::together::{Gather, REJECTS_MAX, Rows, Together};
use crate::{Error, Reject};

/// Rows of one transaction.
const ROWS_MAX: u64 = 8_192;

/// Makes orders out of rows.
pub(crate) type Assembler = Together<Orders>;

/// Says what rows of one order are.
pub(crate) struct Orders {
    plan: Plan,
}

/// An order some of whose rows were read.
pub(crate) struct Open {
    /// The cells that all its rows have alike, as they stand in the first.
    alike: Vec<Cell>,
    time_text: Option<Cell>,
    at: Option<Timestamp>,
    head: Head,
    digits: u32,
    lines: Vec<NewLine>,
    rejects: Vec<Reject>,
    is_refused: bool,
}

impl Assembler {
    /// Finds the columns of a mapping. Fails where the file has not all of them.
    pub(crate) fn of(mapping: &OrdersMapping, header: &Header, defaults: &Defaults) -> Result<Self, Error> {
        Ok(Self::new(Orders { plan: Plan::new(mapping, header, defaults)? }))
    }
}

impl Gather for Orders {
    type Unit = OrderOfRows;
    type Open = Open;

    const BATCH: (usize, u64) = (ORDERS_MAX, ROWS_MAX);
    const IN_TURN: bool = false;

    fn number(&self) -> &[Column] {
        &self.plan.order
    }

    fn begin(&self, row: &Row) -> Open {
        let plan = &self.plan;
        let alike = plan.alike.iter().filter_map(|place| row.cells.get(*place).cloned()).collect();
        let mut open = Open {
            alike,
            time_text: None,
            at: None,
            head: Head::default(),
            digits: 2,
            lines: Vec::new(),
            rejects: Vec::new(),
            is_refused: false,
        };
        let mut flaws = Vec::new();
        match plan.head(row, &mut flaws) {
            Ok(head) => {
                open.digits = head.currency.map_or(2, Currency::digits);
                open.head = head;
            }
            Err(flaw) => open.refuse(flaw, row.line),
        }
        flaws.into_iter().for_each(|flaw| open.rejects.push(flaw.at(row.line)));
        open
    }

    fn add(&self, open: &mut Open, row: &Row) {
        open.add(&self.plan, row);
    }

    fn whole(&self, of: Rows<Open>) -> Piece<OrderOfRows> {
        let Rows { number, line, rows, open, .. } = of;
        let Open { at, head, lines, rejects, is_refused, .. } = open;
        let Head { buyer, shop, currency, original } = head;
        let unit = match (at, currency) {
            (Some(at), Some(currency)) if !is_refused => {
                let order = NewOrder { number, buyer, shop, currency, at, original, lines };
                Some(OrderOfRows { order, line, rows })
            }
            _ => None,
        };
        Piece { unit, rows, rejects }
    }

    fn without_number(&self, _: &Row) -> Flaw {
        Flaw::of_row("no_number", "there is no number of an order")
    }
}

impl Open {
    fn add(&mut self, plan: &Plan, row: &Row) {
        if let Some(place) = row.beyond {
            let reason = format!("there is something in column {place}, which has no name; is a quote missing?");
            self.note(Flaw::of_row("beyond_header", reason), row.line);
        }
        let is_alike = plan.alike.iter().zip(&self.alike).all(|(place, cell)| row.cells.get(*place) == Some(cell));
        if !is_alike {
            let reason = "it says another buyer, shop, currency or original than the first row of the same order; do the \
                          columns named under `order` tell orders apart?";
            self.refuse(Flaw::of_row("order_contradicts", reason), row.line);
        }
        self.add_time(plan, row);
        match plan.line(row, self.digits) {
            Ok(line) => self.lines.push(line),
            Err(flaw) => self.refuse(flaw, row.line),
        }
        if self.lines.len() > LINES_MAX {
            // It is refused when it is recorded; what comes now is only counted.
            self.lines.truncate(LINES_MAX + 1);
        }
    }

    /// The time of an order is that of its earliest row.
    fn add_time(&mut self, plan: &Plan, row: &Row) {
        let text = plan.time_place.and_then(|place| row.cells.get(place));
        if self.at.is_some() && self.time_text.as_ref() == text {
            return;
        }
        match plan.time(row) {
            Ok(at) => self.at = Some(self.at.map_or(at, |known| known.min(at))),
            Err(flaw) => self.refuse(flaw, row.line),
        }
        self.time_text = text.cloned();
    }

    fn refuse(&mut self, flaw: Flaw, line: u64) {
        self.is_refused = true;
        self.note(flaw, line);
    }

    fn note(&mut self, flaw: Flaw, line: u64) {
        if self.rejects.len() < REJECTS_MAX {
            self.rejects.push(flaw.at(line));
        }
    }
}
