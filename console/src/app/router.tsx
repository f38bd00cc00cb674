import { createBrowserRouter, Navigate, type RouteObject } from "react-router";

import { ErrorPage } from "./ErrorPage";
import { loadPlaces } from "./i18n";

type Load = () => Promise<{ default: React.ComponentType }>;

/** A page is fetched when it is opened first. */
function gate(path: string, load: Load): RouteObject {
  return { path, lazy: async () => ({ Component: (await load()).default }) };
}

/** A page of a place comes with the texts of places. */
const ofPlace = (load: Load) => async () => ({ Component: (await Promise.all([load(), loadPlaces()]))[0].default });

function page(path: string, load: Load): RouteObject {
  return { path, lazy: ofPlace(load) };
}

export const router = createBrowserRouter(
  [
    {
      errorElement: <ErrorPage />,
      hydrateFallbackElement: <></>,
      children: [
        gate("/sign-in", () => import("./SignIn")),
        gate("/password", () => import("./Password")),
        {
          path: "/",
          lazy: async () => ({ Component: (await import("./Shell")).default }),
          children: [
            {
              errorElement: <ErrorPage inside />,
              children: [
                { index: true, lazy: ofPlace(() => import("../places/home/Home")) },

                { path: "/codes", element: <Navigate to="/codes/products" replace /> },
                page("/codes/products", () => import("../places/codes/Products")),
                page("/codes/batches", () => import("../places/codes/Batches")),
                page("/codes/batches/:id", () => import("../places/codes/Batch")),
                page("/codes/lookup", () => import("../places/codes/Lookup")),
                page("/codes/scans", () => import("../places/codes/Scans")),
                page("/codes/links", () => import("../places/codes/Links")),
                page("/codes/articles", () => import("../places/codes/Articles")),
                page("/codes/scans/:id", () => import("../places/codes/Scan")),

                page("/campaigns", () => import("../places/campaigns/Campaigns")),
                page("/campaigns/new", () => import("../places/campaigns/Wizard")),
                page("/campaigns/points-rules", () => import("../places/campaigns/PointsRules")),
                page("/campaigns/:id/edit", () => import("../places/campaigns/Edit")),
                page("/campaigns/:id", () => import("../places/campaigns/Campaign")),

                { path: "/members", element: <Navigate to="/members/search" replace /> },
                page("/members/search", () => import("../places/members/Search")),
                page("/members/people", () => import("../places/members/People")),
                page("/members/people/:id", () => import("../places/members/person/Person")),
                page("/members/changes", () => import("../places/members/Changes")),
                page("/members/runs", () => import("../places/members/runs/Runs")),
                page("/members/runs/:id", () => import("../places/members/runs/Run")),
                page("/members/proposals", () => import("../places/members/proposals/Proposals")),
                page("/members/proposals/:id", () => import("../places/members/proposals/Proposal")),
                page("/members/imports", () => import("../places/imports/Imports")),
                page("/members/imports/new", () => import("../places/imports/NewImport")),
                page("/members/imports/:id", () => import("../places/imports/Import")),
                page("/members/events", () => import("../places/members/intake/Events")),
                page("/members/quarantine", () => import("../places/members/intake/Quarantine")),
                page("/members/consent-texts", () => import("../places/members/ConsentTexts")),

                { path: "/trace", element: <Navigate to="/trace/flows" replace /> },
                page("/trace/flows", () => import("../places/trace/Flows")),
                page("/trace/flows/shipments", () => import("../places/trace/FlowShipments")),
                page("/trace/operations", () => import("../places/trace/Operations")),
                page("/trace/exceptions", () => import("../places/trace/Exceptions")),
                page("/trace/recalls", () => import("../places/trace/Recalls")),
                page("/trace/recalls/:id", () => import("../places/trace/Recall")),
                page("/trace/lookup", () => import("../places/trace/Lookup")),

                { path: "/channel", element: <Navigate to="/channel/organisations" replace /> },
                page("/channel/organisations", () => import("../places/channel/Organisations")),
                page("/channel/shipments", () => import("../places/channel/Shipments")),
                page("/channel/orders", () => import("../places/channel/Orders")),
                page("/channel/orders/:id", () => import("../places/channel/Order")),
                page("/channel/rebates", () => import("../places/channel/Rebates")),

                { path: "/data", element: <Navigate to="/data/reports" replace /> },
                page("/data/reports", () => import("../places/data/Reports")),
                page("/data/sql", () => import("../places/data/Sql")),
                page("/data/catalogue", () => import("../places/data/Catalogue")),

                { path: "/settings", element: <Navigate to="/settings/account" replace /> },
                page("/settings/users", () => import("../places/settings/Users")),
                page("/settings/keys", () => import("../places/settings/Keys")),
                page("/settings/webhooks", () => import("../places/settings/Webhooks")),
                page("/settings/audit", () => import("../places/settings/Audit")),
                page("/settings/providers", () => import("../places/settings/Providers")),
                page("/settings/sources", () => import("../places/settings/Sources")),
                page("/settings/people-keys", () => import("../places/settings/PeopleKeys")),
                page("/settings/health", () => import("../places/settings/Health")),
                page("/settings/account", () => import("../places/settings/Account")),
                { path: "*", element: <ErrorPage inside missing /> },
              ],
            },
          ],
        },
      ],
    },
  ],
  { basename: "/console" },
);
