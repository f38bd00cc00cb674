//! XLSX, written in one go: no part of it is read or written a second time, so it needs neither a file nor its whole self in
//! memory.
//!
//! ECMA-376: part 1, SpreadsheetML; part 2, the package, which is a ZIP. Its entries carry their lengths behind them, as
//! APPNOTE 4.3.9 allows.

mod text;

use std::io::{self, Write};

use jiff::tz::TimeZone;
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, ZipWriter};

use self::text::escaped;
use crate::cell::{Cell, decimal, fitting, has_many_digits, is_long, serial_day, wall_clock};
use crate::table::Head;

/// Rows of a sheet, the header among them.
pub(crate) const SHEET_ROWS_MAX: u64 = 1_048_576;
/// Bytes of a sheet, unpacked: below the 4 GiB from which a ZIP would need a form that not every reader knows.
const SHEET_BYTES_MAX: u64 = 3 << 30;
/// Packing more tightly takes twice the time for a tenth less.
const LEVEL: i64 = 3;

const DECLARATION: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
const DOCUMENT: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";

/// The formats of cells, in the order of `styles.xml`.
const STYLE_TIME: u8 = 1;
const STYLE_MONEY: u8 = 2;
const STYLE_TITLE: u8 = 3;

/// Writes rows.
pub(crate) struct Xlsx<W: Write> {
    zip: ZipWriter<StreamWriter<W>>,
    head: Head,
    /// The letters of each column.
    letters: Vec<String>,
    sheets: u32,
    /// Of the sheet that is open.
    rows: u64,
    bytes: u64,
    rows_max: u64,
    line: String,
}

impl<W: Write> Xlsx<W> {
    pub(crate) fn new(to: W, head: Head) -> io::Result<Self> {
        Self::with_sheets_of(to, head, SHEET_ROWS_MAX)
    }

    /// The same with smaller sheets.
    pub(crate) fn with_sheets_of(to: W, head: Head, rows_max: u64) -> io::Result<Self> {
        let letters = (0..head.titles.len()).map(letters_of).collect();
        let zip = ZipWriter::new_stream(to);
        let mut xlsx = Self { zip, head, letters, sheets: 0, rows: 0, bytes: 0, rows_max, line: String::new() };
        xlsx.begin_sheet()?;
        Ok(xlsx)
    }

    pub(crate) fn row(&mut self, cells: &[Cell]) -> io::Result<()> {
        if self.rows >= self.rows_max || self.bytes >= SHEET_BYTES_MAX {
            self.end_sheet()?;
            self.begin_sheet()?;
        }
        self.rows += 1;
        let mut line = std::mem::take(&mut self.line);
        line.clear();
        let row = self.rows;
        line.push_str("<row r=\"");
        line.push_str(&row.to_string());
        line.push_str("\">");
        for (cell, letters) in cells.iter().zip(&self.letters) {
            push_cell(&mut line, cell, (letters, row), &self.head.zone);
        }
        line.push_str("</row>");
        let written = self.write(&line);
        self.line = line;
        written
    }

    pub(crate) fn end(mut self) -> io::Result<()> {
        self.end_sheet()?;
        self.begin_part("xl/styles.xml")?;
        self.write(&styles())?;
        self.begin_part("xl/workbook.xml")?;
        self.write(&self.workbook())?;
        self.begin_part("xl/_rels/workbook.xml.rels")?;
        self.write(&self.relations())?;
        self.begin_part("_rels/.rels")?;
        self.write(&format!(
            "{DECLARATION}<Relationships xmlns=\"{PACKAGE}/relationships\"><Relationship Id=\"rId1\" \
             Type=\"{DOCUMENT}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
        ))?;
        self.begin_part("[Content_Types].xml")?;
        self.write(&self.content_types())?;
        self.zip.finish()?.into_inner().flush()
    }

    fn begin_part(&mut self, name: &str) -> io::Result<()> {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .compression_level(Some(LEVEL))
            // The moment of an export stands in its row; a file of the same rows is the same file.
            .last_modified_time(zip::DateTime::default());
        Ok(self.zip.start_file(name, options)?)
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        self.bytes += text.len() as u64;
        self.zip.write_all(text.as_bytes())
    }

    fn begin_sheet(&mut self) -> io::Result<()> {
        self.sheets += 1;
        (self.rows, self.bytes) = (1, 0);
        self.begin_part(&format!("xl/worksheets/sheet{}.xml", self.sheets))?;
        let mut text = format!(
            "{DECLARATION}<worksheet xmlns=\"{MAIN}\"><sheetViews><sheetView workbookViewId=\"0\"><pane ySplit=\"1\" \
             topLeftCell=\"A2\" activePane=\"bottomLeft\" state=\"frozen\"/></sheetView></sheetViews>\
             <cols><col min=\"1\" max=\"{}\" width=\"18\" customWidth=\"1\"/></cols><sheetData><row r=\"1\">",
            self.head.titles.len().max(1)
        );
        for (title, letters) in self.head.titles.iter().zip(&self.letters) {
            push_text(&mut text, title, (letters, 1), Some(STYLE_TITLE));
        }
        text.push_str("</row>");
        self.write(&text)
    }

    fn end_sheet(&mut self) -> io::Result<()> {
        self.write("</sheetData></worksheet>")
    }

    fn workbook(&self) -> String {
        let mut text = format!("{DECLARATION}<workbook xmlns=\"{MAIN}\" xmlns:r=\"{DOCUMENT}\"><sheets>");
        for sheet in 1..=self.sheets {
            let name = if sheet == 1 { self.head.name.clone() } else { format!("{} {sheet}", self.head.name) };
            let name = escaped(&sheet_name(&name)).into_owned();
            text.push_str(&format!("<sheet name=\"{name}\" sheetId=\"{sheet}\" r:id=\"rId{sheet}\"/>"));
        }
        text.push_str("</sheets></workbook>");
        text
    }

    fn relations(&self) -> String {
        let mut text = format!("{DECLARATION}<Relationships xmlns=\"{PACKAGE}/relationships\">");
        for sheet in 1..=self.sheets {
            text.push_str(&format!(
                "<Relationship Id=\"rId{sheet}\" Type=\"{DOCUMENT}/worksheet\" Target=\"worksheets/sheet{sheet}.xml\"/>"
            ));
        }
        let styles = self.sheets + 1;
        text.push_str(&format!(
            "<Relationship Id=\"rId{styles}\" Type=\"{DOCUMENT}/styles\" Target=\"styles.xml\"/></Relationships>"
        ));
        text
    }

    fn content_types(&self) -> String {
        const KIND: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml";
        let mut text = format!(
            "{DECLARATION}<Types xmlns=\"{PACKAGE}/content-types\"><Default Extension=\"rels\" \
             ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/><Default Extension=\"xml\" \
             ContentType=\"application/xml\"/><Override PartName=\"/xl/workbook.xml\" \
             ContentType=\"{KIND}.sheet.main+xml\"/><Override PartName=\"/xl/styles.xml\" \
             ContentType=\"{KIND}.styles+xml\"/>"
        );
        for sheet in 1..=self.sheets {
            text.push_str(&format!(
                "<Override PartName=\"/xl/worksheets/sheet{sheet}.xml\" ContentType=\"{KIND}.worksheet+xml\"/>"
            ));
        }
        text.push_str("</Types>");
        text
    }
}

fn push_cell(line: &mut String, cell: &Cell, place: (&str, u64), zone: &TimeZone) {
    match cell {
        Cell::Empty => {}
        Cell::Text(text) => push_text(line, text, place, None),
        Cell::Number(number) if is_long(*number) => push_text(line, &number.to_string(), place, None),
        Cell::Number(number) => push_number(line, &number.to_string(), place, None),
        Cell::Decimal(number) if has_many_digits(number) => push_text(line, number, place, None),
        Cell::Decimal(number) => push_number(line, number, place, None),
        Cell::Hundredths(amount) if is_long(*amount) => push_text(line, &decimal(*amount), place, None),
        Cell::Hundredths(amount) => push_number(line, &decimal(*amount), place, Some(STYLE_MONEY)),
        Cell::Time(moment) => match serial_day(*moment, zone) {
            Some(serial) => push_number(line, &format!("{serial:.8}"), place, Some(STYLE_TIME)),
            None => push_text(line, &wall_clock(*moment, zone), place, None),
        },
    }
}

fn begin_cell(line: &mut String, (letters, row): (&str, u64), style: Option<u8>) {
    line.push_str("<c r=\"");
    line.push_str(letters);
    line.push_str(&row.to_string());
    line.push('"');
    if let Some(style) = style {
        line.push_str(" s=\"");
        line.push(char::from(b'0' + style));
        line.push('"');
    }
}

fn push_number(line: &mut String, number: &str, place: (&str, u64), style: Option<u8>) {
    begin_cell(line, place, style);
    line.push_str("><v>");
    line.push_str(number);
    line.push_str("</v></c>");
}

fn push_text(line: &mut String, text: &str, place: (&str, u64), style: Option<u8>) {
    begin_cell(line, place, style);
    let text = fitting(text);
    // Otherwise a reader may leave out blanks at the ends.
    let keeps_blanks = text.starts_with(char::is_whitespace) || text.ends_with(char::is_whitespace);
    line.push_str(if keeps_blanks {
        " t=\"inlineStr\"><is><t xml:space=\"preserve\">"
    } else {
        " t=\"inlineStr\"><is><t>"
    });
    line.push_str(&escaped(text));
    line.push_str("</t></is></c>");
}

/// `A` … `Z`, `AA` … of a column, from 0.
fn letters_of(column: usize) -> String {
    let (mut letters, mut left) = (String::new(), column + 1);
    while left > 0 {
        let place = u8::try_from((left - 1) % 26).unwrap_or_default();
        letters.insert(0, char::from(b'A' + place));
        left = (left - 1) / 26;
    }
    letters
}

/// A name that a sheet may have: 31 characters, without the signs `: \ / ? * [ ]`.
fn sheet_name(name: &str) -> String {
    let fits = |c: &char| !":\\/?*[]'".contains(*c) && !c.is_control();
    let tail: String = name.chars().filter(fits).collect();
    let length = tail.chars().count();
    if length <= 31 { tail } else { tail.chars().take(22).chain(tail.chars().skip(length - 9)).collect() }
}

fn styles() -> String {
    format!(
        "{DECLARATION}<styleSheet xmlns=\"{MAIN}\"><numFmts count=\"2\"><numFmt numFmtId=\"164\" \
         formatCode=\"yyyy\\-mm\\-dd\\ hh:mm:ss\"/><numFmt numFmtId=\"165\" formatCode=\"0.00\"/></numFmts>\
         <fonts count=\"2\"><font><sz val=\"11\"/><name val=\"Calibri\"/></font><font><b/><sz val=\"11\"/>\
         <name val=\"Calibri\"/></font></fonts><fills count=\"2\"><fill><patternFill patternType=\"none\"/></fill>\
         <fill><patternFill patternType=\"gray125\"/></fill></fills><borders count=\"1\"><border/></borders>\
         <cellStyleXfs count=\"1\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\"/></cellStyleXfs>\
         <cellXfs count=\"4\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\"/>\
         <xf numFmtId=\"164\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\"/>\
         <xf numFmtId=\"165\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\"/>\
         <xf numFmtId=\"0\" fontId=\"1\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyFont=\"1\"/></cellXfs>\
         <cellStyles count=\"1\"><cellStyle name=\"Normal\" xfId=\"0\" builtinId=\"0\"/></cellStyles></styleSheet>"
    )
}
