// Programs that the tests start. Each one that still runs when the tests end, however they end, is killed.

import { spawn } from "node:child_process";
import { once } from "node:events";

const running = new Set();

process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
  process.once(signal, () => process.exit(1));
}

/** Starts a program; its output is collected in `child.output`. */
export function start(program, args, options = {}) {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"], ...options });
  child.output = { stdout: [], stderr: [] };
  for (const name of ["stdout", "stderr"]) child[name].on("data", (chunk) => child.output[name].push(chunk));
  running.add(child);
  child.once("close", () => running.delete(child));
  child.once("error", () => running.delete(child));
  return child;
}

/** What a program wrote to one of its outputs so far. */
export function written(child, name) {
  return Buffer.concat(child.output[name]).toString();
}

/** Runs a program to its end: `{ code, stdout, stderr }`. Fails only where it cannot be started. */
export async function finish(program, args, options = {}) {
  const child = start(program, args, options);
  const [code] = await once(child, "close");
  return { code, stdout: written(child, "stdout"), stderr: written(child, "stderr") };
}

/** Runs a program that has to succeed, and gives what it wrote. */
export async function run(program, args, options = {}) {
  const { code, stdout, stderr } = await finish(program, args, options);
  if (code !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${code}: ${stderr || stdout}`);
  return stdout;
}
