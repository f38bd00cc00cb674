// What can be done with goods, and the calls that it becomes. No page, no network, no clock: values in, values out.

export const KINDS = ["ship", "receive", "return", "pack", "unpack", "open", "replace", "sell", "destroy"];
const LEVELS = ["item", "box", "case", "pallet"];
/** Most codes of one operation here; the server takes more, and a body must stay below a mebibyte. */
const CODES_MAX = { return: 500, other: 2_000 };
/** Most codes of one call. */
const TOGETHER_MAX = 4_000;

/** Kinds that an organisation belongs to. */
export const hasPlace = (kind) => ["ship", "receive", "sell", "destroy"].includes(kind);

/** Kinds that are done where whoever does them is. */
export const isHere = (kind) => kind === "sell" || kind === "destroy";

/**
 * What somebody may choose. A store takes goods in, sells and opens them and gives them back; whoever sees one organisation
 * alone has nobody to ship to. `own` is the kind of their organisation.
 */
export function kindsFor({ role, organisation }, seen, own) {
  const isAlone = organisation !== null && seen <= 1;
  const kinds = role === "store" ? ["receive", "sell", "open", "return", "ship", "destroy"] : KINDS;
  const sells = role === "store" || own === "store";
  return kinds.filter((kind) => !(kind === "ship" && isAlone) && !(kind === "sell" && !sells));
}

/** What the next scan of a part is: a pack comes before what is put into it, an old label before the new one. */
export function roleOf(kind, part) {
  const has = (role) => part.some((scan) => scan.role === role);
  if (kind === "pack") return has("pack") ? "code" : "pack";
  if (kind === "replace") return has("old") ? "new" : "old";
  return "code";
}

/** The operations of a job: `{ op, scans }`, each with the numbers of the scans that it is about. */
export function operationsOf(job, scans) {
  const parts = new Map();
  for (const scan of scans) parts.set(scan.part, [...(parts.get(scan.part) ?? []), scan]);
  return [...parts.values()].flatMap((part) => entriesOf(job, part));
}

function entriesOf(job, part) {
  const { kind, to } = job;
  const find = (role) => part.find((scan) => scan.role === role);
  const at = (some) => some.map((scan) => scan.at).reduce((one, other) => (one > other ? one : other));
  if (kind === "replace") {
    const [old, fresh] = [find("old"), find("new")];
    if (!old || !fresh) return [];
    return [{ op: { kind, old: old.text, new: fresh.text, at: at([old, fresh]) }, scans: [old.n, fresh.n] }];
  }
  const pack = find("pack");
  const codes = part.filter((scan) => scan.role === "code");
  if (kind === "pack" && !pack) return [];
  const entry = (some) => {
    const named = { codes: some.map((scan) => scan.text), at: at(some) };
    const by = { by: to?.id };
    const own = { ship: { to: to?.id }, receive: by, sell: by, destroy: by, pack: { pack: pack?.text } }[kind] ?? {};
    return { op: kind === "return" ? named : { kind, ...own, ...named }, scans: some.map((scan) => scan.n) };
  };
  const max = CODES_MAX[kind] ?? CODES_MAX.other;
  const chunks = [];
  for (let from = 0; from < codes.length; from += max) chunks.push(codes.slice(from, from + max));
  return chunks.map(entry);
}

/** The same with each code by itself, so that one that is refused does not keep the others back. */
export function apart({ op, scans }) {
  return scans.map((n, at) => ({ op: { ...op, codes: [op.codes[at]] }, scans: [n] }));
}

export const canBeParted = ({ op }) => (op.codes?.length ?? 0) > 1;

/** Entries as calls, none too large. */
export function callsOf(kind, entries) {
  const calls = [];
  let held = Infinity;
  for (const entry of entries) {
    const size = entry.scans.length;
    if (held + size > TOGETHER_MAX || calls.at(-1).length >= 500) {
      calls.push([]);
      held = 0;
    }
    calls.at(-1).push(entry);
    held += size;
  }
  const list = kind === "return" ? "returns" : "operations";
  return calls.map((some) => ({
    path: `/v1/${list}`, entries: some, body: JSON.stringify({ [list]: some.map(({ op }) => op) }),
  }));
}

/** What looks wrong about a scan before it is sent: a text's name, and what it names. Nothing is forbidden by it. */
export function doubtOf(job, scan) {
  const { info, check } = scan;
  if (check) return { text: "doubt.unknown", isBad: true };
  if (!info) return null;
  const level = info.unit.level;
  const name = info.holder?.name;
  if (info.state === "void") return { text: "doubt.void", isBad: true };
  if (info.state === "recalled") return { text: "doubt.recalled", isBad: true, recall: info.recall };
  const isMine = info.holder?.id === job.to?.id;
  if (info.gone && job.kind === "receive" && info.gone === "sold" && isMine) return { text: "doubt.comes_back" };
  if (info.gone) return { text: `doubt.${info.gone}`, isBad: !["receive", "sell"].includes(job.kind), name };
  if (job.kind === "ship" && info.holder?.id === job.to?.id) return { text: "doubt.there", name };
  if (job.kind === "receive") {
    if (!info.holder) return { text: "doubt.not_sent" };
    if (info.holder.id !== job.to?.id) return { text: "doubt.elsewhere", name };
    if (info.is_arrived) return { text: "doubt.arrived" };
  }
  if (job.kind === "sell" && !info.holder) return { text: "doubt.not_sent" };
  if (job.kind === "sell" && !isMine) return { text: "doubt.elsewhere", name };
  if (job.kind === "destroy" && !isMine) return { text: "doubt.not_here", isBad: true };
  if (job.kind === "return" && !info.holder) return { text: "doubt.never_left", isBad: true };
  if (scan.role === "pack" && level === "item") return { text: "doubt.no_pack", isBad: true };
  if (job.kind === "pack" && scan.role === "code" && info.packs.length > 0) return { text: "doubt.packed" };
  if (job.kind === "unpack" && info.packs.length === 0) return { text: "doubt.not_packed" };
  if (job.kind === "open" && (level === "item" || info.items === 0)) return { text: "doubt.empty" };
  return null;
}

/** How much it is: codes, items, and codes of each level, as far as the server told. */
export function countsOf(scans) {
  const counted = { codes: 0, items: 0, unknown: 0, levels: {}, products: new Map() };
  for (const scan of scans) {
    if (!["code", "old"].includes(scan.role)) continue;
    counted.codes += 1;
    if (!scan.info) {
      counted.unknown += 1;
      continue;
    }
    const { unit, items, product } = scan.info;
    counted.items += items;
    counted.levels[unit.level] = (counted.levels[unit.level] ?? 0) + 1;
    const of = counted.products.get(product.id) ?? { name: product.name, codes: 0, items: 0, levels: {} };
    of.codes += 1;
    of.items += items;
    of.levels[unit.level] = (of.levels[unit.level] ?? 0) + 1;
    counted.products.set(product.id, of);
  }
  return counted;
}

/** Levels with their counts, the greatest first. */
export const byLevel = (levels) => [...LEVELS].reverse().flatMap((level) => (levels[level] ? [[level, levels[level]]] : []));
