// What a stream tells of tasks is put together with what is known.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import typescript from "typescript";

// The part without imports: what a page does with it is looked at in a browser.
const source = readFileSync(new URL("../src/app/tasks.ts", import.meta.url), "utf8");
const pure = source.replace(/^import .*$/gm, "").replace(/export function useTasks[\s\S]*$/, "");
const { outputText } = typescript.transpileModule(pure, { compilerOptions: { module: "ESNext", target: "ES2022" } });
const { isUnderWay, merged, TASKS_MAX } = await import(`data:text/javascript,${encodeURIComponent(outputText)}`);

const task = (id, state = "running", subject = null) => ({ id, state, subject });
const told = (tasks) => tasks.map(({ id, state }) => `${id} ${state}`);

test("what changed takes the place of what it was, the latest first", () => {
  const known = [task("job_3"), task("job_2", "queued"), task("job_1", "done")];
  assert.deepEqual(told(merged(known, [task("job_2", "done")])), ["job_3 running", "job_2 done", "job_1 done"]);
  assert.deepEqual(told(merged(known, [task("job_4", "queued")])), ["job_4 queued", "job_3 running", "job_2 queued", "job_1 done"]);
  assert.deepEqual(told(merged(known, [])), told(known));
});

test("an export that is done again is there once, as its latest task", () => {
  const known = [task("job_2", "done"), task("job_1", "failed", "exp_1")];
  assert.deepEqual(told(merged(known, [task("job_3", "queued", "exp_1")])), ["job_3 queued", "job_2 done"]);
  assert.deepEqual(told(merged([], known)), told(known), "tasks without a subject are not each other's");
});

test("no more are kept than are told at first, and only those that go on are counted", () => {
  const many = Array.from({ length: TASKS_MAX + 5 }, (_, at) => task(`job_${String(at).padStart(3, "0")}`, at % 2 ? "queued" : "cancelled"));
  const kept = merged([], many);
  assert.equal(kept.length, TASKS_MAX);
  assert.equal(kept[0].id, `job_0${TASKS_MAX + 4}`);
  assert.equal(kept.filter(isUnderWay).length, TASKS_MAX / 2);
});
