//! A table on its way into a file.

use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use jiff::tz::TimeZone;

use crate::csv::Csv;
use crate::xlsx::Xlsx;
use crate::{Cell, Format};

/// What stands above the rows.
#[derive(Debug, Clone)]
pub struct Head {
    /// What the table is called: the name of its sheet.
    pub name: String,
    /// The titles of the columns.
    pub titles: Vec<String>,
    /// The zone whose clocks moments are shown by.
    pub zone: TimeZone,
}

/// Writes a table; what is written is taken out from time to time.
///
/// ```
/// use tallymark_exports::{Cell, Format, Head, Table};
/// let head = Head { name: "Scans".into(), titles: vec!["Code".into(), "Paid".into()], zone: jiff::tz::TimeZone::UTC };
/// let mut table = Table::new(Format::Csv, head)?;
/// table.row(&[Cell::text("=1+1"), Cell::Hundredths(88)])?;
/// assert_eq!(table.end()?, "\u{feff}Code,Paid\r\n'=1+1,0.88\r\n".as_bytes());
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Table {
    writer: Writer,
    written: Written,
}

enum Writer {
    Csv(Box<Csv<Written>>),
    Xlsx(Box<Xlsx<Written>>),
}

impl std::fmt::Debug for Table {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Table(…)")
    }
}

impl Table {
    /// Begins a table with its titles.
    pub fn new(format: Format, head: Head) -> io::Result<Self> {
        let written = Written::default();
        let writer = match format {
            Format::Csv => Writer::Csv(Box::new(Csv::new(written.clone(), &head.titles, head.zone)?)),
            Format::Xlsx => Writer::Xlsx(Box::new(Xlsx::new(written.clone(), head)?)),
        };
        Ok(Self { writer, written })
    }

    /// An XLSX whose sheets end after so many rows, the header among them.
    pub fn with_sheets_of(head: Head, rows_max: u64) -> io::Result<Self> {
        let written = Written::default();
        let writer = Writer::Xlsx(Box::new(Xlsx::with_sheets_of(written.clone(), head, rows_max)?));
        Ok(Self { writer, written })
    }

    /// Writes a row: as many cells as there are titles.
    pub fn row(&mut self, cells: &[Cell]) -> io::Result<()> {
        match &mut self.writer {
            Writer::Csv(csv) => csv.row(cells),
            Writer::Xlsx(xlsx) => xlsx.row(cells),
        }
    }

    /// What was written since the last time; some of it may wait for more.
    pub fn take(&self) -> Vec<u8> {
        self.written.take()
    }

    /// Ends the table; gives what was not taken.
    pub fn end(self) -> io::Result<Vec<u8>> {
        match self.writer {
            Writer::Csv(csv) => csv.end()?,
            Writer::Xlsx(xlsx) => xlsx.end()?,
        }
        Ok(self.written.take())
    }
}

/// Where both the writer and whoever takes have a hand in.
#[derive(Debug, Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Written {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
