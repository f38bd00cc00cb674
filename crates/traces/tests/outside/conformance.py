"""Whether the server keeps to EPCIS 2.0: documents that GS1 publishes, documents that must be refused, a client that is not ours.

Each document is captured by a brand of its own and asked for again; what comes back must be valid against GS1's JSON schema and
say the same, by a comparison that is written here and shares nothing with the server. Called by `cargo xtask conformance`, which
sets TALLYMARK_BIN and TALLYMARK_SHARED_DATA. Writes the table that it is given as its argument; fails where anything is wrong.
"""

import copy
import datetime
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable

from jsonschema import Draft7Validator, FormatChecker

HERE = pathlib.Path(__file__).parent
DATA = pathlib.Path(os.environ["TALLYMARK_SHARED_DATA"]) / "gs1-epcis"
SCHEMA = Draft7Validator(json.loads((DATA / "EPCIS-JSON-Schema.json").read_text()), format_checker=FormatChecker())
TIMES = {"eventTime", "declarationTime", "time", "startTime", "endTime"}


class Server:
    def __init__(self, folder: pathlib.Path) -> None:
        self.binary = os.environ["TALLYMARK_BIN"]
        self.environment = os.environ | {
            "TALLYMARK_DATABASE": f"sqlite:{folder / 'brand.sqlite'}",
            "TALLYMARK_MASTER_KEY_FILE": str(folder / "master.key"),
        }
        (folder / "master.key").write_text(self.tallymark("key", "new", text=True))
        (folder / "master.key").chmod(0o600)
        self.brands = 0
        self.first = self.brand()
        self.server = subprocess.Popen(
            [self.binary, "serve", "--listen", "127.0.0.1:0"],
            env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )
        found = re.search(r"127\.0\.0\.1:\d+", self.server.stdout.readline())
        if not found:
            sys.exit("the server did not start")
        self.url = f"http://{found.group()}"

    def tallymark(self, *arguments: str, text: bool = False) -> object:
        command = [self.binary, *([] if text else ["--json"]), *arguments]
        done = subprocess.run(command, env=self.environment, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{' '.join(command)} failed: {done.stderr}")
        return done.stdout if text else json.loads(done.stdout)

    def brand(self) -> str:
        self.brands += 1
        name = f"brand{self.brands}"
        return self.tallymark("tenant", "create", "--name", name, "--host", f"{name}.example")["key"]

    def call(self, key: str, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[int, dict, object]:
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        headers |= {"authorization": f"Bearer {key}", "content-type": "application/json"}
        request = urllib.request.Request(self.url + path, data=body, method=method, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                text, status, found = answer.read(), answer.status, answer.headers
        except urllib.error.HTTPError as error:
            text, status, found = error.read(), error.code, error.headers
        return status, found, json.loads(text) if text else None

    def stop(self) -> None:
        self.server.terminate()
        self.server.wait(timeout=30)


def prefixes(context: object) -> dict:
    parts = context if isinstance(context, list) else [context]
    found = {"cbvmda": "urn:epcglobal:cbv:mda:", "rdfs": "http://www.w3.org/2000/01/rdf-schema#"}
    for part in parts:
        if isinstance(part, dict):
            found |= {name: meaning for name, meaning in part.items() if isinstance(meaning, str)}
    return found


def plain(value: object, known: dict, name: str = "") -> object:
    """A form in which values that say the same are equal: sets sorted, prefixes spelled out, moments as moments."""
    if isinstance(value, dict):
        return {spelled(key, known): plain(inner, known, key) for key, inner in value.items()}
    if isinstance(value, list):
        elements = sorted((plain(inner, known, name) for inner in value), key=lambda inner: json.dumps(inner, sort_keys=True))
        return elements[0] if len(elements) == 1 else elements
    if isinstance(value, str):
        if name in TIMES:
            return datetime.datetime.fromisoformat(value.replace("Z", "+00:00")).timestamp()
        return spelled(value, known)
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def spelled(text: str, known: dict) -> str:
    prefix, _, local = text.partition(":")
    return known[prefix] + local if prefix in known and local else text


def event_list(document: dict) -> list:
    body = document["epcisBody"]
    return body["eventList"] if "eventList" in body else body["queryResults"]["resultsBody"]["eventList"]


def said(document: dict, with_id: list[bool]) -> list[str]:
    found = []
    for event, has_id in zip(event_list(document), with_id):
        own = prefixes(document["@context"]) | prefixes(event.get("@context", []))
        added = {"recordTime", "@context"} | (set() if has_id else {"eventID"})
        kept = {name: value for name, value in event.items() if name not in added}
        found.append(json.dumps(plain(kept, own), sort_keys=True))
    return found


def all_events(server: Server, key: str) -> tuple[dict, list[str]]:
    path, first, wrong = "/epcis/v2/events", None, []
    while path:
        status, headers, answer = server.call(key, "GET", path)
        if status != 200:
            return {}, [f"asking gives {status}"]
        wrong += [f"not valid: {error.message[:120]}" for error in list(SCHEMA.iter_errors(answer))[:2]]
        if first is None:
            first = answer
        else:
            event_list(first).extend(event_list(answer))
        link = re.match(r"<([^>]+)>; rel=\"next\"", headers.get("link", ""))
        path = link.group(1) if link else None
    return first, wrong


def published(server: Server, path: pathlib.Path) -> list[str]:
    """What is wrong with a document on its way through the server; nothing where all is right."""
    given = json.loads(path.read_text())
    key = server.brand()
    status, headers, answer = server.call(key, "POST", "/epcis/v2/capture", path.read_bytes())
    if status != 202:
        return [f"capturing gives {status}: {answer}"]
    job = server.call(key, "GET", headers["location"])[2]
    if not job["success"] or job["running"]:
        return [f"the job says {job}"]
    found, wrong = all_events(server, key)
    if wrong:
        return wrong
    with_id = ["eventID" in event for event in event_list(given)]
    order = {event.get("eventID"): number for number, event in enumerate(event_list(given))}
    ours = said(found, [event["eventID"] in order for event in event_list(found)])
    return [] if sorted(ours) == sorted(said(given, with_id)) else ["what comes back says something else"]


def refused(server: Server, key: str, document: dict, mark: str) -> list[str]:
    """What is wrong with how a document is refused that must be."""
    status, _, answer = server.call(key, "POST", "/epcis/v2/capture", json.dumps(document).encode())
    if status != 400 or not str(answer.get("type", "")).startswith("epcisException:"):
        return [f"it gives {status}: {answer}"]
    return [] if mark in answer["detail"] else [f"{mark!r} is not in {answer['detail']!r}"]


def bad_documents() -> list[tuple[str, dict, str]]:
    base = json.loads((DATA / "JSON/Example_9.6.1-ObjectEvent.jsonld").read_text())
    container = json.loads((DATA / "JSON/Example_9.6.3-AggregationEvent.jsonld").read_text())

    def changed(document: dict, change) -> dict:
        document = copy.deepcopy(document)
        change(document, event_list(document)[0])
        return document

    def deep(_, event):
        value = 1
        for _ in range(100):
            value = [value]
        event["example:deep"] = value

    def orphaned(_, event):
        event["action"] = "ADD"
        event.pop("parentID", None)

    def dropped(name):
        return lambda _, event: event.pop(name)

    def put(name, value):
        return lambda _, event: event.update({name: value})

    ahead = (datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=2)).isoformat()
    return [
        ("an action that there is not", changed(base, put("action", "LOOK")), "/action"),
        ("no action", changed(base, dropped("action")), "action is missing"),
        ("no time", changed(base, dropped("eventTime")), "eventTime is missing"),
        ("a time without a zone", changed(base, put("eventTime", "2026-01-01T00:00:00")), "/eventTime"),
        ("a time ahead", changed(base, put("eventTime", ahead)), "/eventTime"),
        ("a zone that there is not", changed(base, put("eventTimeZoneOffset", "+15:00")), "/eventTimeZoneOffset"),
        ("a type that there is not", changed(base, put("type", "SightEvent")), "/type"),
        ("a word that there is not", changed(base, put("bizStep", "shiping")), "/bizStep"),
        ("a word as URN", changed(base, put("bizStep", "urn:epcglobal:cbv:bizstep:shipping")), "/bizStep"),
        ("an EPC that is no URI", changed(base, put("epcList", ["4012345"])), "/epcList/0"),
        ("an EPC twice", changed(base, put("epcList", ["urn:x:y", "urn:x:y"])), "/epcList"),
        ("a field without a namespace", changed(base, put("colour", "red")), "/colour"),
        ("master data of an observation", changed(base, put("ilmd", {"example:lot": "1"})), "/ilmd"),
        ("100,000 EPCs", changed(base, put("epcList", [f"urn:x:{n}" for n in range(100_000)])), "/epcList"),
        ("a value nested 100 deep", changed(base, deep), "/example:deep"),
        ("an aggregation without its parent", changed(container, orphaned), "parentID is missing"),
        ("no context", {name: value for name, value in base.items() if name != "@context"}, "@context"),
        ("another version", base | {"schemaVersion": "1.2"}, "/schemaVersion"),
        ("no body", {name: value for name, value in base.items() if name != "epcisBody"}, ""),
    ]


def client(server: Server) -> list[str]:
    """Has epcis2.js capture, and looks for what it captured."""
    key = server.brand()
    done = subprocess.run(["node", "client.cjs", server.url, key], cwd=HERE, capture_output=True, text=True, timeout=120)
    if done.returncode != 0:
        return [f"it failed: {done.stderr[-300:]}"]
    told = json.loads(done.stdout.strip().splitlines()[-1])
    if told["status"] != 202 or not server.call(key, "GET", told["location"])[2]["success"]:
        return [f"it was told {told}"]
    found = server.call(key, "GET", "/epcis/v2/events?MATCH_epc=urn:epc:id:sgtin:4012345.011111.987")[2]
    return [] if len(event_list(found)) == 1 else ["its event is not found"]


def listener(server: Server) -> list[str]:
    """Has a client of WebSockets listen while events are captured: it hears each once, in order."""
    key = server.brand()
    query = json.dumps({"name": "shipped", "query": {"EQ_bizStep": ["shipping"]}}).encode()
    if server.call(key, "POST", "/epcis/v2/queries", query)[0] != 201:
        return ["the query is not taken"]
    url = f"{server.url.replace('http', 'ws', 1)}/epcis/v2/queries/shipped/events"
    if (refused := listening(f"{url}?stream=true", "tm_nobody", 1)) != {"refused": 401}:
        return [f"a key that there is not: {refused}"]
    base = json.loads((DATA / "JSON/Example_9.6.1-ObjectEvent.jsonld").read_text())
    ids = [f"urn:uuid:{number}" for number in range(250)]

    def capture() -> None:
        for some in range(0, len(ids), 25):
            document = copy.deepcopy(base)
            event = event_list(document)[0]
            events = [event | {"eventID": own, "bizStep": "shipping"} for own in ids[some:some + 25]]
            document["epcisBody"]["eventList"] = events
            assert server.call(key, "POST", "/epcis/v2/capture", json.dumps(document).encode())[0] == 202

    heard = listening(f"{url}?stream=true", key, len(ids), capture)
    if heard != {"ids": ids, "code": 1000}:
        return [f"{len(heard.get('ids', []))} of {len(ids)} events were heard, or in another order"]
    again = listening(f"{url}?stream=true&perPage=7&initialRecordTime=2020-01-01T00:00:00Z", key, len(ids))
    return [] if again == {"ids": ids, "code": 1000} else ["from the first on, other events are heard"]


def listening(url: str, key: str, count: int, then: Callable[[], None] = lambda: None) -> dict:
    command = ["node", "listener.cjs", url, key, str(count)]
    with subprocess.Popen(command, cwd=HERE, stdout=subprocess.PIPE, text=True) as node:
        timer = threading.Timer(120, node.kill)
        timer.start()
        said = node.stdout.readline()
        if said.strip() == "open":
            then()
            said = node.stdout.readline()
        timer.cancel()
    return json.loads(said or "{}")


def main() -> None:
    rows, wrong = [], 0

    def note(group: str, name: str, findings: list[str]) -> None:
        nonlocal wrong
        wrong += bool(findings)
        rows.append((group, name, "; ".join(findings).replace("|", "\\|") or "right"))
        if findings:
            print(f"{group}, {name}: {findings}")

    with tempfile.TemporaryDirectory() as folder:
        server = Server(pathlib.Path(folder))
        try:
            paths = sorted((DATA / "JSON").rglob("*.jsonld"))
            for path in paths:
                note("published document", str(path.relative_to(DATA / "JSON")), published(server, path))
            for name, document, mark in bad_documents():
                note("refused document", name, refused(server, server.first, document, mark))
            if shutil.which("node") and (HERE / "node_modules").is_dir():
                note("client", "epcis2.js 2.7.3", client(server))
                note("client", "ws 8.18.3, over a WebSocket", listener(server))
        finally:
            server.stop()
    lines = [
        "# Conformance",
        "",
        "What `cargo xtask conformance` found: EPCIS 2.0 as GS1 publishes it, against the running server. Each published document is",
        "captured by a brand of its own, asked for again, checked against GS1's JSON schema and compared as JSON-LD; each document",
        "that must be refused has to be, with the event and the field in the answer.",
        "",
        f"{len(rows)} checks, {wrong} wrong.",
        "",
        "| What | Which | Found |",
        "|---|---|---|",
        *[f"| {group} | {name} | {found} |" for group, name, found in rows],
        "",
    ]
    pathlib.Path(sys.argv[1]).write_text("\n".join(lines))
    print(f"figure epcis_documents_wrong {wrong} documents")
    if wrong:
        sys.exit(f"{wrong} of {len(rows)} checks are wrong")


main()
