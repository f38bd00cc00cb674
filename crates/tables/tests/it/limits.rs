//! Files that are too much, and files that lie.

use std::io::{Cursor, Write as _};

use tallymark_tables::{Error, Limits, Options, Source};
use zip::write::SimpleFileOptions;

use crate::{text, whole, within, written};

fn small() -> Limits {
    Limits { columns_max: 3, rows_max: 2, cell_bytes_max: 10, record_bytes_max: 40, ..Limits::default() }
}

fn limited(text: &str) -> Result<Vec<Vec<String>>, Error> {
    whole(&Source::Bytes(text.as_bytes().to_vec().into()), &within(small())).map(|table| table.texts())
}

#[test]
fn each_limit_is_told() {
    assert_eq!(limited("a,b,c,d\n").unwrap_err(), Error::TooManyColumns { max: 3 });
    assert_eq!(limited("a\n1\n2\n").unwrap().len(), 2);
    assert_eq!(limited("a\n1\n2\n3\n").unwrap_err(), Error::TooManyRows { max: 2 });
    assert_eq!(limited("a,b\n12345678901,ok\n").unwrap(), [["!cell_too_long", "ok"]], "one long cell costs no other");
    let long = format!("a\n1\n\"{}\"", "x\n".repeat(30));
    assert_eq!(limited(&long).unwrap_err(), Error::RecordTooLong { line: 3, max: 40 });
    let file = Source::Bytes(vec![b'x'; 100].into());
    let tiny = Limits { bytes_max: 99, ..Limits::default() };
    assert_eq!(whole(&file, &within(tiny)).unwrap_err(), Error::TooLarge { max: 99 });
}

#[test]
fn an_open_quote_in_a_large_file_ends_at_the_limit_of_a_record() {
    let long = format!("a\n\"{}", "x".repeat(3 << 20));
    assert_eq!(text(&long).unwrap_err(), Error::RecordTooLong { line: 2, max: 1 << 20 });
}

#[test]
fn a_file_that_expands_without_end_is_refused_before_it_is_read() {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file("xl/sharedStrings.xml", SimpleFileOptions::default()).unwrap();
    let zeros = vec![0; 1 << 20];
    for _ in 0..32 {
        archive.write_all(&zeros).unwrap();
    }
    let bytes = archive.finish().unwrap().into_inner();
    assert!(bytes.len() < 100_000, "{}", bytes.len());
    let limits = Limits { expanded_bytes_max: 16 << 20, ..Limits::default() };
    let error = whole(&Source::Bytes(bytes.clone().into()), &within(limits)).unwrap_err();
    assert_eq!(error, Error::Expands { max: 16 << 20 });
    // The same file that says that it holds a single byte: in the header of the part, and in the list at the end.
    let size = (32_u32 << 20).to_le_bytes();
    let mut lying = bytes;
    let places: Vec<usize> = (0..lying.len() - 4).filter(|place| lying[*place..*place + 4] == size).collect();
    assert!(!places.is_empty());
    for place in places {
        lying[place..place + 4].copy_from_slice(&1_u32.to_le_bytes());
    }
    let error = whole(&Source::Bytes(lying.into()), &within(limits)).unwrap_err();
    assert!(matches!(error, Error::Expands { .. } | Error::Malformed { .. }), "{error}");
}

#[test]
fn a_parquet_file_that_says_that_it_is_too_large_is_refused() {
    let limits = Limits { expanded_bytes_max: 10, ..Limits::default() };
    assert_eq!(whole(&written("polars.parquet"), &within(limits)).unwrap_err(), Error::Expands { max: 10 });
}

#[test]
fn a_file_of_another_kind_or_cut_off_is_told_so() {
    let old = Source::Bytes(vec![0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1, 0, 0].into());
    let error = whole(&old, &Options::default()).unwrap_err().to_string();
    assert!(error.contains("save it as .xlsx"), "{error}");
    for name in ["openpyxl.xlsx", "polars.parquet"] {
        let Source::File(path) = written(name) else { unreachable!() };
        let bytes = std::fs::read(path).unwrap();
        let half = Source::Bytes(bytes[..bytes.len() / 2].to_vec().into());
        let error = whole(&half, &Options::default()).unwrap_err();
        assert!(matches!(error, Error::Malformed { .. }), "{name}: {error}");
    }
    let missing = Source::File("no such file".into());
    assert!(matches!(whole(&missing, &Options::default()).unwrap_err(), Error::File { .. }));
}
