// What files can be, and where a kind of file begins. How its mapping is edited and its rows are shown is in handled.ts.

import { answer, api, type Schemas } from "../../api/client";
import type { Route } from "../../api/permissions";

export type Run = Schemas["ImportRun"];
export type KindName = Schemas["ImportKind"];

export interface Kind {
  name: KindName;
  /** Beginning one asks for this. */
  route: Route;
}

export const KINDS: Kind[] = [
  { name: "members", route: "POST /imports/members" },
  { name: "orders", route: "POST /imports/orders" },
  { name: "articles", route: "POST /imports/articles" },
  { name: "operations", route: "POST /imports/operations" },
  { name: "codes", route: "POST /imports/codes" },
];

/** Where a file of a kind is imported. */
export const newImport = (kind: KindName, batch?: string) => `/members/imports/new?kind=${kind}${batch ? `&batch=${batch}` : ""}`;

export const isUnderWay = (run: Run | undefined) => run?.state === "queued" || run?.state === "running";

export const mappingsQuery = {
  queryKey: ["import-mappings"],
  queryFn: () => answer(api.GET("/v1/imports/mappings", { params: { query: { limit: 200 } } })),
};
