// Where goods went: the flow map and the shipments behind each of its numbers, operations, exceptions, a code or a lot that is
// traced; where GS1 keys lead; what a person bought and what is known of the articles.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";

import { assertAccessible } from "../lib/axe.js";
import { Office, PHONE_OF_LI, withDesk } from "../lib/operator.js";
import { openBrowser } from "../lib/phone.js";

const SHOTS = fileURLToPath(new URL("../shots/", import.meta.url));
const SEEN_MS_MAX = 20_000;

describe("where goods went", () => {
  let office, browser, batch, dealer, store, shipped;
  before(async () => {
    browser = await openBrowser();
    office = await Office.open();
    batch = await office.post("/v1/batches", { product: office.product.id, lot: "L-flow", items: 96, items_per_case: 24, faces: "outer" });
    const organisation = (kind, parent, name, code, adcode) => office.post("/v1/organisations", { kind, parent, name, code, adcode });
    dealer = await organisation("dealer", office.hq.id, "恒达商贸", "D1", "330100");
    store = await organisation("store", dealer.id, "秦淮小超", "S1", "320104");
    const cases = (first, last) => ({ batch: batch.id, level: "case", first, last });
    const done = await office.post("/v1/operations", {
      operations: [
        { kind: "ship", to: dealer.id, codes: [cases(0, 2)] },
        { kind: "ship", to: store.id, codes: [cases(0, 0)] },
        { kind: "ship", to: store.id, codes: [cases(1, 1)] },
        // It was sent to nobody.
        { kind: "receive", by: store.id, codes: [cases(3, 3)] },
      ],
    });
    shipped = done.outcomes[2].done.id;
    await put("/v1/articles", {
      articles: [{ code: "6901", name: "鲜牛奶 950 ml", department: "乳品", category: "鲜奶", brand: "清泉" }, { code: "6902", name: "全麦面包", department: "烘焙" }],
    });
    const sale = (number, amount) => ({
      number, currency: "CNY", at: new Date(Date.now() - 3600_000).toISOString(), shop: "S01", buyer: [{ kind: "phone", value: PHONE_OF_LI }],
      lines: [{ article: "6901", quantity: 1000, amount }],
    });
    await office.post("/v1/orders", { source: "pos", orders: [sale("T-1", 1290), sale("T-2", 2580)] });
  });
  after(async () => {
    await browser?.close();
    await office?.close();
  });

  async function put(path, body) {
    const headers = { "content-type": "application/json", authorization: `Bearer ${office.server.key}` };
    const got = await fetch(office.origin + path, { method: "PUT", headers, body: JSON.stringify(body) });
    assert.equal(got.status, 200, await got.text());
  }

  test("each number of the map opens the shipments that it is the sum of", async () => {
    await withDesk(browser, office, {}, async (desk) => {
      const { page } = desk;
      await desk.signIn();
      await desk.visit("/trace");
      // 72 items to the dealer in Zhejiang from the brand, 48 of them on to Jiangsu.
      await says(page, "[data-testid=flows] .number-value", ["120", "72", "48", "2"]);
      await page.locator(".tile", { hasText: "Jiangsu" }).click();
      await page.getByRole("heading", { name: "Received in Jiangsu" }).waitFor();
      await look(page, "flows-en");
      await page.getByRole("link", { name: "48 items from 恒达商贸 to 秦淮小超" }).click();
      await page.getByTestId("count").getByText("2 items").or(page.getByTestId("count").getByText("2")).first().waitFor();
      const items = (await page.locator("tbody tr.ant-table-row td:nth-child(5)").allInnerTexts()).map(Number);
      assert.deepEqual(items, [24, 24]);
      await look(page, "flow-shipments-en");
      await page.getByRole("button", { name: /Operation opr_/ }).first().click();
      await page.getByRole("dialog").getByText("Case 1").waitFor();
      await page.keyboard.press("Escape");

      await desk.visit("/trace/operations");
      assert.equal(await page.locator("tbody tr.ant-table-row").count(), 4);
      await choose(page, page.getByLabel("What", { exact: true }), "Received");
      await page.waitForFunction(() => document.querySelectorAll("tbody tr.ant-table-row").length === 1);
      await desk.visit(`/trace/operations?batch=${batch.id}&organisation=${dealer.id}`);
      await says(page, "tbody tr.ant-table-row td:nth-child(6)", ["72"]);
      await desk.visit("/trace/operations");
      await look(page, "operations-en");

      await desk.visit("/trace/exceptions");
      await page.getByText("Sent to nobody", { exact: true }).waitFor();
      await look(page, "exceptions-en");
      await page.locator("tbody").getByRole("link", { name: "Case 3" }).click();
      await says(page, ".chain-what", ["this code Received by 秦淮小超"]);
    });
  });

  test("a code tells its chain and a lot who has it; the field of the head finds both, and operations", async () => {
    await withDesk(browser, office, {}, async (desk) => {
      const { page } = desk;
      await desk.signIn();
      const [, code] = await office.codes(batch.id);
      await desk.visit("/trace/lookup");
      await page.locator("#text").fill(`${office.origin}/C/${code}`);
      await page.keyboard.press("Enter");
      await says(page, ".chain-what", ["Case 0 Shipped to 恒达商贸", "Case 0 Shipped to 秦淮小超"]);
      await look(page, "trace-code-en");
      await page.locator("#text").fill("l-flow");
      await page.keyboard.press("Enter");
      await says(page, ".holder", ["秦淮小超 72 items 75.0%", "恒达商贸 24 items 25.0%"]);
      await look(page, "trace-lot-en");
      const file = page.waitForEvent("download");
      await page.getByRole("button", { name: "Export" }).click();
      await page.getByRole("menuitem", { name: /CSV/ }).click();
      assert.match((await file).suggestedFilename(), /^batch_holders-.*\.csv$/);
      await page.locator("#text").fill("NOCODE");
      await page.keyboard.press("Enter");
      await page.getByText("No code and no lot of this brand").waitFor();

      const head = page.getByRole("combobox", { name: "Search everything" });
      await head.fill(shipped);
      await page.keyboard.press("Enter");
      await page.getByRole("dialog").getByText("Case 1").waitFor();
      await page.keyboard.press("Escape");
      // A drawer that goes gives the focus back to where it was.
      await page.locator(".ant-drawer-open").waitFor({ state: "detached" });
      await head.fill("L-flow");
      await page.getByRole("option", { name: /^Batches by lot/ }).click();
      await page.getByRole("heading", { name: "Code batches" }).waitFor();
      await page.getByRole("link", { name: "L-flow", exact: true }).waitFor();
    });
  });

  test("a product's bar code leads where somebody says, at once", async () => {
    await withDesk(browser, office, {}, async (desk) => {
      const { page } = desk;
      const drawer = page.getByRole("dialog");
      await desk.signIn();
      await desk.visit("/codes/links");
      await page.getByRole("button", { name: "Add a link" }).first().click();
      await choose(page, drawer.locator("#gtin"), office.product.name);
      await drawer.locator("#target").fill("https://www.brand.example/water");
      await drawer.locator("#title").fill("清泉天然水");
      await choose(page, drawer.locator("#default_use"), "Default");
      await look(page, "link-form-en", false);
      await drawer.getByRole("button", { name: "Save" }).click();
      await page.getByRole("link", { name: "清泉天然水", exact: true }).waitFor();
      await look(page, "links-en");
      const led = await fetch(`${office.origin}/01/0${office.product.gtin.replace(/^0+/, "")}/10/ANY`, { redirect: "manual" });
      assert.deepEqual([led.status, led.headers.get("location")], [307, "https://www.brand.example/water"]);
      await page.getByRole("button", { name: /^Resolve/ }).click();
      await drawer.getByText("Product information").waitFor();
      await drawer.getByText("Of this very key").waitFor();
      await look(page, "link-resolves-en", false);
      await page.keyboard.press("Escape");
      await page.getByRole("button", { name: /^Edit/ }).click();
      await drawer.locator("#title").fill("Water");
      await drawer.getByRole("button", { name: "Save" }).click();
      await page.getByRole("link", { name: "Water", exact: true }).waitFor();
      await page.getByRole("button", { name: /^Remove/ }).click();
      await page.getByRole("dialog", { name: /Remove/ }).getByRole("button", { name: "Remove" }).click();
      await page.getByText("No links yet").waitFor();
    });
  });

  test("a lot is called back: phones say so at once, until it is lifted", async () => {
    const [code] = await office.codes(batch.id);
    await office.post(`/v1/batches/${batch.id}/activations`, {});
    await withDesk(browser, office, {}, async (desk) => {
      const { page } = desk;
      const drawer = page.getByRole("dialog");
      await desk.signIn();
      await desk.visit("/trace/lookup?text=L-flow");
      await page.getByRole("link", { name: "Call this batch back" }).click();
      await drawer.getByRole("button", { name: "How many, and who has them?" }).click();
      await drawer.getByText("96 items of 1 batch").waitFor();
      await drawer.locator("#texts_zh-CN_message").fill("瓶盖可能漏气");
      await drawer.locator("#texts_zh-CN_instructions").fill("请到任何门店退货。");
      await drawer.locator("#texts_en_message").fill("The cap may leak");
      await drawer.locator("#texts_en_instructions").fill("Bring it back to any store.");
      await drawer.locator("#reason").fill("complaint 17");
      await look(page, "recall-form-en", false);
      await drawer.getByRole("button", { name: "Call goods back" }).click();
      await page.getByRole("dialog", { name: "Call 96 items back?" }).getByRole("button", { name: "Call goods back" }).click();
      await page.getByRole("heading", { name: "The cap may leak" }).waitFor();
      await desk.settled();
      const phone = await fetch(`${office.origin}/C/${code}`, { headers: { "accept-language": "en", "user-agent": "Mozilla/5.0 (Linux; Android 15; K) Mobile Safari/537.36" } });
      const said = await phone.text();
      assert.ok(said.includes("The cap may leak") && said.includes("Bring it back to any store."), said.slice(0, 400));
      await says(page, "[data-testid=recall] .number-value", ["96", "96", "1"]);
      await look(page, "recall-en");
      await page.getByRole("button", { name: "Lift" }).click();
      await drawer.locator("#reason").fill("the caps are tight");
      await drawer.getByRole("button", { name: "Lift" }).click();
      await page.getByRole("heading", { name: /Lifted/ }).waitFor();
      await desk.visit("/trace/recalls");
      await page.getByRole("link", { name: "The cap may leak" }).waitFor();
      await look(page, "recalls-en");
    });
  });

  test("a person's page shows what they bought, and an order's lines lead to their articles", async () => {
    await withDesk(browser, office, {}, async (desk) => {
      const { page } = desk;
      await desk.signIn();
      await desk.visit(`/members/people/${office.li.id}?tab=orders`);
      await says(page, "tbody tr.ant-table-row td:nth-child(2)", ["T-2", "T-1"]);
      await look(page, "person-orders-en");
      await page.getByRole("link", { name: "T-2" }).click();
      await page.getByRole("link", { name: "6901" }).click();
      await says(page, "tbody tr.ant-table-row td:nth-child(2)", ["鲜牛奶 950 ml"]);
      await desk.visit("/codes/articles");
      await page.getByRole("searchbox").fill("面包");
      await page.keyboard.press("Enter");
      await says(page, "tbody tr.ant-table-row td:nth-child(1)", ["6902"]);
      await desk.visit("/codes/articles");
      await page.getByRole("button", { name: "Only Department 乳品" }).click();
      await says(page, "tbody tr.ant-table-row td:nth-child(1)", ["6901"]);
      await look(page, "articles-en");
    });
  });

  test("the same in Chinese, in the dark and on a phone", async () => {
    await withDesk(browser, office, { language: "zh-CN", dark: true, small: true }, async (desk) => {
      const { page } = desk;
      await desk.signIn();
      await desk.visit("/trace/flows?province=330000");
      await page.getByRole("heading", { name: "浙江收到的货" }).waitFor();
      await look(page, "flows-zh");
      for (const [path, name] of [
        ["/trace/flows/shipments", "flow-shipments-zh"], ["/trace/operations", "operations-zh"], ["/trace/exceptions", "exceptions-zh"],
        ["/trace/lookup?text=L-flow", "trace-lot-zh"], ["/trace/recalls", "recalls-zh"], ["/trace/recalls?new=", "recall-form-zh"], ["/codes/links", "links-zh"], ["/codes/articles", "articles-zh"],
        [`/members/people/${office.li.id}?tab=orders`, "person-orders-zh"],
      ]) {
        await desk.visit(path);
        await look(page, name);
      }
    });
  });
});

const oneLine = (text) => text.replace(/\s+/g, " ").trim();

/** Waits until lines say so: names come after what they name. */
async function says(page, lines, expected) {
  const deadline = Date.now() + SEEN_MS_MAX;
  for (;;) {
    const told = (await page.locator(lines).allInnerTexts()).map(oneLine);
    if (isDeepStrictEqual(told, expected) || Date.now() > deadline) return assert.deepEqual(told, expected);
    await page.waitForTimeout(50);
  }
}

/** Keeps a picture, and has axe look at what is there; nothing hangs over the edge. */
async function look(page, name, fullPage = true) {
  await page.waitForFunction(() => document.getAnimations().every(({ playState }) => playState !== "running"));
  await page.screenshot({ path: `${SHOTS}${name}.png`, fullPage });
  await assertAccessible(page, name);
  const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok(over <= 1, `${name} hangs ${over} px over the edge`);
}

async function choose(page, list, option) {
  await list.click();
  await page.locator(".ant-select-dropdown:visible .ant-select-item-option").filter({ hasText: option }).first().click();
}
