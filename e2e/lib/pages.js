// Every page of the console, with the objects of an office in it.

export const pages = (office) => [
  "/", "/codes/products", "/codes/batches", `/codes/batches/${office.batch.id}`, "/codes/lookup", "/codes/scans", "/codes/links", "/codes/articles",
  "/campaigns", "/campaigns/new", "/campaigns/points-rules", `/campaigns/${office.campaign.id}`,
  "/members/search", "/members/people", `/members/people/${office.li.id}`, `/members/people/${office.li.id}?tab=timeline`, `/members/people/${office.li.id}?tab=orders`,
  `/members/people/${office.li.id}?tab=identity`, `/members/people/${office.li.id}?tab=changes`,
  "/members/changes", "/members/runs", "/members/proposals", "/members/imports", "/members/imports/new", "/members/imports/new?kind=orders", "/members/imports/new?kind=operations", "/members/events", "/members/quarantine", "/members/consent-texts",
  "/trace/flows", "/trace/flows/shipments", "/trace/operations", "/trace/exceptions", "/trace/recalls", "/trace/lookup",
  "/channel/organisations", "/channel/shipments", "/channel/orders", "/channel/rebates", "/data/reports", "/data/sql", "/data/catalogue",
  "/settings/users", "/settings/keys", "/settings/webhooks", "/settings/audit", "/settings/providers", "/settings/sources", "/settings/people-keys",
  "/settings/health", "/settings/account", "/nowhere",
];
