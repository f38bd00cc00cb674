// The places of the console, and what each of their pages asks of the API: a place that would show nothing is not shown.

import type { Route } from "../api/permissions";

interface PageEntry {
  path: string;
  text: `nav.${"products" | "batches" | "lookup" | "scans" | "links" | "articles" | "flows" | "operations" | "exceptions" | "recalls" | "tracing" | "members.people" | "members.search" | "members.changes" | "members.runs" | "members.proposals" | "members.imports" | "members.texts" | "members.events" | "members.quarantine" | "campaigns.list" | "pointsRules" | "organisations" | "shipments" | "orders" | "rebates" | "reports" | "sql" | "catalogue" | "users" | "keys" | "audit" | "providers" | "sources" | "peopleKeys" | "account" | "webhooks" | "health"}`;
  route: Route;
}

export interface Place {
  name: "home" | "codes" | "campaigns" | "members" | "trace" | "channel" | "data" | "settings";
  path: string;
  /** Of a place without pages. */
  route?: Route;
  pages: PageEntry[];
}

export const places: Place[] = [
  { name: "home", path: "/", pages: [] },
  {
    name: "codes",
    path: "/codes",
    pages: [
      { path: "/codes/products", text: "nav.products", route: "GET /products" },
      { path: "/codes/batches", text: "nav.batches", route: "GET /batches" },
      { path: "/codes/lookup", text: "nav.lookup", route: "GET /codes/{code}" },
      { path: "/codes/scans", text: "nav.scans", route: "GET /scans" },
      { path: "/codes/links", text: "nav.links", route: "GET /links" },
      { path: "/codes/articles", text: "nav.articles", route: "GET /articles" },
    ],
  },
  {
    name: "campaigns",
    path: "/campaigns",
    pages: [
      { path: "/campaigns", text: "nav.campaigns.list", route: "GET /campaigns" },
      { path: "/campaigns/points-rules", text: "nav.pointsRules", route: "GET /points-rules" },
    ],
  },
  {
    name: "members",
    path: "/members",
    pages: [
      { path: "/members/search", text: "nav.members.search", route: "GET /people/{id}" },
      { path: "/members/people", text: "nav.members.people", route: "GET /people" },
      { path: "/members/changes", text: "nav.members.changes", route: "GET /identity/changes" },
      { path: "/members/runs", text: "nav.members.runs", route: "GET /identity/runs" },
      { path: "/members/proposals", text: "nav.members.proposals", route: "GET /identity/proposals" },
      { path: "/members/imports", text: "nav.members.imports", route: "GET /imports" },
      { path: "/members/events", text: "nav.members.events", route: "GET /intake/names" },
      { path: "/members/quarantine", text: "nav.members.quarantine", route: "GET /intake/quarantine" },
      { path: "/members/consent-texts", text: "nav.members.texts", route: "GET /consent-texts" },
    ],
  },
  {
    name: "trace",
    path: "/trace",
    pages: [
      { path: "/trace/flows", text: "nav.flows", route: "GET /flows" },
      { path: "/trace/operations", text: "nav.operations", route: "GET /operations" },
      { path: "/trace/exceptions", text: "nav.exceptions", route: "GET /exceptions" },
      { path: "/trace/recalls", text: "nav.recalls", route: "GET /recalls" },
      { path: "/trace/lookup", text: "nav.tracing", route: "GET /codes/{code}/trace" },
    ],
  },
  {
    name: "channel",
    path: "/channel",
    pages: [
      { path: "/channel/organisations", text: "nav.organisations", route: "GET /organisations" },
      { path: "/channel/shipments", text: "nav.shipments", route: "GET /shipments/{id}" },
      { path: "/channel/orders", text: "nav.orders", route: "GET /orders" },
      { path: "/channel/rebates", text: "nav.rebates", route: "GET /rebates" },
    ],
  },
  {
    name: "data",
    path: "/data",
    pages: [
      { path: "/data/reports", text: "nav.reports", route: "GET /reports/{name}" },
      { path: "/data/sql", text: "nav.sql", route: "POST /query" },
      { path: "/data/catalogue", text: "nav.catalogue", route: "GET /catalog" },
    ],
  },
  {
    name: "settings",
    path: "/settings",
    pages: [
      { path: "/settings/users", text: "nav.users", route: "GET /users" },
      { path: "/settings/keys", text: "nav.keys", route: "GET /api-keys" },
      { path: "/settings/webhooks", text: "nav.webhooks", route: "GET /webhooks" },
      { path: "/settings/audit", text: "nav.audit", route: "GET /audit" },
      { path: "/settings/providers", text: "nav.providers", route: "GET /providers" },
      { path: "/settings/sources", text: "nav.sources", route: "GET /profile-sources" },
      { path: "/settings/people-keys", text: "nav.peopleKeys", route: "GET /people-keys" },
      { path: "/settings/health", text: "nav.health", route: "GET /health" },
      { path: "/settings/account", text: "nav.account", route: "GET /me" },
    ],
  },
];
