// The organisations that goods go to: those that the user sees, kept on the phone so that they are found without a network.

import { call, Refused } from "./api.js";
import { keep, note } from "./db.js";
import { owner } from "./session.js";

const PAGE = 200;
/** Most that a phone keeps; the others are found by asking. */
const KEPT_MAX = 5_000;
const FRESH_MS = 30 * 60 * 1000;
const RECENT_MAX = 5;

/** What is kept: `{ at, list, isWhole }`. */
export async function known() {
  return (await note(`organisations ${owner()}`)) ?? { at: 0, list: [], isWhole: false };
}

/** The same, asked for anew where that was long ago. */
export async function organisations() {
  const kept = await known();
  if (Date.now() - kept.at < FRESH_MS) return kept;
  try {
    return await load();
  } catch (refused) {
    if (refused instanceof Refused) return kept;
    throw refused;
  }
}

async function load() {
  const whose = owner();
  const list = [];
  let after;
  do {
    const page = await call("GET", `/v1/organisations?limit=${PAGE}${after ? `&after=${encodeURIComponent(after)}` : ""}`);
    list.push(...page.items.map(({ id, name, code, kind }) => ({ id, name, code, kind })));
    after = page.next;
  } while (after && list.length < KEPT_MAX);
  const kept = { at: Date.now(), list, isWhole: !after };
  await keep(`organisations ${whose}`, kept);
  return kept;
}

/** The same, asked of the server: for a list that is too long for a phone. Nothing without a network. */
export async function searchFar(text) {
  try {
    const page = await call("GET", `/v1/organisations?limit=50&called=${encodeURIComponent(text.trim())}`);
    return page.items.map(({ id, name, code, kind }) => ({ id, name, code, kind }));
  } catch (refused) {
    if (refused instanceof Refused) return [];
    throw refused;
  }
}

/** Those whose name or code holds every word. */
export function search(list, text) {
  const words = text.trim().toLowerCase().split(/\s+/).filter(Boolean);
  return list.filter(({ name, code }) => words.every((word) => `${name} ${code}`.toLowerCase().includes(word)));
}

/** Where it went last, the latest first. */
export async function recent(kind) {
  return (await note(`recent ${kind} ${owner()}`)) ?? [];
}

export async function remember(kind, { id, name, code }) {
  const others = (await recent(kind)).filter((one) => one.id !== id);
  await keep(`recent ${kind} ${owner()}`, [{ id, name, code }, ...others].slice(0, RECENT_MAX));
}
