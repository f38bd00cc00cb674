// The one way to the API. It sends the session's own token with everything that changes something, and an idempotency
// key of its own with each new request: the same request, sent again because no answer came, has the same key.

import createClient from "openapi-fetch";

import { ApiError, UNREACHABLE, errorOf } from "./errors";
import type { components, paths } from "./made/schema";

export type Schemas = components["schemas"];

let csrf: string | null = null;

/** The token that `GET /v1/me` and signing in tell. */
export function setCsrf(token: string | null | undefined) {
  csrf = token ?? null;
}

/** Keys of requests whose answer is not known, by what was asked. */
const unanswered = new Map<string, string>();

/** Answers after which the same request may still have been done, or may be done later. */
const OPEN_STATUS = new Set([429, 500, 502, 503, 504]);

async function send(request: Request): Promise<Response> {
  if (request.method === "GET") return fetchOrFail(request);
  if (csrf !== null) request.headers.set("x-csrf-token", csrf);
  if (request.method !== "POST" && request.method !== "PUT") return fetchOrFail(request);
  const asked = `${request.url} ${await request.clone().text()}`;
  const key = unanswered.get(asked) ?? uuid7();
  unanswered.set(asked, key);
  request.headers.set("idempotency-key", key);
  const response = await fetchOrFail(request);
  if (!OPEN_STATUS.has(response.status)) unanswered.delete(asked);
  return response;
}

async function fetchOrFail(request: Request): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(request);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError({ status: 0, code: UNREACHABLE, detail: String(error) });
  }
  if (!response.ok) throw await errorOf(response);
  return response;
}

export const api = createClient<paths>({ baseUrl: location.origin, fetch: send });

/** What was answered; a refusal has been thrown by then. */
export async function answer<T>(call: Promise<{ data?: T }>): Promise<T> {
  return (await call).data as T;
}

/** Fetches what is to be saved as a file: labels, codes. */
export async function download(path: string): Promise<Blob> {
  return (await send(new Request(location.origin + path))).blob();
}

/** Sends a file as it is, and tells with which status it was answered. A file that comes twice is the API's to notice, by its hash. */
export async function upload<T>(path: string, query: Record<string, string | undefined>, file: Blob): Promise<{ status: number; said: T }> {
  const url = new URL(location.origin + path);
  for (const [name, value] of Object.entries(query)) if (value) url.searchParams.set(name, value);
  const headers = new Headers({ "content-type": "application/octet-stream" });
  if (csrf !== null) headers.set("x-csrf-token", csrf);
  const response = await fetchOrFail(new Request(url, { method: "POST", headers, body: file }));
  return { status: response.status, said: (await response.json()) as T };
}

/** A UUID of version 7 (RFC 9562): the milliseconds, then random bits. */
function uuid7(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const now = BigInt(Date.now());
  for (let at = 0; at < 6; at += 1) bytes[at] = Number((now >> BigInt(8 * (5 - at))) & 0xffn);
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
