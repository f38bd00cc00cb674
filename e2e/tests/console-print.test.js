// From a pack profile to an encrypted package on the desk of a printing house: its password shown once, each download told.

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import { assertAccessible } from "../lib/axe.js";
import { Office, withDesk } from "../lib/operator.js";
import { openBrowser } from "../lib/phone.js";

const SHOTS = fileURLToPath(new URL("../shots/", import.meta.url));
const SEEN_MS_MAX = 20_000;

describe("packages for the printing house", () => {
  let office, browser, batch;
  before(async () => {
    browser = await openBrowser();
    office = await Office.open();
  });
  after(async () => {
    await browser?.close();
    await office?.close();
  });

  test("a batch is ordered by a profile, printed as a package, and downloaded again only with a reason", async () => {
    await withDesk(browser, office, {}, async (desk) => {
      const { page } = desk;
      const drawer = page.getByRole("dialog");
      await desk.signIn();
      await desk.visit("/codes/products");
      await page.getByRole("button", { name: "Company prefix" }).click();
      await drawer.locator("#prefix").fill("6901234");
      await drawer.getByRole("button", { name: "Save" }).click();
      await page.getByText("Saved").first().waitFor();

      await page.getByRole("button", { name: "Pack profiles" }).first().click();
      await page.getByRole("button", { name: "Add a profile" }).click();
      const edit = page.getByRole("dialog", { name: "Add a profile" });
      await edit.locator("#name").fill("Tray of 12");
      await edit.locator("#items_per_case").fill("12");
      await edit.locator("#cases_per_pallet").fill("2");
      await choose(page, "#sscc", "Cases and pallets");
      await edit.getByRole("button", { name: "Save" }).click();
      await page.getByText("Tray of 12").waitFor();
      await assertAccessible(page, "the pack profiles");

      await desk.visit("/codes/batches");
      await page.getByRole("button", { name: "New batch" }).click();
      await choose(page, "#product", "清泉天然水");
      await choose(page, "#profile", "Tray of 12");
      await page.locator("#lot").fill("L-print");
      await page.locator("#items").fill("60");
      await drawer.getByRole("button", { name: "New batch" }).click();
      await page.waitForURL("**/codes/batches/bat_*");
      batch = page.url().split("/").at(-1);
      await page.getByText("Cases and pallets").waitFor();

      await page.getByRole("button", { name: "Order a package" }).click();
      await drawer.locator("#recipient").fill("蓝天印刷");
      await choose(page, "#format", "CSV");
      await drawer.locator("#codes_per_file").fill("25");
      await drawer.getByRole("button", { name: "Order a package" }).click();
      const told = page.getByRole("dialog", { name: "The package is ordered" });
      assert.match(await told.locator("code").innerText(), /^([0-9A-HJKMNP-TV-Z]{4}-){5}[0-9A-HJKMNP-TV-Z]{4}$/);
      await told.getByRole("button", { name: "Close" }).last().click();
      await told.waitFor({ state: "hidden" });

      const one = page.locator(".package").filter({ hasText: "蓝天印刷" });
      const [first] = await Promise.all([page.waitForEvent("download"), one.getByRole("button", { name: "Download", exact: true }).click()]);
      const file = await readFile(await first.path());
      assert.equal(file.subarray(0, 4).toString("latin1"), "PK\u0003\u0004");
      await one.getByText("Complete").waitFor({ timeout: SEEN_MS_MAX });
      await page.reload();
      await one.getByText(createHash("sha256").update(file).digest("hex")).waitFor();

      await one.getByRole("button", { name: "Download again" }).click();
      await page.locator("#reason").fill("the disk was lost");
      const [again] = await Promise.all([page.waitForEvent("download"), page.getByRole("dialog").getByRole("button", { name: "Download again" }).click()]);
      assert.deepEqual(await readFile(await again.path()), file);
      await one.getByText("the disk was lost").waitFor({ timeout: SEEN_MS_MAX });
      assert.equal(await one.getByText("李玮").count(), 2);
      await assertAccessible(page, "a batch with packages");
    });
  });

  test("what is shown reads well in both languages, light and dark, on a desk and a phone", async () => {
    for (const [language, dark, small] of [["en", false, false], ["zh-CN", true, false], ["zh-CN", false, true]]) {
      await withDesk(browser, office, { language, dark, small }, async (desk) => {
        const { page } = desk;
        await desk.signIn();
        await desk.visit(`/codes/batches/${batch}`);
        await page.getByText("蓝天印刷").waitFor();
        await page.screenshot({ path: `${SHOTS}packages-${language}${dark ? "-dark" : ""}${small ? "-phone" : ""}.png`, fullPage: true });
        await assertAccessible(page, `packages in ${language}`);
      });
    }
  });
});

async function choose(page, list, option) {
  await page.locator(list).click();
  await page.locator(".ant-select-dropdown:visible .ant-select-item-option").filter({ hasText: option }).first().click();
}
