// Codes that are named by batch, level and serial.

import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import type { Schemas } from "../../api/client";
import { useMay } from "../../api/permissions";
import { batchesQuery } from "../../api/queries";
import { number } from "../../shared/format";

export type Unit = Schemas["Unit"];
export type Level = "item" | "box" | "case" | "pallet";

/** The levels that a batch has codes of, the smallest first. */
export function levelsOf({ items_per_box, items_per_case, cases_per_pallet }: Schemas["Batch"]): Level[] {
  return ["item", ...(items_per_box > 0 ? (["box"] as const) : []), ...(items_per_case > 0 ? (["case"] as const) : []), ...(cases_per_pallet > 0 ? (["pallet"] as const) : [])];
}

/** How many codes of a level a batch has. */
export function countOf({ items, items_per_box, items_per_case, cases_per_pallet }: Schemas["Batch"], level: Level): number {
  const cases = Math.ceil(items / items_per_case);
  return { item: items, box: Math.ceil(items / items_per_box), case: cases, pallet: Math.ceil(cases / cases_per_pallet) }[level];
}

/** `Case 3`; with its lot where it is of another batch than what it stands beside. */
export function useUnitText(): (unit: Unit, beside?: string) => string {
  const { t } = useTranslation();
  const may = useMay();
  const batches = useQuery({ ...batchesQuery, enabled: may("GET /batches") });
  return ({ batch, level, first, last }, beside) => {
    const name = t(`batch.level.${level as Level}`);
    const text = first === last ? t("trace.unit", { level: name, serial: number(first) }) : t("trace.units", { level: name, first: number(first), last: number(last) });
    return beside === undefined || beside === batch ? text : `${text} (${batches.data?.find(({ id }) => id === batch)?.lot ?? batch})`;
  };
}

/** A code's name, which leads to its page for those who may see codes that they do not hold in hand. */
export function UnitLink({ unit, beside }: { unit: Unit; beside?: string }) {
  const may = useMay();
  const text = useUnitText()(unit, beside);
  if (unit.first !== unit.last || !may("GET /batches/{id}/codes")) return <>{text}</>;
  return <Link to={`/codes/lookup?batch=${unit.batch}&level=${unit.level}&serial=${unit.first}`}>{text}</Link>;
}
