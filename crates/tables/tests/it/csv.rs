//! CSV: lines, quotes, encodings.

use proptest::collection::vec;
use proptest::prelude::*;
use tallymark_tables::{Error, Options, Source};

use crate::{text, whole};

#[test]
fn a_record_has_the_line_in_which_it_begins() {
    let table = text("\n\na,b\r\n1,\"x\r\ny\"\r\n\r\n2,z\n\n\n3,\"\n\"\n4,q").unwrap();
    assert_eq!(table.names, ["a", "b"]);
    assert_eq!(table.lines(), [4, 7, 10, 12]);
    assert_eq!(table.texts(), [["1", "x\r\ny"], ["2", "z"], ["3", ""], ["4", "q"]]);
    // The old line ends of the Macintosh.
    assert_eq!(text("a\r1\r\r2").unwrap().lines(), [2, 4]);
}

#[test]
fn a_row_may_have_fewer_cells_than_the_header_and_tells_where_it_has_more() {
    let table = text("a,b,,\n1\n1,2,,,\n1,2,3,4\n,,,\n").unwrap();
    assert_eq!(table.names, ["a", "b"]);
    assert_eq!(table.texts(), [["1", ""], ["1", "2"], ["1", "2"]]);
    let beyond: Vec<Option<usize>> = table.rows.iter().map(|row| row.beyond).collect();
    assert_eq!(beyond, [None, None, Some(3)]);
}

#[test]
fn the_delimiter_is_what_the_first_line_has_most_of_outside_of_quotes() {
    assert_eq!(text("a;b,c;d\n1;2,5;3").unwrap().texts(), [["1", "2,5", "3"]]);
    assert_eq!(text("\"a,b,c\"\td\n1\t2").unwrap().texts(), [["1", "2"]]);
    assert_eq!(text("only\n1;2").unwrap().texts(), [["1;2"]]);
    assert_eq!(text("a,b;c\n1,2").unwrap().texts(), [["1", "2"]], "of equally many the comma");
}

#[test]
fn a_quote_that_is_never_closed_is_told_by_its_place() {
    let error = text("a,b\n1,2\n3,\"4\n5,6\n").unwrap_err();
    assert_eq!(error, Error::OpenQuote { line: 3, column: 2 });
}

#[test]
fn bytes_of_no_encoding_are_told_by_their_line() {
    let mut bytes = "名\n好\n".as_bytes().to_vec();
    bytes.extend([0xFF, 0xFF, b'\n']);
    let error = whole(&Source::Bytes(bytes.into()), &Options::default()).unwrap_err();
    assert_eq!(error, Error::Encoding { line: 3 });
}

#[test]
fn a_character_at_the_border_of_two_pieces_is_read_whole() {
    for before in 65_530..65_540 {
        let table = text(&format!("a\n{}好\n", "x\n".repeat(before / 2) + &"y".repeat(before % 2))).unwrap();
        assert!(table.texts().last().unwrap()[0].ends_with('好'), "{before}");
    }
}

#[test]
fn a_table_without_a_header_is_empty() {
    for nothing in ["", "\n\n", "\u{feff}", ",,\n , \n"] {
        assert_eq!(text(nothing).unwrap_err(), Error::Empty, "{nothing:?}");
    }
}

/// What a cell is once the blanks around it are gone.
fn bare(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}')
}

proptest! {
    /// The crate `csv` writes, and reads, as RFC 4180 says.
    #[test]
    fn what_another_program_writes_reads_back(
        rows in vec(vec("[a-c\",;\r\n 好é😀]{0,6}", 3..4), 0..8),
        delimiter in prop_oneof![Just(b','), Just(b';'), Just(b'\t')],
    ) {
        let mut writer = ::csv::WriterBuilder::new().delimiter(delimiter).from_writer(Vec::new());
        writer.write_record(["x", "y", "z"]).unwrap();
        for row in &rows {
            writer.write_record(row).unwrap();
        }
        let bytes = writer.into_inner().unwrap();
        let expected: Vec<Vec<&str>> = rows.iter().map(|row| row.iter().map(|cell| bare(cell)).collect()).collect();
        let expected: Vec<_> = expected.into_iter().filter(|row: &Vec<&str>| row.iter().any(|cell| !cell.is_empty())).collect();
        let table = whole(&Source::Bytes(bytes.into()), &Options::default()).unwrap();
        prop_assert_eq!(table.texts(), expected);
    }

    #[test]
    fn text_without_open_quotes_reads_as_another_program_reads_it(body in "([a-b,\r\n ]|\"[a-b,\n ]{0,3}\"){0,40}") {
        let text = format!("x,y,z\n{body}");
        let Ok(table) = crate::text(&text) else { return Ok(()) };
        let mut reader = ::csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
        let mut expected = Vec::new();
        for record in reader.records().skip(1) {
            let record = record.unwrap();
            let mut cells: Vec<String> = record.iter().map(|cell| bare(cell).to_owned()).collect();
            if cells.iter().any(|cell| !cell.is_empty()) {
                cells.resize(3, String::new());
                expected.push(cells);
            }
        }
        prop_assert_eq!(table.texts(), expected);
    }

    #[test]
    fn no_bytes_make_a_reader_panic(bytes in vec(any::<u8>(), 0..200), start in prop_oneof![Just(&b""[..]), Just(&b"PK\x03\x04"[..]), Just(&b"\xff\xfe"[..])]) {
        let bytes = [start, &bytes].concat();
        let _ = whole(&Source::Bytes(bytes.into()), &Options::default());
    }
}
