// What the clerk page decides by itself, without a browser: spellings of codes, the calls that a job becomes, and what takes
// an operation back.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

const APP = "../../crates/server/src/clerk/app";
const { codeOf, grouped } = await import(`${APP}/code.js`);
const { apart, callsOf, countsOf, doubtOf, kindsFor, operationsOf, roleOf } = await import(`${APP}/operations.js`);
const { wayBack } = await import(`${APP}/undo.js`);

const CODE = "W0VWMCMGH3T3BPRP";
const AT = "2026-03-01T08:00:00.000Z";
const scan = (n, key, more = {}) => ({ n, key, text: key, at: AT, part: 0, role: "code", ...more });

describe("a code", () => {
  test("is the same code however it is spelled", () => {
    const spellings = [
      CODE, CODE.toLowerCase(), "W0VW-MCMG-H3T3-BPRP", " wOvw mcmg h3t3 bprp\n", `HTTPS://Q.EXAMPLE.COM/C/${CODE}`,
      `https://q.example.com/C/${CODE}?utm=1#x`, `https://q.example.com/01/06901234567892/21/${CODE}`,
      `https://q.example.com/01/06901234567892/10/LOT7/21/${CODE}?17=271231`, `]Q3HTTPS://Q.EXAMPLE.COM/C/${CODE}`,
      `(01)06901234567892(10)LOT7(21)${CODE}`, `]d2010690123456789210LOT7\u001d21${CODE}`, `010690123456789221${CODE}`,
    ];
    for (const text of spellings) assert.equal(codeOf(text)?.key, CODE, JSON.stringify(text));
    assert.equal(grouped(CODE), "W0VW-MCMG-H3T3-BPRP");
  });

  test("is told to the server as it was read, so that the GTIN beside it is checked", () => {
    const link = `https://q.example.com/01/06901234567892/21/${CODE}`;
    assert.equal(codeOf(link).text, link);
    assert.equal(codeOf(`(01)06901234567892(21)${CODE}`).text, `/01/06901234567892/21/${CODE}`);
  });

  test("is not what else lies about in a warehouse", () => {
    const others = ["", "6901234567892", "https://q.example.com/", "https://q.example.com/C/", "WIFI:S:dock;P:1234;;", `${CODE}U`, "ABCDEFGHJKMNPQRSTVWXYZ", "x".repeat(2_000)];
    for (const text of others) assert.equal(codeOf(text), null, text.slice(0, 40));
    // An SSCC of GS1's, in every form that a pallet's label has.
    const sscc = "106141412345678908";
    for (const text of [sscc, `00${sscc}`, `(00) ${sscc}`, `]C100${sscc}`, `https://id.gs1.org/00/${sscc}?x=1`]) {
      assert.deepEqual(codeOf(text), { key: sscc, text: sscc }, text);
    }
  });
});

describe("a job", () => {
  test("becomes one operation for all of its codes, as of the last scan", () => {
    const later = "2026-03-01T08:00:05.000Z";
    const job = { kind: "ship", to: { id: "org_1" } };
    const entries = operationsOf(job, [scan(1, "A"), scan(2, "B", { at: later })]);
    assert.deepEqual(entries, [{ op: { kind: "ship", to: "org_1", codes: ["A", "B"], at: later }, scans: [1, 2] }]);
    assert.deepEqual(apart(entries[0]).map(({ op, scans }) => [op.codes, op.to, scans]), [[["A"], "org_1", [1]], [["B"], "org_1", [2]]]);
    const [call] = callsOf("ship", entries);
    assert.equal(call.path, "/v1/operations");
    assert.deepEqual(JSON.parse(call.body), { operations: [entries[0].op] });
  });

  test("packs each pack by itself, and takes labels in pairs", () => {
    const parts = [scan(1, "P", { role: "pack" }), scan(2, "A"), scan(3, "Q", { role: "pack", part: 1 }), scan(4, "B", { part: 1 }), scan(5, "R", { role: "pack", part: 2 })];
    const packed = operationsOf({ kind: "pack" }, parts);
    assert.deepEqual(packed.map(({ op, scans }) => [op.pack, op.codes, scans]), [["P", ["A"], [2]], ["Q", ["B"], [4]]]);
    const labels = [scan(1, "O", { role: "old" }), scan(2, "N", { role: "new" }), scan(3, "X", { role: "old", part: 1 })];
    assert.deepEqual(operationsOf({ kind: "replace" }, labels), [{ op: { kind: "replace", old: "O", new: "N", at: AT }, scans: [1, 2] }]);
    assert.equal(roleOf("replace", labels.slice(2)), "new");
    assert.equal(roleOf("pack", []), "pack");
  });

  test("is never larger than the server takes", () => {
    const many = Array.from({ length: 9_500 }, (_, n) => scan(n, CODE));
    const calls = callsOf("return", operationsOf({ kind: "return" }, many));
    assert.equal(calls.flatMap(({ entries }) => entries).flatMap(({ scans }) => scans).length, 9_500);
    for (const { path, body } of calls) {
      assert.equal(path, "/v1/returns");
      assert.ok(body.length < 2 ** 20 && JSON.parse(body).returns.every(({ codes }) => codes.length <= 500));
    }
    const single = operationsOf({ kind: "open" }, many).flatMap(apart);
    for (const { body, entries } of callsOf("open", single)) assert.ok(entries.length <= 500 && body.length < 2 ** 20);
  });

  test("counts codes, items and levels as far as they are known", () => {
    const info = (level, items) => ({ unit: { level }, items, product: { id: "p", name: "W" } });
    const counted = countsOf([scan(1, "A", { info: info("case", 24) }), scan(2, "B", { info: info("item", 1) }), scan(3, "C"), scan(4, "P", { role: "pack" })]);
    assert.deepEqual([counted.codes, counted.items, counted.unknown, counted.levels], [3, 25, 1, { case: 1, item: 1 }]);
  });

  test("doubts what looks wrong, and forbids nothing", () => {
    const info = { unit: { level: "item" }, items: 1, state: "active", holder: { id: "org_2", name: "Two" }, is_arrived: false, packs: [] };
    const doubt = (job, more) => doubtOf(job, scan(1, "A", { info: { ...info, ...more } }))?.text ?? null;
    const here = { kind: "receive", to: { id: "org_2" } };
    assert.equal(doubt(here), null);
    assert.equal(doubt(here, { is_arrived: true }), "doubt.arrived");
    assert.equal(doubt(here, { holder: null }), "doubt.not_sent");
    assert.equal(doubt({ kind: "receive", to: { id: "org_1" } }), "doubt.elsewhere");
    assert.equal(doubt({ kind: "ship", to: { id: "org_2" } }), "doubt.there");
    assert.equal(doubt({ kind: "open" }), "doubt.empty");
    assert.equal(doubt({ kind: "ship", to: { id: "org_1" } }, { state: "void" }), "doubt.void");
    const till = { kind: "sell", to: { id: "org_2" } };
    assert.equal(doubt(till), null);
    assert.equal(doubt(till, { holder: null }), "doubt.not_sent");
    assert.equal(doubt({ ...till, to: { id: "org_1" } }), "doubt.elsewhere");
    assert.equal(doubt(till, { gone: "sold" }), "doubt.sold");
    assert.equal(doubt(here, { gone: "sold" }), "doubt.comes_back");
    assert.equal(doubt({ kind: "destroy", to: { id: "org_1" } }), "doubt.not_here");
  });

  test("is offered by role and branch", () => {
    assert.deepEqual(kindsFor({ role: "store", organisation: "org_1" }, 1), ["receive", "sell", "open", "return", "destroy"]);
    assert.ok(kindsFor({ role: "clerk", organisation: "org_1" }, 3).includes("ship"));
    // Who sells over a counter is a store: by role, or because it is one.
    assert.ok(!kindsFor({ role: "clerk", organisation: null }, 0).includes("sell"));
    assert.ok(kindsFor({ role: "clerk", organisation: "org_1" }, 1, "store").includes("sell"));
    assert.equal(kindsFor({ role: "clerk", organisation: null }, 0).length, 8);
  });
});

describe("what was recorded", () => {
  const info = { unit: { level: "item" }, holder: { id: "org_1" }, packs: [{ batch: "b", level: "box", first: 0, last: 0 }] };
  const back = (kind, more = {}, me = { organisation: null }) => wayBack({ kind }, scan(1, "A", { info: { ...info, ...more } }), me);

  test("goes back by the operation that is its opposite", () => {
    assert.equal(back("pack").op.kind, "unpack");
    assert.deepEqual([back("unpack").op.kind, back("unpack").op.pack], ["pack", info.packs[0]]);
    assert.deepEqual([back("ship").op.kind, back("ship").op.to], ["ship", "org_1"]);
    const sold = wayBack({ kind: "sell", to: { id: "org_1" } }, scan(1, "A", { info }), { organisation: null }).op;
    assert.deepEqual([sold.kind, sold.by, sold.codes], ["receive", "org_1", ["A"]]);
  });

  test("stays where there is no way back, and that is said", () => {
    assert.equal(back("ship", { holder: null }).reason, "undo.ship");
    assert.equal(back("unpack", { packs: [] }).reason, "undo.unpack");
    assert.equal(back("return", {}, { organisation: "org_1" }).reason, "undo.return");
    for (const kind of ["receive", "open", "replace", "destroy"]) assert.equal(back(kind).reason, `undo.${kind}`);
  });
});
