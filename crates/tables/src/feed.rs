//! What all formats do alike: the first record is the header, the others are rows of as many cells.

use std::ops::ControlFlow;

use crate::types::{Cell, Header, Row};
use crate::{Error, Limits, Sink};

/// Hands records to a sink.
pub(crate) struct Feed<'a> {
    sink: &'a mut dyn Sink,
    limits: Limits,
    /// How many columns the header has, once it was read.
    columns: Option<usize>,
    rows: u64,
}

impl<'a> Feed<'a> {
    pub(crate) fn new(sink: &'a mut dyn Sink, limits: Limits) -> Self {
        Self { sink, limits, columns: None, rows: 0 }
    }

    pub(crate) const fn limits(&self) -> &Limits {
        &self.limits
    }

    /// A header that is kept apart from the records.
    pub(crate) fn header(&mut self, mut names: Vec<String>) -> Result<ControlFlow<()>, Error> {
        while names.last().is_some_and(String::is_empty) {
            names.pop();
        }
        match names.len() {
            0 => return Err(Error::Empty),
            count if count > self.limits.columns_max => {
                return Err(Error::TooManyColumns { max: self.limits.columns_max });
            }
            count => self.columns = Some(count),
        }
        Ok(self.sink.header(&Header::new(names)))
    }

    /// A record; the first is the header, and one without any text is none.
    pub(crate) fn record(&mut self, line: u64, mut cells: Vec<Cell>) -> Result<ControlFlow<()>, Error> {
        let Some(last) = cells.iter().rposition(|cell| *cell != Cell::Empty) else {
            return Ok(ControlFlow::Continue(()));
        };
        let Some(columns) = self.columns else {
            let name = |cell| if let Cell::Text(name) = cell { name } else { String::new() };
            return self.header(cells.into_iter().map(name).collect());
        };
        if self.rows == self.limits.rows_max {
            return Err(Error::TooManyRows { max: self.limits.rows_max });
        }
        self.rows += 1;
        let beyond = (last >= columns).then(|| {
            let first = cells[columns..].iter().position(|cell| *cell != Cell::Empty).unwrap_or(0);
            columns + first + 1
        });
        cells.resize(columns, Cell::Empty);
        Ok(self.sink.row(Row { line, cells, beyond }))
    }

    /// The end of the file.
    pub(crate) fn end(self) -> Result<(), Error> {
        if self.columns.is_none() { Err(Error::Empty) } else { Ok(()) }
    }
}
