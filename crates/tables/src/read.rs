//! Reading a table, whatever its format.

use std::ops::ControlFlow;

use crate::feed::Feed;
use crate::types::{Header, Row};
use crate::{Error, Format, Limits, Source, csv, parquet, xlsx};

/// Who takes a table.
pub trait Sink {
    /// The names of the columns, before any row.
    fn header(&mut self, header: &Header) -> ControlFlow<()>;
    /// The next row. After a break there is none.
    fn row(&mut self, row: Row) -> ControlFlow<()>;
}

/// How a table is read.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// Which sheet of a spreadsheet; the first where none is named.
    pub sheet: Option<String>,
    /// How much of it.
    pub limits: Limits,
}

/// What a table has, without what is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shape {
    /// Its format.
    pub format: Format,
    /// Its columns.
    pub header: Header,
    /// How many rows there are below the header.
    pub rows: u64,
}

/// Reads a table to its end, or as far as the sink wants it. It blocks: call it outside of asynchronous tasks.
pub fn read(source: &Source, options: &Options, sink: &mut dyn Sink) -> Result<(), Error> {
    if source.bytes()? > options.limits.bytes_max {
        return Err(Error::TooLarge { max: options.limits.bytes_max });
    }
    let feed = Feed::new(sink, options.limits);
    match Format::of(source)? {
        Format::Csv => csv::read(source, feed),
        Format::Xlsx => xlsx::read(source, options.sheet.as_deref(), feed),
        Format::Parquet => parquet::read(source, feed),
    }
}

/// The columns of a table; nothing after them is read.
pub fn header(source: &Source, options: &Options) -> Result<Header, Error> {
    struct First(Header);
    impl Sink for First {
        fn header(&mut self, header: &Header) -> ControlFlow<()> {
            self.0 = header.clone();
            ControlFlow::Break(())
        }
        fn row(&mut self, _: Row) -> ControlFlow<()> {
            ControlFlow::Break(())
        }
    }
    let mut first = First(Header::default());
    read(source, options, &mut first)?;
    Ok(first.0)
}

/// Reads a table whole and tells what it has: whoever acts on rows then knows that all of them can be read.
pub fn shape(source: &Source, options: &Options) -> Result<Shape, Error> {
    struct Count(Header, u64);
    impl Sink for Count {
        fn header(&mut self, header: &Header) -> ControlFlow<()> {
            self.0 = header.clone();
            ControlFlow::Continue(())
        }
        fn row(&mut self, _: Row) -> ControlFlow<()> {
            self.1 += 1;
            ControlFlow::Continue(())
        }
    }
    let mut count = Count(Header::default(), 0);
    read(source, options, &mut count)?;
    Ok(Shape { format: Format::of(source)?, header: count.0, rows: count.1 })
}
