//! Files as another program reads them.

use std::io::Cursor;

use calamine::{Data, Reader as _, Xlsx, open_workbook_from_rs};
use jiff::tz::TimeZone;
use proptest::prelude::*;
use tallymark_base::Timestamp;
use tallymark_exports::{Cell, Format, Head, TEXT_CHARS_MAX, Table};

fn head(columns: usize) -> Head {
    let titles = (0..columns).map(|column| format!("列 {column} <&>")).collect();
    Head { name: "扫码记录".to_owned(), titles, zone: TimeZone::get("Asia/Shanghai").unwrap() }
}

fn written(mut table: Table, rows: &[Vec<Cell>]) -> Vec<u8> {
    let mut file = Vec::new();
    for row in rows {
        table.row(row).unwrap();
        file.extend(table.take());
    }
    file.extend(table.end().unwrap());
    file
}

fn xlsx(rows: &[Vec<Cell>]) -> Vec<u8> {
    written(Table::new(Format::Xlsx, head(rows[0].len())).unwrap(), rows)
}

/// The sheets of a file, row by row, by calamine.
fn read(file: &[u8]) -> Vec<(String, Vec<Vec<Data>>)> {
    let mut book: Xlsx<_> = open_workbook_from_rs(Cursor::new(file.to_vec())).unwrap();
    let sheets = book.worksheets();
    sheets.into_iter().map(|(name, range)| (name, range.rows().map(<[Data]>::to_vec).collect())).collect()
}

#[test]
fn a_spreadsheet_says_what_was_written() {
    let moment: Timestamp = "2026-03-01T16:30:15Z".parse().unwrap();
    let row = vec![
        Cell::text("=HYPERLINK(\"http://evil\")"),
        Cell::Number(-42),
        Cell::Hundredths(1_088),
        Cell::Number(1_234_567_890_123_456),
        Cell::Time(moment),
        Cell::Empty,
        Cell::text("a\u{1}b_x0041_ \u{1f600} & <b>"),
    ];
    let sheets = read(&xlsx(&[row]));
    assert_eq!(sheets.len(), 1);
    let (name, rows) = &sheets[0];
    assert_eq!(name, "扫码记录");
    assert_eq!(rows[0][0], Data::String("列 0 <&>".to_owned()));
    assert_eq!(rows[1][0], Data::String("=HYPERLINK(\"http://evil\")".to_owned()));
    assert_eq!(rows[1][1], Data::Float(-42.0));
    assert_eq!(rows[1][2], Data::Float(10.88));
    assert_eq!(rows[1][3], Data::String("1234567890123456".to_owned()), "a double would end in 456");
    // 2 March 2026, 00:30:15 in Shanghai; 46,083 days after 30 December 1899 by LibreOffice.
    let Data::DateTime(shown) = rows[1][4] else { panic!("{:?}", rows[1][4]) };
    assert!((shown.as_f64() - (46_083.0 + 1_815.0 / 86_400.0)).abs() < 1e-5, "{shown}");
    assert_eq!(rows[1][5], Data::Empty);
    let Data::String(text) = &rows[1][6] else { panic!("{:?}", rows[1][6]) };
    assert!(text.ends_with(" \u{1f600} & <b>"), "{text}");
}

#[test]
fn a_text_is_cut_where_a_spreadsheet_would_refuse_the_file() {
    let file = xlsx(&[vec![Cell::text("\u{1f600}".repeat(TEXT_CHARS_MAX))]]);
    let Data::String(text) = &read(&file)[0].1[1][0] else { panic!("no text") };
    assert_eq!(text.encode_utf16().count(), TEXT_CHARS_MAX - 1, "two units a sign: 32,766 of 32,767");
}

#[test]
fn a_full_sheet_is_followed_by_another_with_the_same_titles() {
    let rows: Vec<Vec<Cell>> = (0..25).map(|n| vec![Cell::Number(n)]).collect();
    let table = Table::with_sheets_of(head(1), 11).unwrap();
    let sheets = read(&written(table, &rows));
    let names: Vec<&str> = sheets.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["扫码记录", "扫码记录 2", "扫码记录 3"]);
    let lengths: Vec<usize> = sheets.iter().map(|(_, rows)| rows.len()).collect();
    assert_eq!(lengths, [11, 11, 6]);
    let numbers: Vec<Data> = sheets.iter().flat_map(|(_, rows)| rows[1..].iter().map(|row| row[0].clone())).collect();
    assert_eq!(numbers, (0..25).map(|n| Data::Float(f64::from(n))).collect::<Vec<_>>());
}

#[test]
fn a_file_without_rows_has_its_titles() {
    let table = Table::new(Format::Xlsx, head(2)).unwrap();
    assert_eq!(read(&table.end().unwrap())[0].1.len(), 1);
    let table = Table::new(Format::Csv, head(2)).unwrap();
    assert_eq!(table.end().unwrap(), "\u{feff}列 0 <&>,列 1 <&>\r\n".as_bytes());
}

/// The beginnings that OWASP names in "CSV Injection".
const OWASP: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

proptest! {
    #[test]
    fn no_text_of_a_csv_begins_like_a_formula_and_each_reads_back(texts in prop::collection::vec("[=+@\t\r\n＝\"', \\-0-9a-z字]{0,12}", 1..6)) {
        let table = Table::new(Format::Csv, head(texts.len())).unwrap();
        let row: Vec<Cell> = texts.iter().map(|text| Cell::text(text.as_str())).collect();
        let file = written(table, &[row]);
        let plain = file.strip_prefix("\u{feff}".as_bytes()).unwrap();
        let mut rows = csv::ReaderBuilder::new().from_reader(plain).into_records();
        let read = rows.next().unwrap().unwrap();
        prop_assert!(rows.next().is_none());
        for (shown, text) in read.iter().zip(&texts) {
            prop_assert!(!shown.starts_with(OWASP), "{shown:?}");
            prop_assert!(shown == text || shown.strip_prefix('\'') == Some(text.as_str()), "{shown:?} for {text:?}");
        }
    }

    #[test]
    fn texts_and_numbers_of_a_spreadsheet_read_back(
        texts in prop::collection::vec("[a-z字é<>&\"' 😀_]{1,20}", 1..20), number in -999_999_999_999_999_i64..=999_999_999_999_999,
    ) {
        let rows: Vec<Vec<Cell>> =
            texts.iter().map(|text| vec![Cell::text(text.as_str()), Cell::Number(number)]).collect();
        let sheets = read(&xlsx(&rows));
        for (row, text) in sheets[0].1[1..].iter().zip(&texts) {
            prop_assert_eq!(&row[0], &Data::String(text.clone()));
            prop_assert_eq!(&row[1], &Data::Float(number as f64));
        }
    }
}
