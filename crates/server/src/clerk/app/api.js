// Calls to the server, and what its clock says.

import { keep, note } from "./db.js";

/** An answer that does not come in this time is not coming. */
const ANSWER_MS_MAX = 30_000;
/** Clocks that differ by less are alike: the server tells whole seconds. */
const ALIKE_MS = 1_500;

let csrf = null;
let ahead = 0;

/** What the server refuses, or that it cannot be reached (`status` 0). */
export class Refused extends Error {
  constructor(status, code, detail, retryAfterMs) {
    super(detail);
    Object.assign(this, { status, code, detail, retryAfterMs });
  }

  /** Whether the same call may go well later. */
  get isPassing() {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

export async function loadClock() {
  ahead = (await note("clock")) ?? 0;
}

/** This moment by the server's clock, as far as it was ever heard of. */
export const now = () => new Date(Date.now() + ahead).toISOString();

export function useToken(token) {
  csrf = token;
}

/** Calls a route. A body that is a text is sent as it is: a retry must be the same, byte for byte. */
export async function call(method, path, body, { key, tokenless } = {}) {
  const headers = {};
  if (body !== undefined) headers["content-type"] = "application/json";
  if (key) headers["idempotency-key"] = key;
  if (method !== "GET" && csrf && !tokenless) headers["x-csrf-token"] = csrf;
  const begun = Date.now();
  let response;
  try {
    response = await fetch(path, {
      method, headers, credentials: "same-origin", cache: "no-store", redirect: "error",
      body: body === undefined || typeof body === "string" ? body : JSON.stringify(body),
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
    });
  } catch {
    throw new Refused(0, "offline", "");
  }
  heard(response.headers.get("date"), begun);
  const answer = await response.json().catch(() => null);
  if (response.ok && (answer !== null || response.status === 204)) return answer;
  // Something between the server and the phone answered in its place: a hotel's page to sign in, a proxy.
  if (response.ok || !answer?.code) throw new Refused(response.status >= 400 ? response.status : 0, "answer", "");
  const wait = Number(response.headers.get("retry-after"));
  throw new Refused(response.status, answer.code, answer.detail ?? answer.title ?? "", wait > 0 ? wait * 1000 : undefined);
}

function heard(date, begun) {
  const server = Date.parse(date ?? "");
  if (Number.isNaN(server)) return;
  // The answer's second was written at some moment of the call, which may have been a long one: how far ahead the server's clock is
  // lies between these two. What is thought of it stays where it can be so.
  const [least, most] = [server - Date.now(), server + 1_000 - begun];
  const canBe = (offset) => offset >= least - ALIKE_MS && offset <= most + ALIKE_MS;
  if (canBe(ahead)) return;
  ahead = canBe(0) ? 0 : Math.round((least + most) / 2);
  keep("clock", ahead).catch(() => {});
}
