//! CSV as RFC 4180 has it, in UTF-8 with a byte order mark, by which spreadsheets know it.

use std::io::{self, Write};

use csv::{Terminator, WriterBuilder};
use jiff::tz::TimeZone;

use crate::cell::{Cell, decimal, fitting, wall_clock};

/// What a spreadsheet may take for the beginning of a formula.
const BEGINS_FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// Writes rows.
pub(crate) struct Csv<W: Write> {
    writer: csv::Writer<W>,
    zone: TimeZone,
}

impl<W: Write> Csv<W> {
    pub(crate) fn new(mut to: W, titles: &[String], zone: TimeZone) -> io::Result<Self> {
        to.write_all("\u{feff}".as_bytes())?;
        let mut csv = Self { writer: WriterBuilder::new().terminator(Terminator::CRLF).from_writer(to), zone };
        csv.row(&titles.iter().map(|title| Cell::text(title.as_str())).collect::<Vec<_>>())?;
        Ok(csv)
    }

    pub(crate) fn row(&mut self, cells: &[Cell]) -> io::Result<()> {
        for cell in cells {
            match cell {
                Cell::Empty => self.writer.write_field("")?,
                Cell::Text(text) => self.writer.write_field(harmless(fitting(text)).as_ref())?,
                Cell::Number(number) => self.writer.write_field(number.to_string())?,
                Cell::Decimal(number) => self.writer.write_field(number)?,
                Cell::Hundredths(amount) => self.writer.write_field(decimal(*amount))?,
                Cell::Time(moment) => self.writer.write_field(wall_clock(*moment, &self.zone))?,
            }
        }
        Ok(self.writer.write_record(None::<&[u8]>)?)
    }

    pub(crate) fn end(mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

/// A text that no spreadsheet takes for a formula. See <https://owasp.org/www-community/attacks/CSV_Injection>.
fn harmless(text: &str) -> std::borrow::Cow<'_, str> {
    if text.starts_with(BEGINS_FORMULA) { format!("'{text}").into() } else { text.into() }
}
