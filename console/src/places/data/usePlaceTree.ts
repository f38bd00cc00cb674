import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";

import { wordText } from "../../app/i18n";
import { adcodesQuery } from "./places";

export interface PlaceNode {
  value: string;
  title: string;
  children?: PlaceNode[];
}

/** Provinces, their cities, their counties, as GB/T 2260 numbers them. */
export function usePlaceTree(enabled = true): PlaceNode[] {
  const { data } = useQuery({ ...adcodesQuery, enabled });
  return useMemo(() => (data ? treeOf(data) : []), [data]);
}

function treeOf(names: Record<string, string>): PlaceNode[] {
  const nodes = new Map<string, PlaceNode>();
  const roots: PlaceNode[] = [];
  for (const [code, name] of Object.entries(names).sort(([one], [other]) => Number(one) - Number(other))) {
    const node: PlaceNode = { value: code, title: code.endsWith("0000") ? wordText("province", code) : name };
    nodes.set(code, node);
    const city = `${code.slice(0, 4)}00`;
    const province = nodes.get(`${code.slice(0, 2)}0000`);
    const parent = code.endsWith("0000") ? undefined : ((code !== city && nodes.get(city)) || province);
    if (parent) (parent.children ??= []).push(node);
    else roots.push(node);
  }
  return roots;
}
