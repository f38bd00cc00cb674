//! Workbooks of Excel since 2007 (ECMA-376), and of what writes the same.

use std::io::{BufReader, Read as _};

use calamine::{DataRef, ExcelDateTime, Reader as _, SheetType, Xlsx, XlsxError};

use crate::feed::Feed;
use crate::number::{self, SHEET_MAX};
use crate::source::Opened;
use crate::types::{Cell, Flaw};
use crate::{Error, Source};

const FORMAT: &str = "XLSX";

/// Reads a sheet of a workbook.
pub(crate) fn read(source: &Source, sheet: Option<&str>, mut feed: Feed<'_>) -> Result<(), Error> {
    refuse_bomb(source, feed.limits().expanded_bytes_max)?;
    let mut book: Xlsx<BufReader<Opened>> =
        Xlsx::new(BufReader::new(source.open()?)).map_err(|error| broken(&error))?;
    let name = sheet_of(&book, sheet)?;
    let mut reader = book.worksheet_cells_reader(&name).map_err(|error| broken(&error))?;
    let bytes_max = feed.limits().cell_bytes_max;
    let (mut line, mut cells) = (0, Vec::new());
    while let Some(found) = reader.next_cell().map_err(|error| broken(&error))? {
        let (row, column) = found.get_position();
        let cell = cell_of(found.get_value(), bytes_max);
        if cell == Cell::Empty {
            continue;
        }
        if u64::from(row) + 1 != line {
            if line > 0 && feed.record(line, std::mem::take(&mut cells))?.is_break() {
                return Ok(());
            }
            line = u64::from(row) + 1;
        }
        // A sheet has at most 16,384 columns; what a damaged file says beyond is not worth its memory.
        let place = (column as usize).min(COLUMNS_MAX);
        if cells.len() <= place {
            cells.resize(place + 1, Cell::Empty);
        }
        cells[place] = cell;
    }
    if line > 0 && feed.record(line, cells)?.is_break() {
        return Ok(());
    }
    feed.end()
}

/// Columns of a sheet (ECMA-376).
const COLUMNS_MAX: usize = 16_384;

/// Expands every part of the file once, to nowhere: what a file says of the size of its parts need not be so.
fn refuse_bomb(source: &Source, max: u64) -> Result<(), Error> {
    let broken = |error: &dyn std::fmt::Display| Error::malformed(FORMAT, &error);
    let opened = BufReader::new(source.open()?);
    let mut archive = zip::ZipArchive::new(opened).map_err(|error| broken(&error))?;
    let mut left = max;
    for place in 0..archive.len() {
        let part = archive.by_index(place).map_err(|error| broken(&error))?;
        let mut part = part.take(left + 1);
        let size = std::io::copy(&mut part, &mut std::io::sink()).map_err(|error| broken(&error))?;
        left = left.checked_sub(size).ok_or(Error::Expands { max })?;
    }
    Ok(())
}

/// The sheet that is meant: the named one, or the first that holds cells rather than a chart.
fn sheet_of(book: &Xlsx<BufReader<Opened>>, wanted: Option<&str>) -> Result<String, Error> {
    let sheets = book.sheets_metadata().iter().filter(|sheet| sheet.typ == SheetType::WorkSheet);
    let names: Vec<String> = sheets.map(|sheet| sheet.name.clone()).collect();
    let found = match wanted {
        Some(name) => names.iter().find(|own| *own == name),
        None => names.first(),
    };
    found.cloned().ok_or_else(|| Error::NoSheet { name: wanted.unwrap_or_default().to_owned(), has: names })
}

fn cell_of(value: &DataRef<'_>, bytes_max: usize) -> Cell {
    match value {
        DataRef::Empty => Cell::Empty,
        DataRef::Int(number) => number::cell(*number as f64, SHEET_MAX),
        DataRef::Float(number) => number::cell(*number, SHEET_MAX),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => Cell::of(text, bytes_max),
        DataRef::SharedString(text) => Cell::of(text, bytes_max),
        DataRef::Bool(value) => Cell::Text(value.to_string()),
        DataRef::DateTime(moment) => moment_of(moment),
        DataRef::Error(_) => Cell::Flawed(Flaw::Failed),
    }
}

/// A day, a day with a time, or a time alone: days count from 1900 or 1904, and a time alone is less than one of them.
fn moment_of(moment: &ExcelDateTime) -> Cell {
    if !(0.0..2_958_466.0).contains(&moment.as_f64()) {
        return Cell::Flawed(Flaw::Failed);
    }
    let (year, month, day, hour, minute, second, _) = moment.to_ymd_hms_milli();
    let time = format!("{hour:02}:{minute:02}:{second:02}");
    Cell::Text(match (moment.as_f64() < 1.0, (hour, minute, second)) {
        (true, _) => time,
        (false, (0, 0, 0)) => format!("{year:04}-{month:02}-{day:02}"),
        (false, _) => format!("{year:04}-{month:02}-{day:02} {time}"),
    })
}

fn broken(error: &XlsxError) -> Error {
    Error::malformed(FORMAT, error)
}
