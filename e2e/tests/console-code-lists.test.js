// Codes that were made elsewhere: a supplier's list fills a draft, and a phone checks one of them.

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import { assertAccessible } from "../lib/axe.js";
import { Office, withDesk } from "../lib/operator.js";
import { openBrowser } from "../lib/phone.js";

const SHOTS = fileURLToPath(new URL("../shots/", import.meta.url));
const words = (text) => text.replace(/\s+/g, " ").trim();
const CODES = ["k7Qm2vX9pL4d", "Zr4Tb8WnE6sA", "p9Xc3LkV0yJt"];

describe("codes that were made elsewhere", () => {
  let office, browser, folder, list, twice, draft;
  before(async () => {
    browser = await openBrowser();
    office = await Office.open();
    const order = { product: office.batch.product, lot: "CAP-2026-07", items: 3, items_per_case: 2, faces: "outer", draft: true };
    draft = await office.post("/v1/batches", order);
    folder = await mkdtemp(path.join(tmpdir(), "tallymark-lists-"));
    list = path.join(folder, "caps.csv");
    twice = path.join(folder, "twice.csv");
    await writeFile(list, `瓶码,箱码\n${CODES[0]},BX-5H2KQ81M\n${CODES[1]},\n${CODES[2]},BX-9W4TZ63C\n`);
    await writeFile(twice, `瓶码,箱码\n${CODES[0]},BX-5H2KQ81M\n${CODES[1]},\n${CODES[0]},BX-9W4TZ63C\n`);
  });
  after(async () => {
    await browser?.close();
    await office?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const begun = async (page, file) => {
    await page.locator("input[type=file]").setInputFiles(file);
    await page.getByLabel("Source").fill("caps");
    await page.getByLabel("Keep the mapping as").fill("caps");
    await page.getByRole("button", { name: "Keep and look at the rows" }).click();
    await page.getByRole("button", { name: "Begin the import" }).click();
    await page.waitForURL("**/members/imports/imp_*");
  };

  test("a list with a row that cannot be taken leaves the draft as it is", async () => {
    await withDesk(browser, office, {}, async (desk) => {
      const { page } = desk;
      await desk.signIn();
      await desk.visit("/members/imports/new?kind=codes");
      await page.getByRole("combobox", { name: "For which batch" }).click();
      await page.locator(".ant-select-dropdown:visible .ant-select-item-option", { hasText: "CAP-2026-07" }).click();
      await page.locator(".ant-upload-drag:not(.ant-upload-disabled)").waitFor();
      await begun(page, twice);
      await page.getByText("Failed", { exact: true }).waitFor({ timeout: 60_000 });
      await page.getByText("goods.list_rows").waitFor();
      await desk.visit(`/codes/batches/${draft.id}`);
      await page.getByRole("button", { name: "Order the codes" }).waitFor();
    });
  });

  for (const look of [
    { language: "zh-CN", dark: false, small: false }, { language: "en", dark: true, small: true },
    { language: "en", dark: true, small: false }, { language: "zh-CN", dark: false, small: true },
  ]) {
    const name = `${look.language}-${look.dark ? "dark" : "light"}-${look.small ? "small" : "wide"}`;
    test(`its page is accessible and fits: ${name}`, async () => {
      await withDesk(browser, office, look, async (desk) => {
        const { page } = desk;
        await desk.signIn();
        await desk.visit(`/members/imports/new?kind=codes&batch=${draft.id}`);
        await page.locator("input[type=file]").setInputFiles(list);
        await page.getByText(CODES[2]).waitFor();
        await page.screenshot({ path: `${SHOTS}code-lists-${name}.png`, fullPage: true });
        await assertAccessible(page, name);
        const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
        assert.ok(over <= 1, `${name} hangs ${over} px over the edge`);
      });
    });
  }

  test("a list fills the draft, and a phone checks one of its codes", async () => {
    await withDesk(browser, office, {}, async (desk) => {
      const { page } = desk;
      await desk.signIn();
      await desk.visit(`/codes/batches/${draft.id}`);
      await page.getByRole("link", { name: "Import codes made elsewhere" }).click();
      await begun(page, list);
      await page.getByText("Done", { exact: true }).waitFor({ timeout: 60_000 });
      await desk.visit(`/codes/batches/${draft.id}`);
      const section = page.locator("section", { hasText: "Codes made elsewhere" });
      await section.getByText("1 in 2^").waitFor();
      assert.match(words(await section.innerText()), /Printed on Item, Case.* Codes 5 /);
      await page.screenshot({ path: `${SHOTS}code-lists-batch.png`, fullPage: true });
      await assertAccessible(page, "a batch with a list");
      await page.getByRole("button", { name: "Activate", exact: true }).last().click();
      await page.getByRole("dialog").getByRole("button", { name: "Activate", exact: true }).click();
      await page.getByText("Active", { exact: true }).waitFor();
    });
    const phone = await browser.newContext();
    const page = await phone.newPage();
    await page.goto(`${office.origin}/C/${CODES[1]}`);
    await page.getByText(/Genuine|正品/).first().waitFor();
    await page.goto(`${office.origin}/C/${CODES[1].replace("Z", "Y")}`);
    await page.getByText(/not a code|不是|未知|查不到/).first().waitFor();
    await phone.close();
  });
});
