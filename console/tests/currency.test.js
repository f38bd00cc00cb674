// Amounts are parted into digits as the API counts them, and read as they are written.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

import typescript from "typescript";

const read = (path) => readFileSync(fileURLToPath(new URL(path, import.meta.url)), "utf8");

const { outputText } = typescript.transpileModule(read("../src/shared/currency.ts"), { compilerOptions: { module: "ESNext", target: "ES2022" } });
const { amountText, digitsOf, quantityText, smallestOf } = await import(`data:text/javascript,${encodeURIComponent(outputText)}`);

test("every currency has the decimals that the API gives it", () => {
  const source = read("../../crates/base/src/currency.rs");
  const lists = [...source.matchAll(/^ {4}\((\d), "([A-Z ]+)"\),$/gm)].map(([, digits, codes]) => [Number(digits), codes.split(" ")]);
  const hundredths = /HUNDREDTHS: &str = "([A-Z\s\\]+)";/.exec(source)[1].split(/[\s\\]+/);
  assert.equal(lists.length, 3);
  for (const [digits, codes] of [...lists, [2, hundredths]]) {
    for (const code of codes) assert.equal(digitsOf(code), digits, code);
  }
});

// By hand: decimals of ISO 4217, list one.
test("an amount is told with its currency and all its decimals", () => {
  const told = [
    [3980, "CNY", "¥39.80"], [-1990, "CNY", "−¥19.90"], [5, "CNY", "¥0.05"], [0, "CNY", "¥0.00"], [123456789, "USD", "USD 1,234,567.89"],
    [1200, "JPY", "JPY 1,200"], [-1200, "JPY", "JPY −1,200"], [12345, "KWD", "KWD 12.345"], [7, "KWD", "KWD 0.007"], [12345, "CLF", "CLF 1.2345"],
  ];
  for (const [amount, currency, text] of told) assert.equal(amountText(amount, currency), text);
});

test("an amount that is typed becomes smallest units, or nothing", () => {
  const typed = [
    ["12.3", "CNY", 1230], ["12.30", "CNY", 1230], [" 1 ", "CNY", 100], ["12.345", "CNY", null], ["12.345", "KWD", 12345], ["500", "JPY", 500],
    ["1.5", "JPY", null], ["-1", "CNY", null], ["1.", "CNY", null], ["", "CNY", null], ["1e3", "CNY", null], ["一", "CNY", null],
  ];
  for (const [text, currency, amount] of typed) assert.equal(smallestOf(text, currency), amount, text);
});

test("a quantity has the decimals that it needs", () => {
  for (const [thousandths, text] of [[2000, "2"], [355, "0.355"], [-1000, "−1"], [1500, "1.5"], [10_000_000, "10,000"], [0, "0"]]) {
    assert.equal(quantityText(thousandths), text);
  }
});
