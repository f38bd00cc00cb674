// What waits to be sent goes to the server in the order in which it was done, each call under a key of its own: however
// often it is sent, it is recorded once, and a lost answer is asked for again. A queue belongs to its user.

import { call, Refused } from "./api.js";
import { change, get, newId, ofOwner, write } from "./db.js";
import { apart, callsOf, canBeParted } from "./operations.js";
import { leave, owner, refresh } from "./session.js";

const WAIT_MS_MIN = 1_000;
const WAIT_MS_MAX = 60_000;

/** Tells of changes: `detail` is the job, or nothing. */
export const news = new EventTarget();
const tell = (name, detail) => news.dispatchEvent(new CustomEvent(name, { detail }));

let isReachable = navigator.onLine;
export const reachable = () => isReachable && navigator.onLine;

/** Rows that put operations of a job into the queue. */
export function rowsFor(job, kind, entries, id = newId()) {
  return callsOf(kind, entries).map((one, at) => [
    "groups", { id: `${id}${at ? `.${String(at).padStart(4, "0")}` : ""}`, owner: job.owner, job: job.id, key: newId(), tries: 0, kind, ...one },
  ]);
}

export const waiting = async () => (owner() ? ofOwner("groups", owner()) : []);

let running = null;
let timer = 0;

/** Sends what waits, as far as that goes now; `isAsked`: somebody does not want to wait for the next try. */
export function kick(isAsked = false) {
  running ??= locked(() => sendAll(isAsked === true)).catch((error) => console.warn(error)).finally(() => {
    running = null;
  });
  return running;
}

/** One page of several sends: so that they keep the order together. */
const locked = (run) => (navigator.locks ? navigator.locks.request("tallymark-clerk-queue", run) : run());

async function sendAll(isAsked) {
  clearTimeout(timer);
  for (;;) {
    const mine = owner();
    const [group] = mine ? await ofOwner("groups", mine) : [];
    if (!group) return;
    const wait = (group.nextAt ?? 0) - Date.now();
    // A wait that is too long comes from a clock that was set back.
    if (wait > 0 && wait < WAIT_MS_MAX * 2 && !isAsked) {
      timer = setTimeout(kick, wait);
      return;
    }
    if (!(await send(group))) return;
  }
}

/** Sends a group; gives whether the next may follow. */
async function send(group) {
  try {
    const answer = await call("POST", group.path, group.body, { key: group.key });
    reach(true);
    await settle(group, answer.outcomes);
    return true;
  } catch (refused) {
    if (!(refused instanceof Refused)) throw refused;
    return cope(group, refused);
  }
}

async function cope(group, refused) {
  reach(refused.status !== 0);
  if (refused.status === 401) {
    await leave();
    tell("signed-out");
    return false;
  }
  // The session is another than this page thought: whose it is shows whether the queue is still theirs.
  if (refused.code === "auth.csrf_refused" && !group.isRefreshed) {
    await refresh();
    tell("who");
    await write([["groups", { ...group, isRefreshed: true }]]);
    return owner() === group.owner;
  }
  if (refused.isPassing) {
    const wait = Math.min(WAIT_MS_MAX, refused.retryAfterMs ?? WAIT_MS_MIN * 2 ** Math.min(group.tries, 6));
    await write([["groups", { ...group, tries: group.tries + 1, nextAt: Date.now() + wait }]]);
    timer = setTimeout(kick, wait);
    return false;
  }
  await settle(group, group.entries.map(() => ({ refused: { code: refused.code, detail: refused.detail, isWhole: refused.status !== 404 } })));
  return true;
}

/** Keeps what came of a group, and lets it go. Codes of an operation that was refused as a whole go each by itself. */
async function settle(group, outcomes) {
  const results = new Map();
  const again = [];
  group.entries.forEach((entry, at) => {
    const { done, refused } = outcomes[at];
    if (refused && canBeParted(entry) && !refused.isWhole) again.push(...apart(entry));
    else for (const n of entry.scans) results.set(n, { done, refused, isUndo: entry.isUndo });
  });
  const next = again.length > 0 ? rowsFor({ owner: group.owner, id: group.job }, group.kind, again, `${group.id}~`) : [];
  const keys = [...results.keys()].map((n) => [group.job, n]);
  await change("scans", keys, (scan) => kept(scan, results.get(scan.n)), [["groups", null, group.id], ...next]);
  tell("settled", group.job);
}

function kept(scan, { done, refused, isUndo }) {
  if (isUndo) return { ...scan, undoing: false, undone: done ?? null, undoRefused: refused ?? null };
  return { ...scan, done: done ?? null, refused: refused ?? null, isSent: true };
}

function reach(is) {
  if (isReachable === is) return;
  isReachable = is;
  tell("network");
}

/** Puts a refused scan into the queue again, as it was. */
export async function again(job, entries) {
  const keys = entries.flatMap(({ scans }) => scans).map((n) => [job.id, n]);
  await change("scans", keys, (scan) => ({ ...scan, refused: null, isSent: false }), rowsFor(job, job.kind, entries));
  tell("settled", job.id);
  kick();
}

/** Takes a recorded scan back by another operation. */
export async function takeBack(job, scan, { kind, op }) {
  const rows = rowsFor(job, kind, [{ op, scans: [scan.n], isUndo: true }]);
  await change("scans", [[job.id, scan.n]], (row) => ({ ...row, undoing: true, undoRefused: null }), rows);
  tell("settled", job.id);
  kick();
}

/** Whether something of a job still waits. */
export async function waitsFor(job) {
  return (await ofOwner("groups", job.owner)).some((group) => group.job === job.id);
}

export const jobOf = (id) => get("jobs", id);

/** Looks for a way whenever there may be one. */
export function watch() {
  addEventListener("online", () => {
    isReachable = true;
    tell("network");
    kick(true);
  });
  addEventListener("offline", () => tell("network"));
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") kick();
  });
  // A network that comes without saying so.
  setInterval(kick, WAIT_MS_MAX / 2);
}
