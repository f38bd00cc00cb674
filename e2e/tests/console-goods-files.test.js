// From a warehouse's file to operations with goods in the console: documents by a mapping, each whole or refused.

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
/** What is read on a part of a page, with one blank between its words. */
const words = (text) => text.replace(/\s+/g, " ").trim();

describe("operations with goods from files", () => {
  let office, browser, folder, notes, lists;
  before(async () => {
    browser = await openBrowser();
    office = await Office.open();
    await office.post("/v1/organisations", { kind: "dealer", parent: office.hq.id, name: "杭州经销商", code: "D1" });
    const codes = await office.codes();
    folder = await mkdtemp(path.join(tmpdir(), "tallymark-goods-"));
    notes = path.join(folder, "出库.csv");
    lists = path.join(folder, "流水.csv");
    await writeFile(notes, [
      "出库单号,收货方,瓶码,备注", `CK1,D1,${codes[0]},x`, `CK1,D1,${codes[1]},`, `CK2,杭州经销商,${codes[2]},`, `CK3,谁也不是,${codes[3]},`, "CK4,D1,6.9012E+17,",
    ].join("\n"));
    await writeFile(lists, ["单号,类型,对方,起始码,结束码", `RK1,入库,D1,${codes[0]},${codes[1]}`, `TH1,退货,,${codes[2]},`].join("\n"));
  });
  after(async () => {
    await browser?.close();
    await office?.close();
    await rm(folder, { recursive: true, force: true });
  });

  test("delivery notes are looked at and shipped, and what cannot be is told by line", async () => {
    await withDesk(browser, office, {}, async (desk) => {
      const { page } = desk;
      await desk.signIn();
      await desk.visit("/members/imports");
      await page.getByRole("button", { name: "Import a file" }).first().click();
      await page.getByRole("link", { name: "Import operations" }).click();
      await page.locator("input[type=file]").setInputFiles(notes);
      await page.getByLabel("Source").fill("wms");
      await page.getByLabel("Keep the mapping as").fill("notes");
      await page.getByRole("button", { name: "Keep and look at the rows" }).click();
      const seen = page.getByRole("list", { name: "The first documents" }).getByRole("listitem");
      await page.getByRole("button", { name: "Begin the import" }).waitFor();
      assert.deepEqual((await seen.allInnerTexts()).map(words), [
        "CK1 Ship Line 2 When it is imported To 杭州经销商 清泉天然水 500 ml Item × 2",
        "CK2 Ship Line 4 When it is imported To 杭州经销商 清泉天然水 500 ml Item × 1",
      ]);
      await page.getByText("unknown_organisation").waitFor();
      await page.getByText("number_imprecise").waitFor();
      await page.getByText("Columns left out: 备注").waitFor();
      await page.getByRole("button", { name: "Begin the import" }).click();
      await page.waitForURL("**/members/imports/imp_*");
      await page.getByText("Done", { exact: true }).waitFor({ timeout: 60_000 });
      const cards = await page.getByTestId("import").locator(".number-card").allInnerTexts();
      assert.deepEqual(cards.map(words), ["Rows read 5 of 5", "Rows of documents taken 3", "Rows of refused documents 2", "Left out 2 Documents that were not taken, by line"]);
      await page.getByRole("link", { name: "See the operations" }).click();
      await page.locator(".ant-table-row").nth(1).waitFor();
      assert.equal(await page.locator(".ant-table-row").count(), 2);
    });
  });

  test("a file with words for what is done is mapped word by word", async () => {
    await withDesk(browser, office, {}, async (desk) => {
      const { page } = desk;
      await desk.signIn();
      await desk.visit("/members/imports/new?kind=operations");
      await page.locator("input[type=file]").setInputFiles(lists);
      await page.getByLabel("Keep the mapping as").fill("lists");
      // 对方 says nothing by itself: it is chosen where the words need it.
      await page.getByRole("button", { name: "Add a word" }).click();
      const added = page.locator(".map-words li").last();
      await added.getByRole("textbox").fill("入库");
      await added.getByRole("combobox").click();
      await page.locator(".ant-select-dropdown:visible .ant-select-item-option", { hasText: "Receive" }).click();
      await page.getByRole("combobox", { name: "Who gets or has the goods" }).click();
      await page.locator(".ant-select-dropdown:visible .ant-select-item-option", { hasText: "对方" }).click();
      await page.getByRole("button", { name: "Keep and look at the rows" }).click();
      const seen = page.getByRole("list", { name: "The first documents" }).getByRole("listitem");
      await page.getByRole("button", { name: "Begin the import" }).waitFor();
      assert.deepEqual((await seen.allInnerTexts()).map(words), [
        "RK1 Receive Line 2 When it is imported At 杭州经销商 清泉天然水 500 ml Item × 2",
        "TH1 Return Line 3 When it is imported 清泉天然水 500 ml Item × 1",
      ]);
      await page.getByRole("button", { name: "Begin the import" }).click();
      await page.getByText("Done", { exact: true }).waitFor({ timeout: 60_000 });
      const cards = await page.getByTestId("import").locator(".number-card").allInnerTexts();
      assert.deepEqual(cards.map(words).slice(1, 3), ["Rows of documents taken 2", "Rows of refused documents 0"]);
    });
  });

  for (const look of [
    { language: "zh-CN", dark: false, small: false }, { language: "en", dark: true, small: true },
    { language: "en", dark: true, small: false }, { language: "zh-CN", dark: false, small: true },
  ]) {
    const name = `${look.language}-${look.dark ? "dark" : "light"}-${look.small ? "small" : "wide"}`;
    test(`its pages are accessible and fit: ${name}`, async () => {
      await withDesk(browser, office, look, async (desk) => {
        const { page } = desk;
        await desk.signIn();
        for (const [what, file] of [["notes", notes], ["lists", lists]]) {
          await desk.visit("/members/imports/new?kind=operations");
          await page.locator("input[type=file]").setInputFiles(file);
          await page.locator(".map-fields").first().waitFor();
          if (what === "notes") await page.locator(".receipt").first().waitFor();
          await page.screenshot({ path: `${SHOTS}goods-files-${what}-${name}.png`, fullPage: true });
          await assertAccessible(page, `${what} ${name}`);
          const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
          assert.ok(over <= 1, `${what} ${name} hangs ${over} px over the edge`);
        }
      });
    });
  }
});
