// Who holds the phone. What was last known of them is kept, so that the page also opens without a network; the server asks
// for the session each time all the same.

import { call, Refused, useToken } from "./api.js";
import { keep, note, write } from "./db.js";

let me = null;

export const who = () => me;

/** Whose rows these are: a user of a brand. Another user's stay apart. */
export const owner = () => me && `${me.tenant}/${me.user}`;

export async function remembered() {
  me = (await note("me")) ?? null;
  useToken(me?.csrf ?? null);
  return me;
}

/** Asks the server who is signed in; null: nobody. Without a network, who it was last. */
export async function refresh() {
  try {
    const answer = await call("GET", "/v1/me");
    await enter(answer);
  } catch (refused) {
    if (!(refused instanceof Refused)) throw refused;
    if (refused.status === 401) await leave();
    else if (!refused.isPassing) throw refused;
  }
  return me;
}

async function enter(answer) {
  if (!answer.user) return leave();
  me = {
    tenant: answer.tenant, user: answer.user.id, name: answer.user.name, role: answer.user.role,
    scopes: answer.scopes, organisation: answer.organisation ?? null, csrf: answer.csrf,
  };
  useToken(me.csrf);
  await keep("me", me);
}

/** Nobody is signed in any more. What waits to be sent stays, for when its user is back. */
export async function leave() {
  me = null;
  useToken(null);
  await write([["notes", null, "me"]]);
}

/** Signs in; gives whether the second factor is still to come. */
export async function signIn(path, body) {
  const answer = await call("POST", path, body, { tokenless: true });
  if (answer.state === "second_factor") return true;
  useToken(answer.csrf);
  await refresh();
  return false;
}

export async function signOut() {
  await call("DELETE", "/v1/session").catch((refused) => {
    if (refused.status !== 401) throw refused;
  });
  await leave();
}

export const mayHandleGoods = () => Boolean(me?.scopes.some((scope) => ["owner", "goods", "logistics"].includes(scope)));
