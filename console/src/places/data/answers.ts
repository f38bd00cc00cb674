// Rows of a report's answer, by the names of its columns.

import type { Schemas } from "../../api/client";

export type Answer = Schemas["ReportAnswer"];
export type Cell = string | number | null;

export function column(answer: Answer, name: string): Cell[] {
  const at = answer.columns.findIndex((one) => one.name === name);
  return answer.rows.map((row) => row[at] as Cell);
}

export function numbers(answer: Answer, name: string): number[] {
  return column(answer, name).map(Number);
}

/** Where a number of a report stands with what it counts. */
export function reportLink(report: string, asked: Record<string, string | undefined>): string {
  const params = new URLSearchParams({ report });
  for (const [name, value] of Object.entries(asked)) if (value) params.set(name, value);
  return `/data/reports?${params.toString()}`;
}
