// Figures as the other benchmarks write them (crates/sim/src/report.rs): printed, and kept in a file that other tools read.

import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";

export class Report {
  /** The report of a group in a folder. Figures that this run does not measure again are kept. */
  constructor(folder, group) {
    mkdirSync(folder, { recursive: true });
    this.path = path.join(folder, `${group}.json`);
    this.file = { machine: machine(), figures: {} };
    try {
      this.file.figures = JSON.parse(readFileSync(this.path, "utf8")).figures;
    } catch (error) {
      if (error.code !== "ENOENT") throw error;
    }
  }

  /** Prints a figure, the median of its runs, and saves the report. */
  add(name, unit, runs, conditions = {}) {
    const value = median(runs);
    console.log(`figure ${name} ${rounded(value)} ${unit}`);
    const texts = Object.fromEntries(Object.entries(conditions).map(([key, text]) => [key, String(text)]).sort());
    this.file.figures[name] = { value, unit, runs, conditions: texts, measured_at: new Date().toISOString(), ...commit() };
    const figures = Object.fromEntries(Object.entries(this.file.figures).sort(([one], [other]) => (one < other ? -1 : 1)));
    writeFileSync(this.path, `${JSON.stringify({ ...this.file, figures }, null, 2)}\n`);
  }
}

/** The middle value; of an even number the lower of the two in the middle. */
export function median(runs) {
  return [...runs].sort((one, other) => one - other)[Math.floor((runs.length - 1) / 2)] ?? 0;
}

function rounded(value) {
  return Number.isInteger(value) || Math.abs(value) >= 1000 ? value.toFixed(0) : value.toPrecision(4);
}

function machine() {
  const [cpu] = os.cpus();
  const memory = /^MemTotal:\s*(.+)$/m.exec(readFileSync("/proc/meminfo", "utf8"))?.[1];
  const systems = { x64: "x86_64", arm64: "aarch64" };
  return { cores: String(os.availableParallelism()), memory, processor: cpu?.model, system: `${os.platform()} ${systems[os.arch()] ?? os.arch()}` };
}

function commit() {
  try {
    return { commit: execFileSync("git", ["describe", "--always", "--dirty=+", "--abbrev=12"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim() };
  } catch {
    return {};
  }
}
