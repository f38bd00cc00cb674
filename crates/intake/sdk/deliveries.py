"""Segment's and RudderStack's SDKs, unmodified, deliver the known set to the real server, and what arrives is told.

Each SDK has a write key, and so a source, of its own: the known set has the same message ids for all of them. Every SDK
delivers twice; the second time nothing is new.

Called by `cargo xtask test --lane outside`, which sets TALLYMARK_BIN. Runs in a copy of this folder in which the packages
of `package.json` are installed.
"""

import collections
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import urllib.request
import uuid

HERE = pathlib.Path(__file__).parent
PHONE = "13912345670"
SDKS = {
    "segment_node": ["node", str(HERE / "segment_node.mjs")],
    "rudder_node": ["node", str(HERE / "rudder_node.mjs")],
    "segment_python": [sys.executable, str(HERE / "segment_python.py")],
    "rudder_python": [sys.executable, str(HERE / "rudder_python.py")],
}


def same(what: str, ours: object, expected: object) -> None:
    if ours != expected:
        sys.exit(f"{what}: {ours} instead of {expected}")


class Brand:
    def __init__(self, folder: pathlib.Path) -> None:
        self.binary = os.environ["TALLYMARK_BIN"]
        self.environment = os.environ | {
            "TALLYMARK_DATABASE": f"sqlite:{folder / 'brand.sqlite'}",
            "TALLYMARK_MASTER_KEY_FILE": str(folder / "master.key"),
            "TALLYMARK_LAKE": str(folder / "lake"),
        }
        (folder / "master.key").write_text(self.tallymark("key", "new", text=True))
        (folder / "master.key").chmod(0o600)
        self.owner = self.tallymark("tenant", "create", "--name", "Spring", "--host", "spring.example")["key"]
        self.server = subprocess.Popen(
            [self.binary, "serve", "--listen", "127.0.0.1:0"],
            env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )
        line = self.server.stdout.readline()
        found = re.search(r"127\.0\.0\.1:\d+", line)
        if not found:
            self.stop()
            sys.exit(f"the server said {line!r}")
        self.url = f"http://{found.group()}"

    def tallymark(self, *arguments: str, text: bool = False) -> object:
        command = [self.binary, *([] if text else ["--json"]), *arguments]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{' '.join(command)} failed: {done.stderr}")
        return done.stdout if text else json.loads(done.stdout)

    def call(self, method: str, path: str, body: object = None) -> dict:
        data = None if body is None else json.dumps(body).encode()
        headers = {"authorization": f"Bearer {self.owner}", "content-type": "application/json"}
        headers["idempotency-key"] = str(uuid.uuid4())
        request = urllib.request.Request(self.url + path, data=data, method=method, headers=headers)
        with urllib.request.urlopen(request, timeout=30) as response:
            return json.load(response)

    def stop(self) -> None:
        self.server.terminate()
        self.server.wait(timeout=30)


def main() -> None:
    known = json.loads((HERE / "known_set.json").read_text())
    with tempfile.TemporaryDirectory() as folder:
        brand = Brand(pathlib.Path(folder))
        try:
            for name, command in SDKS.items():
                key = brand.call("POST", "/v1/api-keys", {"name": name, "scopes": ["track"]})["secret"]
                for _ in range(2):
                    done = subprocess.run([*command, brand.url, key], capture_output=True, text=True, timeout=120)
                    if done.returncode != 0:
                        sys.exit(f"{name} could not deliver: {done.stdout}{done.stderr}")
            aside = brand.call("GET", "/v1/intake/quarantine")["items"]
            same("events put aside", [(entry["code"], entry["reason"]) for entry in aside], [])
            found = brand.call("POST", "/v1/people/search", {"identifier": {"kind": "phone", "value": PHONE}})
            # The user, the browser, the phone, the address, the openid and the app's device.
            same("accounts of the person", len(found["accounts"]), 6)
            # The server writes the lake as long as it runs.
            brand.stop()
            brand.tallymark("lake", "write")
            sql = "SELECT kind, source, COUNT(*) AS events, COUNT(DISTINCT person) AS persons FROM intake_event GROUP BY 1, 2"
            rows = brand.tallymark("query", sql)["rows"]
            sent = collections.Counter(event["call"] for event in known)
            # Where a message id is the SDK's own, a second delivery is a second event.
            own = sum(1 for event in known if "messageId" not in event)
            for kind, source, events, persons in rows:
                extra = sum(1 for event in known if event["call"] == kind and "messageId" not in event)
                same(f"{kind} events of {source}", (events, persons), (sent[kind] + extra, 1))
            same("kinds and sources", len(rows), len(sent) * len(SDKS))
            print(f"{len(SDKS)} SDKs delivered {len(known)} events each, twice; {own} of them without an id of its own")
        finally:
            brand.stop()


if __name__ == "__main__":
    main()
