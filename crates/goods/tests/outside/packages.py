"""Packages for the printing house open with a program that is not ours, and hold what `tallymark mint` writes.

pyzipper reads WinZip's AES from its own description. Every file of a package is opened by the password that was told once, its
SHA-256 is what the manifest says, and its lines are those that are minted in plain.

Called by `cargo xtask test --lane outside`, which sets TALLYMARK_BIN.
"""

import csv
import hashlib
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import pyzipper

BIN = os.environ["TALLYMARK_BIN"]
HOST = "Q.EXAMPLE.COM"


class Brand:
    """An installation of its own with one batch: 10,000 bottles in cases of 24, 40 cases on a pallet."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.env = {**os.environ, "TALLYMARK_DATABASE": f"sqlite:{self.folder / 'brand.sqlite'}"}
        self.env["TALLYMARK_MASTER_KEY"] = self.run("key", "new").strip()
        self.run("tenant", "create", "--name", "Printed", "--host", HOST)
        product = self.json("product", "add", "--gtin", "6901234567892", "--sku", "P", "--name", "Bottle")["id"]
        order = ["--product", product, "--lot", 'L"1", east', "--items", "10000", "--items-per-case", "24"]
        packs = ["--cases-per-pallet", "40", "--faces", "outer-and-inner"]
        self.batch = self.json("batch", "add", *order, *packs)["id"]

    def run(self, *arguments):
        done = subprocess.run([BIN, *arguments], env=self.env, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"tallymark {' '.join(arguments)}: {done.stderr}")
        return done.stdout

    def json(self, *arguments):
        return json.loads(self.run(*arguments, "--json"))

    def minted(self, level, face, form):
        return self.run("mint", self.batch, "--level", level, "--face", face, "--form", form, "--out", "-").split()

    def opened(self, *arguments):
        """Orders and writes a package; its files, the manifest apart."""
        made = self.json("package", "add", "--batch", self.batch, "--recipient", "Printer", *arguments)
        file = self.folder / f"{made['id']}.zip"
        told = self.json("package", "write", made["id"], "--out", str(file))
        assert hashlib.sha256(file.read_bytes()).hexdigest() == told["sha256"]
        with pyzipper.AESZipFile(file) as archive:
            try:
                archive.read("manifest.json", pwd=b"another password")
                sys.exit("a package opened by another password")
            except RuntimeError:
                pass
            archive.setpassword(made["password"].encode())
            assert all(entry.flag_bits & 1 for entry in archive.infolist())
            files = {name: archive.read(name) for name in archive.namelist()}
        manifest = json.loads(files.pop("manifest.json"))
        assert [entry["name"] for entry in manifest["files"]] == list(files)
        for entry in manifest["files"]:
            content = files[entry["name"]]
            assert (len(content), hashlib.sha256(content).hexdigest()) == (entry["bytes"], entry["sha256"]), entry
        assert sum(entry["codes"] for entry in manifest["files"]) == manifest["codes"] == made["codes"]
        return files


def main():
    with tempfile.TemporaryDirectory() as folder:
        brand = Brand(folder)
        rolls = brand.opened("--codes-per-file", "3000")
        names = [f"item-{face}-{number:05}.txt" for face in ("outer", "inner") for number in range(1, 5)]
        assert list(rolls) == [*names, "case-outer-00001.txt", "pallet-outer-00001.txt"], list(rolls)
        for level, face in [("item", "outer"), ("item", "inner"), ("case", "outer"), ("pallet", "outer")]:
            text = b"".join(content for name, content in rolls.items() if name.startswith(f"{level}-{face}-"))
            assert text.decode().split() == brand.minted(level, face, "link"), (level, face)

        codes = {level: brand.minted(level, "outer", "code") for level in ("item", "case", "pallet")}
        columns = ["serial", "code", "link", "lot", "case", "pallet"]
        shape = ["--part", "item-outer", "--columns", ",".join(columns)]
        expected = [
            {"serial": serial, "code": code, "link": f"HTTPS://{HOST}/C/{code}", "lot": 'L"1", east',
             "case": codes["case"][serial // 24], "pallet": codes["pallet"][serial // 960]}
            for serial, code in enumerate(codes["item"])
        ]
        (table,) = brand.opened(*shape, "--format", "csv").values()
        rows = list(csv.DictReader(io.StringIO(table.decode(), newline="")))
        assert [{**row, "serial": int(row["serial"])} for row in rows] == expected
        (lines,) = brand.opened(*shape, "--format", "json-lines").values()
        assert [json.loads(line) for line in lines.decode().splitlines()] == expected
        cut = brand.opened(*shape, "--format", "csv", "--bytes-per-file", "100000")
        assert len(cut) > 1 and all(len(content) <= 100_000 for content in cut.values())
        assert sum(content.count(b"\r\n") - 1 for content in cut.values()) == 10_000
        pictures = brand.opened("--part", "pallet-outer", "--format", "svg")
        assert len(pictures) == len(codes["pallet"])
        assert all(content.startswith(b"<svg ") and content.endswith(b"</svg>") for content in pictures.values())
    print("packages: 5 opened by pyzipper, each the codes that are minted in plain")


main()
