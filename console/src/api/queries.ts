// Questions that several screens ask, each under one key.

import { hashKey, queryOptions } from "@tanstack/react-query";

import { answer, api, type Schemas } from "./client";

/** Lists that are small by nature (products, organisations …) are read whole, page by page, up to this many items. */
export const WHOLE_LIST_MAX = 2000;

interface Page<T> {
  items: T[];
  next?: string | null;
}

export async function whole<T>(page: (after: string | undefined) => Promise<Page<T>>): Promise<T[]> {
  const items: T[] = [];
  let after: string | undefined;
  do {
    const got = await page(after);
    items.push(...got.items);
    after = got.next ?? undefined;
  } while (after !== undefined && items.length < WHOLE_LIST_MAX);
  return items;
}

const query = (after: string | undefined) => ({ params: { query: { limit: 200, after } } });

export const meQuery = queryOptions({
  queryKey: ["me"],
  queryFn: () => answer(api.GET("/v1/me")),
  staleTime: 60_000,
});

export const productsQuery = queryOptions({
  queryKey: ["products"],
  queryFn: () => whole<Schemas["Product"]>((after) => answer(api.GET("/v1/products", query(after)))),
});

export const batchesQuery = queryOptions({
  queryKey: ["batches"],
  queryFn: () => whole<Schemas["Batch"]>((after) => answer(api.GET("/v1/batches", query(after)))),
});

export const linksQuery = queryOptions({
  queryKey: ["links"],
  queryFn: () => whole<Schemas["ResolverLink"]>((after) => answer(api.GET("/v1/links", query(after)))),
});

export const campaignsQuery = queryOptions({
  queryKey: ["campaigns"],
  queryFn: () => whole<Schemas["Campaign"]>((after) => answer(api.GET("/v1/campaigns", query(after)))),
});

export const organisationsQuery = queryOptions({
  queryKey: ["organisations"],
  queryFn: () => whole<Schemas["Organisation"]>((after) => answer(api.GET("/v1/organisations", query(after)))),
});

export const rebatesQuery = queryOptions({
  queryKey: ["rebates"],
  queryFn: () => whole<Schemas["RebateRule"]>((after) => answer(api.GET("/v1/rebates", query(after)))),
});

export const pointsRulesQuery = queryOptions({
  queryKey: ["points-rules"],
  queryFn: () => whole<Schemas["PointsRule"]>((after) => answer(api.GET("/v1/points-rules", query(after)))),
});

export const usersQuery = queryOptions({
  queryKey: ["users"],
  queryFn: () => whole<Schemas["User"]>((after) => answer(api.GET("/v1/users", query(after)))),
});

export const apiKeysQuery = queryOptions({
  queryKey: ["api-keys"],
  queryFn: () => whole<Schemas["ApiKey"]>((after) => answer(api.GET("/v1/api-keys", query(after)))),
});

export const quarantineQuery = queryOptions({
  queryKey: ["quarantine"],
  queryFn: () => answer(api.GET("/v1/intake/quarantine", { params: { query: { limit: 500 } } })),
});

/** Pairs of people that wait for somebody's word, as far as one page tells. */
export const openProposalsQuery = queryOptions({
  queryKey: ["proposals", "open", "count"],
  queryFn: () => answer(api.GET("/v1/identity/proposals", { params: { query: { state: "open", limit: 200 } } })),
});

/** How many goods arrived where they should not have, from a moment on. */
export const exceptionsSinceQuery = (from: string) =>
  queryOptions({
    queryKey: ["exceptions", "count", from],
    queryFn: () => answer(api.GET("/v1/exceptions", { params: { query: { from, limit: 1, count: true } } })),
  });

export const reportsQuery = queryOptions({
  queryKey: ["reports"],
  queryFn: () => answer(api.GET("/v1/reports")),
  staleTime: Infinity,
});

export interface ReportAsked {
  from?: string | undefined;
  to?: string | undefined;
  by?: Schemas["Breakdown"] | undefined;
  campaign?: string | undefined;
  product?: string | undefined;
}

export const reportQuery = (name: string, asked: ReportAsked) =>
  queryOptions({
    queryKey: ["report", name, asked],
    queryFn: async ({ queryKey }) => {
      const begun = performance.now();
      const report = await answer(api.GET("/v1/reports/{name}", { params: { path: { name }, query: asked } }));
      tookMs.set(hashKey(queryKey), performance.now() - begun);
      return report;
    },
    staleTime: 30_000,
  });

/** How often what is looked at is asked for anew, at most. */
export const LIVE_MS = 1_500;
/** A report that takes long rests so many times as long: a page that is left open costs the server a fifth of a question. */
const RESTS = 4;
const tookMs = new Map<string, number>();

/** A report that is kept up with while somebody looks. */
export const liveReportQuery = (name: string, asked: ReportAsked) => ({
  ...reportQuery(name, asked),
  refetchInterval: ({ queryHash }: { queryHash: string }) => Math.max(LIVE_MS, RESTS * (tookMs.get(queryHash) ?? 0)),
});

export const balanceQuery = (owner: string, book: Schemas["Book"], unit = "CNY") =>
  queryOptions({
    queryKey: ["balance", owner, book, unit],
    queryFn: () => answer(api.GET("/v1/balances", { params: { query: { owner, book, unit } } })),
    staleTime: 10_000,
  });

/** How the installation is, for those who own the brand. */
export const healthQuery = queryOptions({
  queryKey: ["health"],
  queryFn: () => answer(api.GET("/v1/health")),
});
