// Both languages say the same: the same keys, none empty, the same places for values, and no key that nothing uses.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const SOURCE = fileURLToPath(new URL("../src/", import.meta.url));
const LANGUAGES = ["zh-CN", "en"];
/** Words that the server tells at run time: their keys are put together. */
const BUILT = /^(field|gender|channel|event|deed|verdict|reward|transfer|intakeKind|metric|report|province|provinceShort|role|lifecycle|scope|idKind|idHint|matched|imports\.kind|healthCheck)\./;

function texts(language) {
  const folder = `${SOURCE}app/locales/${language}/`;
  const files = readdirSync(folder).filter((name) => name.endsWith(".json"));
  return Object.assign({}, ...files.map((name) => JSON.parse(readFileSync(folder + name, "utf8"))));
}

const [chinese, english] = LANGUAGES.map(texts);
const places = (text) => [...text.matchAll(/\{\{(\w+)\}\}/g)].map(([, name]) => name).sort();

test("both languages have the same keys", () => {
  assert.deepEqual(Object.keys(chinese).sort(), Object.keys(english).sort());
});

test("no text is empty, and both have places for the same values", () => {
  for (const [key, text] of Object.entries(english)) {
    assert.ok(text.trim() !== "" && chinese[key].trim() !== "", key);
    assert.deepEqual(places(chinese[key]), places(text), key);
  }
});

test("what the frame says comes with it", () => {
  const frame = readdirSync(`${SOURCE}app/`).filter((name) => name.endsWith(".tsx") && name !== "TaskCentre.tsx").map((name) => `app/${name}`);
  const keys = Object.keys(JSON.parse(readFileSync(`${SOURCE}app/locales/en/shell.json`, "utf8")));
  for (const name of [...frame, "shared/ErrorPanel.tsx"]) {
    for (const [, whole, begun] of readFileSync(SOURCE + name, "utf8").matchAll(/\bt\((?:"([^"]+)"|`([^`$]+))/g)) {
      assert.ok(keys.some((key) => (whole ? key.replace(/_(one|other)$/, "") === whole : key.startsWith(begun))), `${name}: ${whole ?? begun}`);
    }
  }
});

test("refusals and reasons with a text of their own are the server's", () => {
  const crates = fileURLToPath(new URL("../../crates/", import.meta.url));
  const server = readdirSync(crates, { recursive: true })
    .filter((name) => /^[a-z]+\/src\/.*\.rs$/.test(name))
    .map((name) => readFileSync(crates + name, "utf8"))
    .join("\n");
  for (const [key, text] of Object.entries(JSON.parse(readFileSync(`${SOURCE}app/locales/refusals.zh-CN.json`, "utf8")))) {
    const [, code] = /^(?:refusal|reject)\.(.+)$/.exec(key);
    assert.ok(server.includes(`"${code}"`), code);
    assert.match(text, /[\u4e00-\u9fff]/, key);
  }
});

test("what the server finds of an installation has a text of its own, with places for its figures alone", () => {
  const folder = fileURLToPath(new URL("../../crates/server/src/condition/", import.meta.url));
  const server = readdirSync(folder).map((name) => readFileSync(folder + name, "utf8")).join("\n");
  const codes = [...server.matchAll(/\.says\(([^)]*)\)/g)].flatMap(([, said]) => said.match(/[a-z_]+\.[a-z_]+/g));
  const told = Object.entries(JSON.parse(readFileSync(`${SOURCE}app/locales/findings.zh-CN.json`, "utf8")));
  assert.deepEqual([...new Set(codes)].sort(), told.map(([key]) => key.replace("found.", "")).sort());
  for (const [key, text] of told) {
    assert.match(text, /[\u4e00-\u9fff]/, key);
    for (const name of places(text)) assert.ok(server.includes(`.with("${name}"`), `${key}: ${name}`);
  }
});

test("every key is used", () => {
  const source = readdirSync(SOURCE, { recursive: true })
    .filter((name) => /\.tsx?$/.test(name))
    .map((name) => readFileSync(SOURCE + name, "utf8"))
    .join("\n");
  const isUsed = (key) => source.includes(`"${key}"`) || [...source.matchAll(/\bt\([^()`]*`([^`]+)`/g)].some(([, made]) => new RegExp(`^${made.replace(/[.*+?^()|[\]\\]/g, "\\$&").replace(/\$\{[^}]*\}/g, ".+")}$`).test(key));
  const unused = Object.keys(english).filter((key) => !BUILT.test(key) && !isUsed(key.replace(/_(one|other)$/, "")));
  assert.deepEqual(unused, []);
});
