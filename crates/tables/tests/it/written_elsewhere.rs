//! Files that other programs wrote: `data/make.py` says which, and with what in them.

use tallymark_tables::{Error, Format, Options, shape};

use crate::{whole, written};

fn texts(name: &str) -> Vec<Vec<String>> {
    whole(&written(name), &Options::default()).unwrap().texts()
}

#[test]
fn csv_of_python_is_the_same_in_every_encoding_and_with_every_delimiter() {
    let expected = [["13912345670", "李小龙", "says \"hello\",\nand goes"], ["13912345671", "", "； 分号"]];
    for name in ["python_gb18030.csv", "python_utf8_mark.csv", "python_utf16.tsv"] {
        assert_eq!(texts(name), expected, "{name}");
        assert_eq!(whole(&written(name), &Options::default()).unwrap().names, ["手机号", "姓名", "备注"], "{name}");
    }
}

#[test]
fn a_workbook_of_openpyxl_has_digits_days_and_no_made_up_numbers() {
    let table = whole(&written("openpyxl.xlsx"), &Options::default()).unwrap();
    assert_eq!(table.names, ["手机号", "姓名", "生日", "注册时间", "余额", "会员", "支付宝", "备注"]);
    let first = ["13912345670", "李小龙", "1990-05-12", "2024-02-29 08:30:05", "0.3", "true", "!number_imprecise", "x"];
    let second = ["13912345671", "", "1991-01-02", "09:05:00", "12", "false", "2088123412341234", "!cell_error"];
    assert_eq!(table.texts(), [first, second]);
    assert_eq!(table.lines(), [2, 4], "the rows as the program shows them");
    assert_eq!(table.rows[1].beyond, Some(10));
    let stores = Options { sheet: Some("门店".to_owned()), ..Options::default() };
    assert_eq!(whole(&written("openpyxl.xlsx"), &stores).unwrap().texts(), [["一店"]]);
    let missing = Options { sheet: Some("none".to_owned()), ..Options::default() };
    let has = vec!["会员".to_owned(), "门店".to_owned()];
    let error = whole(&written("openpyxl.xlsx"), &missing).unwrap_err();
    assert_eq!(error, Error::NoSheet { name: "none".to_owned(), has });
}

#[test]
fn parquet_of_polars_has_its_flat_columns() {
    let table = whole(&written("polars.parquet"), &Options::default()).unwrap();
    assert_eq!(table.names, ["phone", "name", "born", "joined", "local", "balance", "is_member", "level"]);
    let joined = "2024-02-29T00:30:05.250Z";
    let first = ["13912345670", "李小龙", "1990-05-12", joined, "2024-02-29T08:30:05", "12", "true", "gold"];
    assert_eq!(table.texts(), [first, ["", "", "", "", "", "0.5", "false", "gold"]]);
    assert_eq!(table.lines(), [1, 2]);
}

#[test]
fn parquet_of_duckdb_is_read_with_every_codec() {
    for codec in ["snappy", "gzip", "brotli", "lz4_raw"] {
        let expected = [["13912345670", "李小龙", "1990-05-12", "12.50", "2024-02-29T08:30:05"]];
        assert_eq!(texts(&format!("duckdb_{codec}.parquet")), expected, "{codec}");
    }
}

#[test]
fn the_shape_is_told_without_the_cells() {
    let shape = shape(&written("openpyxl.xlsx"), &Options::default()).unwrap();
    assert_eq!((shape.format, shape.rows), (Format::Xlsx, 2));
    assert_eq!((shape.header.place(" 姓名 ").unwrap(), shape.header.place("手机号").unwrap()), (1, 0));
    let error = shape.header.place("电话").unwrap_err().to_string();
    assert!(error.starts_with("there is no column \"电话\"; there are 手机号, 姓名"), "{error}");
}
