// What somebody fills in about goods, as the API takes it.

import type { Dayjs } from "dayjs";

import type { Schemas } from "../../api/client";
import type { Level } from "./units";

export type Asked = Schemas["NewOperations"]["operations"][number];
export type Outcome = Schemas["Outcomes"]["outcomes"][number];

export const KINDS = ["receive", "ship", "sell", "pack", "unpack", "open", "destroy", "replace"] as const;
export type Kind = (typeof KINDS)[number];

/** What the API takes at once. */
export const OPERATIONS_MAX = 1_000;
export const CODES_MAX = 10_000;

export interface Filled {
  kind: Kind;
  organisation?: string;
  sender?: string;
  pack?: string;
  moves?: boolean;
  old?: string;
  new?: string;
  source?: "codes" | "serials";
  codes?: string;
  serial_level?: Level;
  serial_first?: number;
  serial_last?: number;
  apart?: boolean;
  at?: Dayjs | null;
}

/** Kinds that name an organisation: who gets the goods, or has them in hand. */
export const WITH_ORGANISATION = ["ship", "receive", "sell", "destroy"] as const;
export type WithOrganisation = (typeof WITH_ORGANISATION)[number];
export const namesOrganisation = (kind: Kind): kind is WithOrganisation => WITH_ORGANISATION.some((one) => one === kind);

/** One part of what was filled in, and the lines that it came from. */
export interface Part {
  operation: Asked;
  lines: string[];
}

/** Codes of lines, each once, in their order; and how many came again: scanners read twice. */
export function codesOf(text: string | undefined): { codes: string[]; twice: number } {
  const lines = (text ?? "").split(/\s+/).filter(Boolean);
  const codes = [...new Map(lines.map((line) => [line.toUpperCase(), line])).values()];
  return { codes, twice: lines.length - codes.length };
}

/** Whether codes are recorded each by itself unless somebody says otherwise: what goes out goes as one. */
export function isApart(kind: Kind): boolean {
  return ["receive", "sell", "unpack", "open", "destroy"].includes(kind);
}

export function partsOf(filled: Filled, batch: string | undefined): Part[] {
  const at = filled.at?.toISOString();
  if (filled.kind === "replace") {
    return [{ operation: { kind: "replace", old: filled.old!.trim(), new: filled.new!.trim(), at }, lines: [] }];
  }
  if (filled.source === "serials" && batch) {
    const { serial_level: level, serial_first: first, serial_last: last } = filled;
    return [{ operation: operationOf(filled, [{ batch, level: level!, first: first!, last: last ?? first! }], at), lines: [] }];
  }
  const { codes } = codesOf(filled.codes);
  const groups = filled.apart ? codes.map((code) => [code]) : [codes];
  return groups.map((lines) => ({ operation: operationOf(filled, lines, at), lines }));
}

function operationOf(filled: Filled, codes: (string | Schemas["Unit"])[], at: string | undefined): Asked {
  switch (filled.kind) {
    case "pack":
      return { kind: "pack", pack: filled.pack!.trim(), codes, moves: filled.moves ?? false, at };
    case "ship":
      return { kind: "ship", codes, to: filled.organisation!, from: filled.sender, at };
    case "receive":
      return { kind: "receive", codes, by: filled.organisation!, at };
    case "sell":
      return { kind: "sell", codes, by: filled.organisation!, at };
    case "destroy":
      return { kind: "destroy", codes, by: filled.organisation!, at };
    case "open":
      return { kind: "open", codes, at };
    default:
      return { kind: "unpack", codes, at };
  }
}
