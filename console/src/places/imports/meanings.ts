// A mapping as lines that can be edited one by one: what each column of a file means. A column has a line for each of its
// meanings, and one without where it is left out.

import type { Schemas } from "../../api/client";

type Mapping = Schemas["ImportMapping"];

export interface Meaning {
  /** Of this line, as long as it is edited. */
  id: number;
  column: string;
  as: "none" | "identifier" | "profile" | "consent" | "time";
  kind: Schemas["IdentifierKind"];
  scope: string;
  field: string;
  purpose: string;
  channel: string;
  yes: string[];
  no: string[];
  format: Schemas["TimeFormat"];
  /** What the editor does not show, kept as it is. */
  consent?: Pick<Schemas["ConsentColumn"], "identifier" | "text_version">;
}

export interface Draft {
  lines: Meaning[];
  source: string;
  zone: string;
  /** The moment of rows without one. */
  constant: string;
}

/** What is usually written in a column of consent. */
const YES = ["是", "同意", "1", "Y", "yes", "true"];
const NO = ["否", "不同意", "0", "N", "no", "false"];

let lines = 0;

export function lineOf(column: string, more: Partial<Meaning> = {}): Meaning {
  lines += 1;
  return {
    id: lines, column, as: "none", kind: "phone", scope: "", field: "", purpose: "marketing", channel: "any", yes: YES, no: NO, format: "auto",
    ...more,
  };
}

export function draftOf(mapping: Mapping, columns: string[]): Draft {
  const found: Meaning[] = [
    ...mapping.identifiers.map(({ column, kind, scope }) => lineOf(column, { as: "identifier", kind, scope: scope ?? "" })),
    ...(mapping.profile ?? []).map(({ column, field }) => lineOf(column, { as: "profile", field })),
    ...(mapping.consents ?? []).map(({ column, purpose, channel, yes, no, identifier, text_version }) =>
      lineOf(column, { as: "consent", purpose, channel, yes, no: no ?? [], consent: { identifier, text_version } })),
    ...(mapping.time?.column ? [lineOf(mapping.time.column, { as: "time", format: mapping.time.format ?? "auto" })] : []),
  ];
  const named = new Set(found.map(({ column }) => column));
  const rest = columns.filter((column) => !named.has(column)).map((column) => lineOf(column));
  const place = (column: string) => (columns.includes(column) ? columns.indexOf(column) : columns.length);
  // In the order of the file; the order of identifiers among each other is kept, since it says which counts first.
  const sorted = [...found.filter(({ as }) => as === "identifier"), ...[...found.filter(({ as }) => as !== "identifier"), ...rest].sort((one, other) => place(one.column) - place(other.column))];
  return { lines: sorted, source: mapping.source ?? "", zone: mapping.zone ?? "", constant: mapping.time?.constant ?? "" };
}

export function mappingOf({ lines: all, source, zone, constant }: Draft): Mapping {
  const of = (as: Meaning["as"]) => all.filter((line) => line.as === as);
  const time = of("time")[0];
  const said = (text: string) => (text.trim() === "" ? undefined : text.trim());
  return {
    identifiers: of("identifier").map(({ column, kind, scope }) => ({ column, kind, scope: said(scope) })),
    profile: of("profile").map(({ column, field }) => ({ column, field: field.trim() })),
    consents: of("consent").map(({ column, purpose, channel, yes, no, consent }) => ({ ...consent, column, purpose, channel, yes, no })),
    ...(time || said(constant) ? { time: { column: time?.column, constant: said(constant), format: time?.format ?? "auto" } } : {}),
    source: said(source),
    zone: said(zone),
  };
}
