// What the phone keeps: jobs, their scans, and what waits to be sent. Everything is written here before it is shown, so a
// page that is closed or a phone that is switched off loses nothing.

const NAME = "tallymark-clerk";
const VERSION = 1;

let opening;

function open() {
  opening ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => {
      const db = request.result;
      db.createObjectStore("jobs", { keyPath: "id" }).createIndex("owner", "owner");
      db.createObjectStore("scans", { keyPath: ["job", "n"] });
      db.createObjectStore("groups", { keyPath: "id" }).createIndex("owner", "owner");
      db.createObjectStore("notes");
    };
    request.onsuccess = () => {
      // Another tab brings a newer page: it must not wait for this one.
      request.result.onversionchange = () => request.result.close();
      resolve(request.result);
    };
    request.onerror = () => reject(request.error);
  });
  return opening;
}

const asked = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** Writes several rows together: all of them are on the disk when this is done, or none. Null deletes. */
export const write = (rows) => change(null, [], null, rows);

export async function get(store, key) {
  return asked((await open()).transaction(store).objectStore(store).get(key));
}

/** Rows of an owner, oldest first: ids begin with the time. */
export async function ofOwner(store, owner) {
  return asked((await open()).transaction(store).objectStore(store).index("owner").getAll(owner));
}

/** The scans of a job, in their order. */
export async function scansOf(job) {
  const range = IDBKeyRange.bound([job, 0], [job, Infinity]);
  return asked((await open()).transaction("scans").objectStore("scans").getAll(range));
}

/** How many rows there are, whoever's they are. */
export async function countAll(store) {
  return asked((await open()).transaction(store).objectStore(store).count());
}

export const note = (key) => get("notes", key);
export const keep = (key, value) => write([["notes", value, key]]);

/** An id that sorts by time, and an idempotency key: UUID version 7 (RFC 9562). */
export function newId(now = Date.now()) {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  for (let at = 0; at < 6; at += 1) bytes[at] = Math.floor(now / 2 ** (8 * (5 - at))) % 256;
  bytes[6] = (bytes[6] & 0x0f) | 0x70;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** Reads rows, changes them and writes them together with others, with nothing in between. */
export async function change(store, keys, to, rows = []) {
  const db = await open();
  const names = [...new Set([...(store ? [store] : []), ...rows.map(([name]) => name)])];
  const tx = db.transaction(names, "readwrite", { durability: "strict" });
  for (const key of keys) {
    const request = tx.objectStore(store).get(key);
    request.onsuccess = () => {
      if (request.result !== undefined) tx.objectStore(store).put(to(request.result));
    };
  }
  for (const [name, value, key] of rows) {
    if (value === null) tx.objectStore(name).delete(key);
    else if (name === "notes") tx.objectStore(name).put(value, key);
    else tx.objectStore(name).put(value);
  }
  await new Promise((resolve, reject) => {
    tx.oncomplete = resolve;
    tx.onerror = tx.onabort = () => reject(tx.error);
  });
}
