// A job in work: what was scanned so far, and what is known of it. A scan is on the disk before it is counted.

import { call, now, Refused } from "./api.js";
import { codeOf } from "./code.js";
import { change, get, newId, ofOwner, scansOf, write } from "./db.js";
import { countsOf, doubtOf, operationsOf, roleOf } from "./operations.js";
import { kick, reachable, rowsFor, waitsFor } from "./queue.js";
import { owner } from "./session.js";
import { signal } from "./signals.js";

/** Scans that come within this time are looked up together. */
const LOOK_UP_AFTER_MS = 200;
/** The server's limit. */
const LOOK_UPS_MAX = 50;
const LOOK_UP_AGAIN_MS = 5_000;
/** How long a job that nothing was scanned for is kept, and one that was sent. */
const EMPTY_MS = 3_600_000;
const KEPT_MS = 30 * 24 * 3_600_000;

/** Begins a job. */
export async function begin(kind, to = null) {
  const job = { id: newId(), owner: owner(), kind, to, state: "open", begunAt: now(), part: 0 };
  await write([["jobs", job]]);
  return job;
}

/** Jobs of whoever is signed in, the latest first. */
export async function jobs() {
  return owner() ? (await ofOwner("jobs", owner())).reverse() : [];
}

/** What is known of codes. None at all is told as one refusal. */
export async function lookUp(texts) {
  try {
    return (await call("POST", "/v1/look-ups", { codes: texts })).codes;
  } catch (refused) {
    if (refused.status !== 404) throw refused;
    return texts.map(() => ({ refused: { code: refused.code, detail: refused.detail } }));
  }
}

/** Lets go of what nobody will ask for: jobs that were begun and left empty, and those that were done long ago. */
export async function tidy() {
  for (const job of await jobs()) {
    const age = Date.now() - Date.parse(job.sentAt ?? job.begunAt);
    if (age < EMPTY_MS) continue;
    const scans = await scansOf(job.id);
    const isEmpty = job.state === "open" && scans.length === 0;
    const isOver = job.state === "sent" && age > KEPT_MS && !(await waitsFor(job));
    if (isEmpty || isOver) await write([["jobs", null, job.id], ...scans.map((scan) => ["scans", null, [scan.job, scan.n]])]);
  }
}

export class Work {
  static async resume(id) {
    const job = await get("jobs", id);
    if (!job || job.owner !== owner()) return null;
    return new Work(job, await scansOf(id));
  }

  constructor(job, scans) {
    Object.assign(this, { job, scans, onchange: () => {}, line: Promise.resolve(), isOver: false });
    this.next = (scans.at(-1)?.n ?? 0) + 1;
    this.pending = scans.filter((scan) => !scan.info && !scan.check).map((scan) => scan.n);
    if (this.pending.length > 0) this.lookUpSoon(0);
  }

  get part() {
    return this.scans.filter((scan) => scan.part === this.job.part);
  }

  get role() {
    return roleOf(this.job.kind, this.part);
  }

  get counts() {
    return countsOf(this.scans);
  }

  /** Whether there is something to send. */
  get isReady() {
    return operationsOf(this.job, this.scans).length > 0;
  }

  /** Takes what was read; one after the other, however quickly they come. Gives `{ outcome, scan, read }`. */
  take(read) {
    const at = now();
    const taken = this.line.then(() => this.takeOne(read, at));
    this.line = taken.catch(() => {});
    return taken;
  }

  async takeOne(read, at) {
    if (this.isOver) return { outcome: "none" };
    const code = codeOf(read);
    if (!code) return this.said({ outcome: "bad", read });
    const held = this.scans.find((scan) => scan.key === code.key);
    if (held) return this.said({ outcome: "again", scan: held });
    const { job } = this;
    if (job.kind === "replace" && this.part.length === 2) await this.nextPart();
    const scan = { job: job.id, n: this.next, part: job.part, role: this.role, at, ...code };
    this.next += 1;
    await write([["scans", scan]]);
    this.scans.push(scan);
    this.pending.push(scan.n);
    this.lookUpSoon(LOOK_UP_AFTER_MS);
    return this.said({ outcome: "good", scan });
  }

  said(told) {
    signal(told.outcome);
    this.last = told;
    this.onchange();
    return told;
  }

  /** The next pack begins. */
  async nextPart() {
    this.job = { ...this.job, part: this.job.part + 1 };
    await write([["jobs", this.job]]);
    this.onchange();
  }

  /** Takes the last scan away, before anything was sent. Gives it. */
  async undo() {
    await this.line;
    const scan = this.scans.pop();
    if (!scan) return null;
    this.job = { ...this.job, part: scan.part };
    await write([["scans", null, [scan.job, scan.n]], ["jobs", this.job]]);
    this.last = { outcome: "undone", scan };
    this.onchange();
    return scan;
  }

  /** Takes one scan away. What was put into a pack goes with the pack. */
  async remove(scan) {
    await this.line;
    const goes = (one) => one === scan || (["pack", "old", "new"].includes(scan.role) && one.part === scan.part);
    const gone = this.scans.filter(goes);
    this.scans = this.scans.filter((one) => !goes(one));
    await write(gone.map((one) => ["scans", null, [one.job, one.n]]));
    this.last = { outcome: "undone", scan };
    this.onchange();
  }

  /** The job is done: what it was goes to the server, now or when there is a network. */
  async finish() {
    await this.line;
    this.isOver = true;
    const job = { ...this.job, state: "sent", sentAt: now() };
    await write([["jobs", job], ...rowsFor(job, job.kind, operationsOf(job, this.scans))]);
    this.job = job;
    kick();
    return job;
  }

  /** The job is given up; nothing of it was sent. */
  async drop() {
    await this.line;
    this.isOver = true;
    const gone = this.scans.map((scan) => ["scans", null, [scan.job, scan.n]]);
    await write([["jobs", null, this.job.id], ...gone]);
  }

  /** Nothing is looked up any more. */
  close() {
    this.isOver = true;
    clearTimeout(this.timer);
  }

  lookUpSoon(after) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.lookUp().catch((error) => console.warn(error)), after);
  }

  async lookUp() {
    if (this.isOver || this.isLooking || this.pending.length === 0) return;
    if (!reachable()) return this.lookUpSoon(LOOK_UP_AGAIN_MS);
    this.isLooking = true;
    const asked = this.scans.filter((scan) => this.pending.includes(scan.n)).slice(0, LOOK_UPS_MAX);
    try {
      if (asked.length > 0) {
        await this.learn(asked, await lookUp(asked.map((scan) => scan.text)));
      }
      this.pending = this.pending.filter((n) => this.scans.some((scan) => scan.n === n && !scan.info && !scan.check));
      if (this.pending.length > 0) this.lookUpSoon(0);
    } catch (refused) {
      if (!(refused instanceof Refused)) throw refused;
      // Looking up is a kindness; whoever may not, or cannot now, scans all the same.
      if (refused.isPassing) this.lookUpSoon(refused.retryAfterMs ?? LOOK_UP_AGAIN_MS);
    } finally {
      this.isLooking = false;
    }
  }

  async learn(asked, codes) {
    let isBad = false;
    asked.forEach((scan, at) => {
      Object.assign(scan, codes[at].goods ? { info: codes[at].goods } : { check: codes[at].refused });
      isBad ||= Boolean(doubtOf(this.job, scan)?.isBad);
    });
    const found = new Map(asked.map((scan) => [scan.n, scan]));
    await change("scans", asked.map((scan) => [scan.job, scan.n]), (row) => {
      const { info = null, check = null } = found.get(row.n);
      return { ...row, info, check };
    });
    if (isBad) signal("bad");
    this.onchange();
  }
}
