"""Writes the files of this folder: python make.py, with openpyxl 3.1.5, polars 2.1.0 and duckdb 1.5.5."""

import csv
import datetime as dt

try:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "会员"
    sheet.append(["手机号", "姓名", "生日", "注册时间", "余额", "会员", "支付宝", "备注"])
    sheet.append([13912345670, "李小龙", dt.date(1990, 5, 12), dt.datetime(2024, 2, 29, 8, 30, 5), 0.1 + 0.2, True,
                  2088123412341234, "  x  "])
    sheet.append([])
    sheet.append(["13912345671", None, "1991-01-02", dt.time(9, 5), 12, False, "2088123412341234", "=NA()"])
    sheet["H4"].data_type = "e"
    sheet["H4"].value = "#N/A"
    sheet["J4"] = "too far"
    other = book.create_sheet("门店")
    other.append(["店名"])
    other.append(["一店"])
    book.save("openpyxl.xlsx")
except ModuleNotFoundError:
    print("openpyxl.xlsx is left as it is")

try:
    import duckdb
    import polars

    frame = polars.DataFrame({
        "phone": [13912345670, None],
        "name": ["李小龙", "  "],
        "born": [dt.date(1990, 5, 12), None],
        "joined": [dt.datetime(2024, 2, 29, 0, 30, 5, 250000, tzinfo=dt.timezone.utc), None],
        "local": [dt.datetime(2024, 2, 29, 8, 30, 5), None],
        "balance": [12.0, 0.5],
        "is_member": [True, False],
        "tags": [["a"], []],
        "level": polars.Series(["gold", "gold"], dtype=polars.Categorical),
    })
    frame.write_parquet("polars.parquet", compression="zstd", statistics=False)
    for codec in ["snappy", "gzip", "brotli", "lz4_raw"]:
        duckdb.sql("SELECT 13912345670 AS phone, '李小龙' AS name, DATE '1990-05-12' AS born, 12.50::DECIMAL(9, 2) AS balance, "
                   "TIMESTAMP '2024-02-29 08:30:05' AS local").write_parquet(f"duckdb_{codec}.parquet", compression=codec)
except ModuleNotFoundError:
    print("the Parquet files are left as they are")

rows = [
    ["手机号", "姓名", "备注"],
    ["13912345670", "李小龙", 'says "hello",\nand goes'],
    ["13912345671", "", "； 分号"],
]
for name, encoding, delimiter in [
    ("python_gb18030.csv", "gb18030", ","),
    ("python_utf8_mark.csv", "utf-8-sig", ";"),
    ("python_utf16.tsv", "utf-16", "\t"),
]:
    with open(name, "w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
