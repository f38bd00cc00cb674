// Writes what the console knows of the API, out of its description: the types of every request and answer, and which
// permission each route asks for. Both are made anew with each build, so that they cannot differ from the API.

import { mkdir, readFile, writeFile } from "node:fs/promises";

import openapiTS, { astToString } from "openapi-typescript";

const description = JSON.parse(await readFile(new URL("../../docs/openapi.json", import.meta.url), "utf8"));
// Names of places, by GB/T 2260 code: provinces, cities and counties.
const places = (await readFile(new URL("../../crates/base/data/adcode.tsv", import.meta.url), "utf8"))
  .split("\n")
  .filter((line) => /^\d{6}\t/.test(line))
  .map((line) => line.split("\t").slice(0, 2));

const routes = {};
for (const [path, operations] of Object.entries(description.paths)) {
  for (const [method, operation] of Object.entries(operations)) {
    // Types are made by path alone.
    delete operation.operationId;
    // Idempotency keys are the client's business (src/api/client.ts), no screen's.
    operation.parameters = operation.parameters?.filter((parameter) => parameter.in !== "header");
    const permission = operation["x-permission"];
    if (!permission) continue;
    const needs = Array.isArray(permission) ? permission : [];
    const whole = Array.isArray(permission) && !operation["x-subtree"];
    routes[`${method.toUpperCase()} ${path.replace(/^\/v1/, "")}`] = { needs, whole };
  }
}

const types = astToString(await openapiTS(description, { alphabetize: true }));
const made = "// Made by scripts/types.mjs out of docs/openapi.json.\n\n";
await mkdir(new URL("../src/api/made/", import.meta.url), { recursive: true });
await writeFile(new URL("../src/api/made/schema.d.ts", import.meta.url), made + types);
await writeFile(new URL("../src/api/made/adcodes.json", import.meta.url), JSON.stringify(Object.fromEntries(places)));
await writeFile(
  new URL("../src/api/made/routes.ts", import.meta.url),
  `${made}/** What each route asks of its caller: one of these permissions; \`whole\`: not limited to a branch of the channel. */
export const routes = ${JSON.stringify(routes, null, 2)} as const;
export type Route = keyof typeof routes;
`,
);
