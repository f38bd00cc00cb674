"""What reports say is what engines that are not ours compute from the lake's files.

The demo's week is played by the real binary, with everything written to the lake. Then every report is asked in every
breakdown, and the statement that its answer carries is run by DuckDB over the same Delta tables, as a reader outside
would run it. Counts and sums are also taken by Polars, without SQL, and compared with what the ledger and the story say.

Called by `cargo xtask test --lane outside`, which sets TALLYMARK_BIN and TALLYMARK_SIM_BIN.
"""

import datetime
import json
import os
import pathlib
import sqlite3
import subprocess
import sys
import tempfile

import deltalake
import duckdb
import duckdb_extension_delta
import polars

# The week that the demo plays, with a day around it.
DAYS = ["--from", "2026-02-11", "--to", "2026-02-22"]


class World:
    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.lake = folder / "lake"
        self.binary = os.environ["TALLYMARK_BIN"]
        self.environment = os.environ | {
            "TALLYMARK_DATABASE": f"sqlite:{folder / 'world.sqlite'}",
            "TALLYMARK_MASTER_KEY_FILE": str(folder / "master.key"),
        }
        self.environment.pop("TALLYMARK_LAKE", None)

    def play(self) -> str:
        sim = os.environ["TALLYMARK_SIM_BIN"]
        command = [sim, "demo", "--bin", self.binary, "--keep", str(self.folder), "--listen", "127.0.0.1:0"]
        command += ["--exit"]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    def tallymark(self, *arguments: str) -> object:
        command = [self.binary, "--json", *arguments]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{' '.join(command)} failed: {done.stderr}")
        return json.loads(done.stdout)

    def tables(self) -> list[str]:
        return sorted(path.name for path in self.lake.iterdir() if (path / "_delta_log").is_dir())


def in_json(value: object) -> object:
    return value.isoformat() if isinstance(value, datetime.date) else value


def duck(world: World) -> duckdb.DuckDBPyConnection:
    version = f"v{duckdb.__version__}"
    packaged = pathlib.Path(duckdb_extension_delta.__file__).parent / "extensions" / version / "delta.duckdb_extension"
    connection = duckdb.connect()
    connection.execute(f"LOAD '{packaged}'")
    # Statements say by themselves where days begin: the zone of the reader's session must not matter.
    connection.execute("SET TimeZone = 'America/New_York'")
    for table in world.tables():
        connection.execute(f"CREATE VIEW {table} AS SELECT * FROM delta_scan('{world.lake / table}')")
    return connection


def same(what: str, ours: object, theirs: object) -> None:
    if ours != theirs:
        sys.exit(f"{what}: tallymark says {ours}, outside it is {theirs}")


def all_answers(world: World, days: list[str]) -> dict[tuple[str, str], dict]:
    answers = {}
    for report in world.tallymark("report"):
        for by in report["by"]:
            answers[report["name"], by] = world.tallymark("report", report["name"], "--by", by, *days)
    return answers


def ordered(rows: list) -> list:
    """Rows that are equal in what they are ordered by stand in no order."""
    return sorted((list(map(in_json, row)) for row in rows), key=lambda row: json.dumps(row))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = World(pathlib.Path(folder) / "world")
        world.play()
        before = all_answers(world, DAYS)
        written = world.tallymark("lake", "write")["written"]
        answers = all_answers(world, DAYS)
        connection = duck(world)
        for (name, by), answer in answers.items():
            what = f"report {name} by {by}"
            same(f"{what}, before {written} events were written", before[name, by]["rows"], answer["rows"])
            rows = connection.execute(answer["sql"]).fetchall()
            same(what, ordered(answer["rows"]), ordered(rows))
            names = [column[0] for column in connection.description]
            same(f"{what}, columns", [column["name"] for column in answer["columns"]], names)
            same(f"{what}, whether it is current", answer["current"], True)
            for table in answer["tables"]:
                same(f"{what}, what {table['table']} lacks", table["beyond"], 0)
                version = deltalake.DeltaTable(str(world.lake / table["table"])).version()
                same(f"{what}, version of {table['table']}", table["version"], version)
        independent(world, answers)
        print(f"{len(answers)} reports say what DuckDB {duckdb.__version__} computes from the lake's files")


def independent(world: World, answers: dict[tuple[str, str], dict]) -> None:
    """Polars counts without our SQL; the story and its ledger say what must come out."""
    scans = polars.read_delta(str(world.lake / "scan_decided"))
    rewards = polars.read_delta(str(world.lake / "scan_reward_won"))
    rebates = polars.read_delta(str(world.lake / "scan_rebate_earned"))
    joined = polars.read_delta(str(world.lake / "people_member_joined"))
    packets = rewards.filter(polars.col("kind") == "red_packet")["amount"].sum()
    funnel = [
        scans.height,
        scans.filter(polars.col("verdict") == "genuine").height,
        rewards["scan"].n_unique(),
        joined["person"].n_unique(),
    ]
    same("the funnel", answers["funnel", "total"]["rows"], [funnel])
    with sqlite3.connect(world.folder / "world.sqlite") as database:
        same("scans that were decided", scans.height, database.execute("SELECT COUNT(*) FROM scan").fetchone()[0])
    costs = [packets, rebates["amount_fen"].sum(), packets + rebates["amount_fen"].sum()]
    same("costs", answers["costs", "total"]["rows"], [costs])
    with sqlite3.connect(world.folder / "world.sqlite") as database:
        # 10 is the ledger's number of a red packet that was won.
        paid = database.execute("SELECT SUM(amount) FROM transfer WHERE code = 10").fetchone()[0]
    same("red packets that the ledger has", packets, paid)
    # A person is new once: with their first scan of a code of the brand.
    known = scans.filter(polars.col("person").is_not_null())
    total = answers["overview", "total"]
    overview = dict(zip([column["name"] for column in total["columns"]], total["rows"][0]))
    same("new people", overview["new_people"], known.filter(polars.col("known") == False).height)  # noqa: E712
    first_looks = scans.filter(polars.col("product").is_not_null()).height - overview["repeat_scans"]
    codes_used = scans.filter(polars.col("again") == False).height  # noqa: E712
    same("codes that were scanned", first_looks, codes_used)


if __name__ == "__main__":
    main()
