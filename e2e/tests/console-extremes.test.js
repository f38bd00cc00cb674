// What is not as usual on a screen: the narrowest and the widest, and names of a line and more.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import { Office, withDesk } from "../lib/operator.js";
import { pages } from "../lib/pages.js";
import { openBrowser } from "../lib/phone.js";

const SHOTS = fileURLToPath(new URL("../shots/", import.meta.url));
/** The narrowest phone that is sold, and a screen of 4K that nobody scaled. */
const SIZES = [{ width: 360, height: 740 }, { width: 3840, height: 2160 }];
/** 64 characters without a place to break but between them, as official names are. */
const LONG = "内蒙古自治区呼伦贝尔市鄂温克族自治旗巴彦托海镇伊敏河东岸天然矿泉水源地生态保护与综合开发利用示范基地有限责任公司第一分公司直营旗舰店二〇二六";
const WRITTEN_MS_MAX = 180_000;

describe("extremes", () => {
  let office, browser, organisation;
  before(async () => {
    browser = await openBrowser();
    office = await Office.open();
    assert.ok([...LONG].length >= 60, `${[...LONG].length}`);
    const product = await office.post("/v1/products", { gtin: "6901234567908", sku: "LONG", name: LONG });
    office.product = product;
    office.batch = await office.post("/v1/batches", { product: product.id, lot: "L-2026-03-01-0001-ABCDEFG", items: 48, items_per_case: 24, faces: "outer" });
    await office.post(`/v1/batches/${office.batch.id}/activations`, {});
    organisation = await office.post("/v1/organisations", { kind: "dealer", name: LONG, code: "D-LONG", parent: office.hq.id });
    const units = [{ batch: office.batch.id, level: "case", first: 0, last: 0 }];
    await office.post("/v1/shipments", { to: organisation.id, units });
    office.campaign = await office.post("/v1/campaigns", {
      name: LONG, starts: new Date(Date.now() - 86_400_000).toISOString(), ends: new Date(Date.now() + 30 * 86_400_000).toISOString(),
      prizes: [{ name: LONG.slice(0, 40), weight: 1, reward: { kind: "red_packet", min_fen: 30, max_fen: 188 } }], budget_fen: 100_000,
    });
    await office.post(`/v1/campaigns/${office.campaign.id}/status`, { status: "running" });
    office.draft = await office.post("/v1/campaigns", {
      name: LONG, starts: "2027-01-01T00:00:00Z", ends: "2027-02-01T00:00:00Z", prizes: [{ name: LONG, weight: 1, stock: 5, reward: { kind: "gift" } }],
    });
    const [code] = await office.codes(office.batch.id);
    await office.post("/v1/scans", { code, identifiers: [{ kind: "phone", value: "13810000009" }], claim: true });
    office.long = { code };
  });
  after(async () => {
    await browser?.close();
    await office?.close();
  });

  for (const size of SIZES) {
    for (const language of ["zh-CN", "en"]) {
      test(`every page fits ${size.width} px with names of ${LONG.length} characters: ${language}`, async () => {
        await withDesk(browser, office, { language, size }, async (desk) => {
          await desk.signIn();
          const more = [`/codes/lookup?code=${office.long.code}`, `/trace/lookup?code=${office.long.code}`, `/trace/flows/shipments?receiver=${organisation.id}`, `/campaigns/${office.draft.id}/edit`];
          for (const page of [...pages(office), ...more]) {
            await desk.visit(page);
            const over = await desk.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
            assert.ok(over <= 1, `${page} hangs ${over} px over the edge at ${size.width} px`);
            const name = page.replace(/\?.*/, "").replace(/[^a-z]+/g, "-");
            await desk.page.screenshot({ path: `${SHOTS}extreme${name}-${size.width}-${language}.png` });
          }
          await searched(desk, office.long.code);
        });
      });
    }
  }

  test("a report and an answer are had as files", async () => {
    await withDesk(browser, office, {}, async (desk) => {
      const { page } = desk;
      await desk.signIn();
      await desk.visit("/data/reports?report=scans&by=product");
      const report = await exported(page, "Export", "CSV");
      assert.match(report.name, /^report-.*\.csv$/);
      assert.ok(report.text.includes(`,${LONG},`), report.text);
      await desk.visit("/data/sql");
      await page.getByLabel("SQL statement").fill("SELECT 7 AS seven, '=1+1' AS formula");
      await page.getByRole("button", { name: "Run" }).click();
      await page.getByRole("columnheader", { name: "seven" }).first().waitFor();
      const answer = await exported(page, "Export all rows", "CSV");
      assert.equal(answer.text, "\ufeffseven,formula\r\n7,'=1+1\r\n");
    });
  });
});

/** What can be meant by a code that is typed into the header lies on the screen. */
async function searched(desk, code) {
  const { page } = desk;
  const field = page.getByRole("combobox").first();
  await field.fill(code);
  const list = page.locator("#header-search");
  await list.waitFor();
  const box = await list.boundingBox();
  const { width } = page.viewportSize();
  assert.ok(box.x >= 0 && box.x + box.width <= width + 1, `the list of the search lies at ${JSON.stringify(box)} of ${width} px`);
}

async function exported(page, button, format) {
  await page.getByRole("button", { name: button }).click();
  const download = page.waitForEvent("download", { timeout: WRITTEN_MS_MAX });
  await page.getByRole("menuitem", { name: format }).click();
  const taken = await download;
  return { name: taken.suggestedFilename(), text: Buffer.concat(await (await taken.createReadStream()).toArray()).toString() };
}
