// Views of a list: kept by the server, shared by choice, and those of a browser brought along.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import { assertAccessible } from "../lib/axe.js";
import { Office, withDesk } from "../lib/operator.js";
import { openBrowser } from "../lib/phone.js";

const SHOTS = fileURLToPath(new URL("../shots/", import.meta.url));
const LONG = "华东大区二〇二六年第一季度重点经销商直营门店近三十天扫码会员";

describe("saved views", () => {
  let office, browser;
  before(async () => {
    browser = await openBrowser();
    office = await Office.open();
  });
  after(async () => {
    await browser?.close();
    await office?.close();
  });

  test("what one narrows a list to is had again elsewhere, and by colleagues where it is shared", async () => {
    await withDesk(browser, office, {}, async (desk) => {
      const { page } = desk;
      await desk.signIn();
      // As browsers kept them before.
      await page.evaluate(() => localStorage.setItem("tallymark.views.people", JSON.stringify([{ name: "Kept here", search: "first_kind=card" }])));
      await desk.visit("/members/people?first_kind=phone");
      await page.getByRole("button", { name: "Views" }).click();
      await page.getByRole("button", { name: "Kept here", exact: true }).waitFor();
      assert.equal(await page.evaluate(() => localStorage.getItem("tallymark.views.people")), null);
      await page.getByLabel("Name of the view").fill(LONG);
      await page.getByLabel("Share with colleagues").check();
      await page.getByRole("button", { name: "Save this view" }).click();
      await page.getByRole("button", { name: `Shared ${LONG}` }).waitFor();
      await assertAccessible(page, "views");
      await page.screenshot({ path: `${SHOTS}views.png` });
    });
    await withDesk(browser, office, { language: "zh-CN", dark: true }, async (desk) => {
      const { page } = desk;
      await desk.signIn("analyst@brand.example");
      await desk.visit("/members/people");
      await page.getByRole("button", { name: "视图" }).click();
      await page.getByRole("button", { name: LONG }).first().click();
      await page.waitForURL("**/members/people?first_kind=phone");
      assert.equal(await page.getByText("Kept here").count(), 0, "another's own is not shown");
      assert.equal(await page.getByRole("button", { name: `删除视图 ${LONG}` }).count(), 0, "nor is a colleague's to be removed");
      await page.screenshot({ path: `${SHOTS}views-colleague.png` });
    });
  });
});
