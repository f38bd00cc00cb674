// Every page of the console, in both languages, themes and sizes: axe finds nothing grave, nothing hangs over the edge.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import { assertAccessible } from "../lib/axe.js";
import { Office, withDesk } from "../lib/operator.js";
import { pages } from "../lib/pages.js";
import { openBrowser } from "../lib/phone.js";

const SHOTS = fileURLToPath(new URL("../shots/", import.meta.url));
/** Each language, theme and size in one of the first two; the others are for whoever changes colours or sizes. */
const LOOKS = [
  { language: "zh-CN", dark: false, small: false },
  { language: "en", dark: true, small: true },
  ...(process.env.TALLYMARK_ALL_LOOKS
    ? [{ language: "en", dark: true, small: false }, { language: "zh-CN", dark: true, small: false }, { language: "zh-CN", dark: true, small: true }]
    : []),
];

describe("pages of the console", () => {
  let office, browser;
  before(async () => {
    browser = await openBrowser();
    office = await Office.open();
    for (const list of ["people", "scans"]) await office.post("/v1/exports", { list, filters: {}, format: "csv" });
    await office.post("/v1/identity/runs", {});
  });
  after(async () => {
    await browser?.close();
    await office?.close();
  });

  for (const look of LOOKS) {
    const name = `${look.language}-${look.dark ? "dark" : "light"}-${look.small ? "small" : "wide"}`;
    test(`are accessible and fit: ${name}`, async () => {
      await withDesk(browser, office, look, async (desk) => {
        const check = async (path, fullPage = true) => {
          await desk.page.screenshot({ path: `${SHOTS}console-${path.replace(/[^a-z]+/g, "-")}-${name}.png`, fullPage });
          await assertAccessible(desk.page, `${path} ${name}`);
          const over = await desk.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
          assert.ok(over <= 1, `${path} ${name} hangs ${over} px over the edge`);
        };
        await desk.visit("/sign-in?refused=oidc.user_unknown");
        await check("sign-in");
        await desk.signIn();
        for (const path of pages(office)) {
          await desk.visit(path);
          await check(path);
        }
        // Every kind of long work, by the keyboard.
        await desk.visit("/members/people");
        const bell = desk.page.locator(".shell-tools button").first();
        await bell.focus();
        await desk.page.keyboard.press("Enter");
        await desk.page.getByTestId("task-export").first().waitFor();
        await desk.page.getByTestId("task-rebuild").waitFor();
        await desk.page.locator(".ant-drawer-open").waitFor();
        await check("tasks", false);
        await desk.page.keyboard.press("Escape");
        await desk.page.locator(".ant-drawer-open").waitFor({ state: "detached" });
      });
    });
  }
});
