// What axe finds wrong for people who see, hear or move differently (WCAG 2.2 A and AA, and its best practices).

import assert from "node:assert/strict";

import axe from "axe-core";

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** The page has no serious or critical finding. */
export async function assertAccessible(page, what) {
  // By the debugger, which the page's content security policy does not concern.
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(
    (rules) => globalThis.axe.run(document, { runOnly: rules, resultTypes: ["violations"] }), RULES,
  );
  const grave = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  const told = grave.map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map((node) => node.html).join(" ")}`);
  assert.deepEqual(told, [], `axe on ${what}`);
}
