//! Rows put together as orders.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};

use tallymark_base::{Currency, Timestamp};
use tallymark_orders::{LINES_MAX, NewLine, NewOrder, ORDERS_MAX};
use tallymark_tables::{Cell, Header, Row};

use super::OrderOfRows;
use super::plan::{Flaw, Head, Plan};
use crate::mapping::OrdersMapping;
use crate::members::Defaults;
use crate::pieces::{Assemble, Piece};
use crate::{Error, Reject};

/// Rows of one transaction.
const ROWS_MAX: u64 = 8_192;
/// Rows of orders that are not whole yet.
const HELD_MAX: u64 = 500_000;
/// Rejects of one order that are told.
const REJECTS_MAX: usize = 20;
/// What stands between the columns that a number is made of.
const BETWEEN: char = '/';

/// Makes orders out of rows.
pub(crate) struct Assembler {
    plan: Plan,
    /// How many rows each order has, by the hash of its number; empty where every order's rows stand together.
    counts: HashMap<u64, u64>,
    hasher: RandomState,
    survey: Survey,
    /// The order whose rows are read at the moment.
    open: Option<Open>,
    /// Orders that are not whole yet, by number.
    held: HashMap<String, Open>,
    rows_held: u64,
}

/// What the first look has seen.
#[derive(Default)]
struct Survey {
    last: Option<u64>,
    is_scattered: bool,
}

/// An order some of whose rows were read.
struct Open {
    number: String,
    line: u64,
    rows: u64,
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
    pub(crate) fn new(mapping: &OrdersMapping, header: &Header, defaults: &Defaults) -> Result<Self, Error> {
        Ok(Self {
            plan: Plan::new(mapping, header, defaults)?,
            counts: HashMap::new(),
            hasher: RandomState::new(),
            survey: Survey::default(),
            open: None,
            held: HashMap::new(),
            rows_held: 0,
        })
    }

    fn hash(&self, row: &Row) -> Option<u64> {
        let mut hasher = self.hasher.build_hasher();
        for part in self.plan.parts(row)? {
            hasher.write(part.as_bytes());
            hasher.write_u8(0);
        }
        Some(hasher.finish())
    }

    /// A row of an order whose rows stand anywhere.
    fn scattered(&mut self, row: &Row, out: &mut dyn FnMut(Piece<OrderOfRows>)) -> Result<(), Error> {
        let (Some(hash), Some(number)) = (self.hash(row), number(&self.plan, row)) else {
            out(without_number(row));
            return Ok(());
        };
        let plan = &self.plan;
        let open = self.held.entry(number).or_insert_with_key(|number| Open::new(plan, number.clone(), row));
        open.add(plan, row);
        self.rows_held += 1;
        if self.counts.get(&hash).is_none_or(|count| open.rows >= *count) {
            let number = open.number.clone();
            if let Some(whole) = self.held.remove(&number) {
                self.rows_held -= whole.rows;
                out(whole.piece());
            }
        }
        if self.rows_held > HELD_MAX { Err(Error::Scattered { max: HELD_MAX }) } else { Ok(()) }
    }
}

impl Assemble for Assembler {
    type Unit = OrderOfRows;

    const BATCH: (usize, u64) = (ORDERS_MAX, ROWS_MAX);

    fn look(&mut self, row: &Row) {
        let Some(hash) = self.hash(row) else { return };
        let count = self.counts.entry(hash).or_default();
        *count += 1;
        if self.survey.last != Some(hash) {
            self.survey.is_scattered |= *count > 1;
            self.survey.last = Some(hash);
        }
    }

    fn looked(&mut self) {
        if !self.survey.is_scattered {
            self.counts = HashMap::new();
        }
    }

    fn row(&mut self, row: Row, out: &mut dyn FnMut(Piece<OrderOfRows>)) -> Result<(), Error> {
        if !self.counts.is_empty() {
            return self.scattered(&row, out);
        }
        let is_next = self.open.as_ref().is_some_and(|open| open.is_of(&self.plan, &row));
        if !is_next {
            if let Some(whole) = self.open.take() {
                out(whole.piece());
            }
            let Some(number) = number(&self.plan, &row) else {
                out(without_number(&row));
                return Ok(());
            };
            self.open = Some(Open::new(&self.plan, number, &row));
        }
        if let Some(open) = &mut self.open {
            open.add(&self.plan, &row);
        }
        Ok(())
    }

    fn end(&mut self, out: &mut dyn FnMut(Piece<OrderOfRows>)) {
        if let Some(whole) = self.open.take() {
            out(whole.piece());
        }
        // None is left, unless two numbers share a hash; then in the sequence of the file.
        let mut held: Vec<Open> = self.held.drain().map(|(_, open)| open).collect();
        held.sort_unstable_by_key(|open| open.line);
        held.into_iter().for_each(|open| out(open.piece()));
    }
}

/// The number of a row's order.
fn number(plan: &Plan, row: &Row) -> Option<String> {
    let mut number = String::new();
    for (place, part) in plan.parts(row)?.enumerate() {
        if place > 0 {
            number.push(BETWEEN);
        }
        number.push_str(part);
    }
    Some(number)
}

fn without_number(row: &Row) -> Piece<OrderOfRows> {
    let flaw = Flaw::of_row("no_number", "there is no number of an order");
    Piece { unit: None, rows: 1, rejects: vec![flaw.at(row.line)] }
}

impl Open {
    /// An order that begins with a row, which is yet to be added.
    fn new(plan: &Plan, number: String, row: &Row) -> Self {
        let alike = plan.alike.iter().filter_map(|place| row.cells.get(*place).cloned()).collect();
        let mut open = Self {
            number,
            line: row.line,
            rows: 0,
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

    /// Whether a row is of this order.
    fn is_of(&self, plan: &Plan, row: &Row) -> bool {
        let Some(mut parts) = plan.parts(row) else { return false };
        // A single column needs no second text.
        if plan.order.len() == 1 {
            return parts.next() == Some(self.number.as_str());
        }
        number(plan, row).is_some_and(|number| number == self.number)
    }

    fn add(&mut self, plan: &Plan, row: &Row) {
        self.rows += 1;
        if let Some(place) = row.beyond {
            let reason = format!("there is something in column {place}, which has no name; is a quote missing?");
            self.note(Flaw::of_row("beyond_header", &reason), row.line);
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

    fn piece(self) -> Piece<OrderOfRows> {
        let Self { number, line, rows, at, head, lines, rejects, is_refused, .. } = self;
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
}
