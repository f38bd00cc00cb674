// Which flows are looked at, as it stands in the address: without a beginning, those of the last 30 days.

import { useQuery } from "@tanstack/react-query";
import dayjs from "dayjs";
import { useMemo } from "react";
import { useSearchParams } from "react-router";

import { answer, api, type Schemas } from "../../api/client";
import { useFilter } from "../../shared/LongList";

export type Flow = Schemas["Flow"];
export type Side = "received" | "sent";

/** What is asked of the server; the rest of the address is how it is shown. */
export const ASKED = ["from", "until", "product", "batch", "sender", "receiver"] as const;
export type Asked = Partial<Record<(typeof ASKED)[number], string | undefined>>;

export const DAYS = 30;
/** Where an organisation is that nobody said the place of. */
export const NOWHERE = "none";

export function useFlowFilter(): [Asked, ReturnType<typeof useFilter>[1]] {
  const [filter, setFilter] = useFilter([...ASKED]);
  const [params] = useSearchParams();
  // A day begins once: a question that moved with the clock would be another one at each look.
  const begins = useMemo(() => dayjs().subtract(DAYS - 1, "day").startOf("day").toISOString(), []);
  return [params.get("from") || params.get("until") ? filter : { ...filter, from: begins }, setFilter];
}

export function useFlows(asked: Asked) {
  return useQuery({ queryKey: ["flows", asked], queryFn: () => answer(api.GET("/v1/flows", { params: { query: asked } })) });
}

/** The province of a flow on one side. */
export function provinceOf(flow: Flow, side: Side): string {
  const place = side === "received" ? flow.receiver_place : flow.sender_place;
  return place ? `${place.slice(0, 2)}0000` : NOWHERE;
}

/** The shipments that a flow is the sum of. */
export function behind(asked: Asked, flow: Flow): string {
  const wanted: Asked = { ...asked, sender: flow.sender ?? "brand", receiver: flow.receiver };
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(wanted)) if (value) params.set(name, value);
  return `/trace/flows/shipments?${params.toString()}`;
}
