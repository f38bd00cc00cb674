// What the caller may do. A button stands on a screen only where its route would let the caller through.

import { useQuery } from "@tanstack/react-query";

import { meQuery } from "./queries";
import { routes, type Route } from "./made/routes";
import type { Schemas } from "./client";

export type Me = Schemas["Me"];
export type { Route };

/** As the gate of the API decides: one of the permissions is enough, and a branch of the channel sees what can be cut. */
export function may(me: Me | undefined, route: Route): boolean {
  if (!me) return false;
  const { needs, whole } = routes[route];
  if (whole && me.organisation) return false;
  return needs.length === 0 || me.scopes.includes("owner") || needs.some((need) => me.scopes.includes(need));
}

/** Asks for the caller once, and answers for any route. */
export function useMay(): (route: Route) => boolean {
  const { data } = useQuery(meQuery);
  return (route) => may(data, route);
}

/** Whether values of people are shown masked to the caller, or not at all. */
export function useSeesPeople(): boolean {
  const { data } = useQuery(meQuery);
  return data?.scopes.some((scope) => scope === "owner" || scope === "people") ?? false;
}
