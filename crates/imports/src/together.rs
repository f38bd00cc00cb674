//! Rows put together by the number that they bear: lines of an order, codes of a delivery note.
//!
//! The rows of a number mostly stand one after the other; then what they are is whole when the next begins. Where they do not, a
//! first look at the file counts the rows of each number, and what they are is held until it has all of them.

mod turns;

use std::collections::HashMap;
use std::hash::{BuildHasher as _, Hasher as _, RandomState};

use tallymark_tables::{Cell, Row};

use crate::Error;
use crate::cells::{Column, Flaw};
use crate::pieces::{Assemble, Piece, Refused};
use turns::Turns;

/// Rows whose numbers have more to come, and rows that wait for their turn.
pub(crate) const HELD_MAX: u64 = 500_000;
/// Rejects of one number that are told.
pub(crate) const REJECTS_MAX: usize = 20;
/// What stands between the columns that a number is made of.
const BETWEEN: char = '/';

/// Says what rows of one number are.
pub(crate) trait Gather: Send + 'static {
    /// What they are.
    type Unit: Send + Sync + 'static;
    /// What is known of them while rows are to come.
    type Open: Send;

    /// The most units and rows that are taken in one transaction.
    const BATCH: (usize, u64);
    /// Whether units are taken in the sequence of [`Gather::place_of`], and otherwise as their first rows stand in the file. If not,
    /// they are taken as they become whole.
    const IN_TURN: bool;

    /// The columns that a number is made of.
    fn number(&self) -> &[Column];

    /// Begins with the first of the rows, which is yet to be added.
    fn begin(&self, row: &Row) -> Self::Open;

    /// Adds a row.
    fn add(&self, open: &mut Self::Open, row: &Row);

    /// All rows were added.
    fn whole(&self, of: Rows<Self::Open>) -> Piece<Self::Unit>;

    /// What is wrong about a row without a number.
    fn without_number(&self, row: &Row) -> Flaw;

    /// Where a row stands among those of other numbers; the least of its rows counts for a number.
    fn place_of(&self, _: &Row) -> i64 {
        0
    }
}

/// Rows of one number.
pub(crate) struct Rows<O> {
    pub(crate) number: String,
    /// The line of the first.
    pub(crate) line: u64,
    pub(crate) rows: u64,
    pub(crate) open: O,
    hash: u64,
}

/// Puts rows together.
pub(crate) struct Together<G: Gather> {
    gather: G,
    /// How many rows each number has, by its hash; empty where the rows of every number stand together.
    counts: HashMap<u64, u64>,
    hasher: RandomState,
    survey: Survey,
    turns: Turns<G::Unit>,
    /// The number whose rows are read at the moment.
    open: Option<Rows<G::Open>>,
    /// Numbers with more rows to come.
    held: HashMap<String, Rows<G::Open>>,
    rows_held: u64,
}

/// What the first look has seen.
#[derive(Default)]
struct Survey {
    last: Option<u64>,
    is_scattered: bool,
}

impl<G: Gather> Together<G> {
    pub(crate) fn new(gather: G) -> Self {
        Self {
            gather,
            counts: HashMap::new(),
            hasher: RandomState::new(),
            survey: Survey::default(),
            turns: Turns::default(),
            open: None,
            held: HashMap::new(),
            rows_held: 0,
        }
    }

    fn hash(&self, row: &Row) -> Option<u64> {
        let mut hasher = self.hasher.build_hasher();
        for part in parts(self.gather.number(), row)? {
            hasher.write(part.as_bytes());
            hasher.write_u8(0);
        }
        Some(hasher.finish())
    }

    /// What begins with a row.
    fn begun(&self, number: String, hash: u64, row: &Row) -> Rows<G::Open> {
        Rows { number, line: row.line, rows: 0, open: self.gather.begin(row), hash }
    }

    fn added(gather: &G, rows: &mut Rows<G::Open>, row: &Row) {
        rows.rows += 1;
        gather.add(&mut rows.open, row);
    }

    fn without_number(&self, row: &Row) -> Piece<G::Unit> {
        Piece { unit: None, rows: 1, rejects: vec![self.gather.without_number(row).at(row.line)] }
    }

    /// Gives what is whole, when its turn comes.
    fn give(&mut self, rows: Rows<G::Open>, out: &mut dyn FnMut(Piece<G::Unit>)) {
        let hash = rows.hash;
        self.turns.take(hash, self.gather.whole(rows), out);
    }

    /// A row of a number whose rows stand anywhere.
    fn scattered(&mut self, row: &Row, out: &mut dyn FnMut(Piece<G::Unit>)) -> Result<(), Error> {
        let (Some(hash), Some(number)) = (self.hash(row), number(self.gather.number(), row)) else {
            out(self.without_number(row));
            return Ok(());
        };
        if !self.held.contains_key(&number) {
            let begun = self.begun(number.clone(), hash, row);
            self.held.insert(number.clone(), begun);
        }
        let Some(rows) = self.held.get_mut(&number) else { return Ok(()) };
        Self::added(&self.gather, rows, row);
        self.rows_held += 1;
        let is_whole = self.counts.get(&hash).is_none_or(|count| rows.rows >= *count);
        if let Some(whole) = is_whole.then(|| self.held.remove(&number)).flatten() {
            self.rows_held -= whole.rows;
            self.give(whole, out);
        }
        self.check_held()
    }

    fn check_held(&self) -> Result<(), Error> {
        let is_much = self.rows_held + self.turns.rows_waiting() > HELD_MAX;
        if is_much { Err(Error::Scattered { max: HELD_MAX }) } else { Ok(()) }
    }

    /// Whether a row is of the number whose rows are read at the moment.
    fn is_next(&self, row: &Row) -> bool {
        let Some(open) = &self.open else { return false };
        let columns = self.gather.number();
        // A single column needs no second text.
        if columns.len() == 1 {
            return parts(columns, row).is_some_and(|mut parts| parts.next() == Some(open.number.as_str()));
        }
        number(columns, row).is_some_and(|number| number == open.number)
    }
}

impl<G: Gather> Assemble for Together<G> {
    type Unit = G::Unit;

    const BATCH: (usize, u64) = G::BATCH;

    fn look(&mut self, row: &Row) {
        let Some(hash) = self.hash(row) else { return };
        let count = self.counts.entry(hash).or_default();
        *count += 1;
        if self.survey.last != Some(hash) {
            self.survey.is_scattered |= *count > 1;
            self.survey.last = Some(hash);
        }
        if G::IN_TURN {
            self.turns.look(hash, self.gather.place_of(row), row.line);
        }
    }

    fn looked(&mut self) -> Result<(), Refused> {
        self.turns.looked(self.survey.is_scattered);
        if !self.survey.is_scattered {
            self.counts = HashMap::new();
        }
        Ok(())
    }

    fn row(&mut self, row: Row, out: &mut dyn FnMut(Piece<G::Unit>)) -> Result<(), Error> {
        if !self.counts.is_empty() {
            return self.scattered(&row, out);
        }
        if !self.is_next(&row) {
            if let Some(whole) = self.open.take() {
                self.give(whole, out);
            }
            let Some(number) = number(self.gather.number(), &row) else {
                out(self.without_number(&row));
                return Ok(());
            };
            // Whose turn it is is asked by hash, where there are turns.
            let hash = if self.turns.are_kept() { self.hash(&row).unwrap_or_default() } else { 0 };
            self.open = Some(self.begun(number, hash, &row));
        }
        if let Some(open) = &mut self.open {
            Self::added(&self.gather, open, &row);
        }
        self.check_held()
    }

    fn end(&mut self, out: &mut dyn FnMut(Piece<G::Unit>)) {
        if let Some(whole) = self.open.take() {
            self.give(whole, out);
        }
        // None is left, unless two numbers share a hash; then in the sequence of the file.
        let mut held: Vec<Rows<G::Open>> = self.held.drain().map(|(_, rows)| rows).collect();
        held.sort_unstable_by_key(|rows| rows.line);
        held.into_iter().for_each(|rows| self.give(rows, out));
        self.turns.end(out);
    }
}

/// The parts of the number of a row; `None` where one is missing.
fn parts<'r>(columns: &'r [Column], row: &'r Row) -> Option<impl Iterator<Item = &'r str> + Clone> {
    let part = |column: &Column| match row.cells.get(column.place) {
        Some(Cell::Text(text)) => Some(text.as_str()),
        _ => None,
    };
    let is_whole = columns.iter().all(|column| part(column).is_some());
    is_whole.then(|| columns.iter().filter_map(part))
}

/// The number of a row.
fn number(columns: &[Column], row: &Row) -> Option<String> {
    let mut number = String::new();
    for (place, part) in parts(columns, row)?.enumerate() {
        if place > 0 {
            number.push(BETWEEN);
        }
        number.push_str(part);
    }
    Some(number)
}
