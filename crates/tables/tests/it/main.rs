//! Tables that other programs wrote, and tables that nobody should write.

mod csv;
mod limits;
mod moments;
mod written_elsewhere;

use std::ops::ControlFlow;
use std::path::PathBuf;

use tallymark_tables::{Cell, Error, Header, Limits, Options, Row, Sink, Source, read};

/// Everything that a table holds.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Whole {
    pub(crate) names: Vec<String>,
    pub(crate) rows: Vec<Row>,
}

impl Sink for Whole {
    fn header(&mut self, header: &Header) -> ControlFlow<()> {
        self.names = header.names().to_vec();
        ControlFlow::Continue(())
    }

    fn row(&mut self, row: Row) -> ControlFlow<()> {
        self.rows.push(row);
        ControlFlow::Continue(())
    }
}

impl Whole {
    /// The texts of the rows; of a flawed cell the name of the flaw after a sign.
    pub(crate) fn texts(&self) -> Vec<Vec<String>> {
        let text = |cell: &Cell| match cell {
            Cell::Empty => String::new(),
            Cell::Text(text) => text.clone(),
            Cell::Flawed(flaw) => format!("!{}", flaw.name()),
        };
        self.rows.iter().map(|row| row.cells.iter().map(text).collect()).collect()
    }

    pub(crate) fn lines(&self) -> Vec<u64> {
        self.rows.iter().map(|row| row.line).collect()
    }
}

pub(crate) fn whole(source: &Source, options: &Options) -> Result<Whole, Error> {
    let mut whole = Whole::default();
    read(source, options, &mut whole).map(|()| whole)
}

pub(crate) fn text(text: &str) -> Result<Whole, Error> {
    whole(&Source::Bytes(text.as_bytes().to_vec().into()), &Options::default())
}

pub(crate) fn within(limits: Limits) -> Options {
    Options { limits, ..Options::default() }
}

/// A file that another program wrote; `data/make.py` says which.
pub(crate) fn written(name: &str) -> Source {
    Source::File(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name))
}
