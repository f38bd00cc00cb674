// What takes back an operation that was recorded. Nothing is erased: the way back is an operation of its own, and where
// there is none, that is said.

import { now } from "./api.js";

/** `{ kind, op }` that takes a scan back, or `{ reason }`: a text that says why nothing does. */
export function wayBack(job, scan, me) {
  const at = now();
  const codes = [scan.text];
  const { info } = scan;
  switch (job.kind) {
    case "pack":
      return scan.role === "code" ? { kind: "unpack", op: { kind: "unpack", codes, at } } : { reason: "undo.pack" };
    case "unpack":
      return info?.packs.length > 0
        ? { kind: "pack", op: { kind: "pack", pack: info.packs[0], codes, at } }
        : { reason: "undo.unpack" };
    case "ship":
      return info?.holder
        ? { kind: "ship", op: { kind: "ship", codes, to: info.holder.id, at } }
        : { reason: "undo.ship" };
    case "sell":
      return { kind: "receive", op: { kind: "receive", codes, by: job.to.id, at } };
    case "return":
      // Whoever sees a part of the channel does not reach what left it.
      return info?.holder && me.organisation === null
        ? { kind: "ship", op: { kind: "ship", codes, to: info.holder.id, at } }
        : { reason: "undo.return" };
    default:
      return { reason: `undo.${job.kind}` };
  }
}
