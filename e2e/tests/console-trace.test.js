// A packing line, a dealer and a store: what is recorded at the desk, and the chain that it becomes.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";

import { assertAccessible } from "../lib/axe.js";
import { Office, withDesk } from "../lib/operator.js";
import { openBrowser } from "../lib/phone.js";

const SHOTS = fileURLToPath(new URL("../shots/", import.meta.url));
const SEEN_MS_MAX = 20_000;

describe("the chain of a code", () => {
  let office, browser, batch, items, box, pack, dealer, store, begun;
  before(async () => {
    browser = await openBrowser();
    office = await Office.open();
    batch = await office.post("/v1/batches", {
      product: office.product.id, lot: "L-line", items: 48, items_per_box: 6, items_per_case: 24, cases_per_pallet: 2, association: "on_line", faces: "outer",
    });
    items = await codes("item");
    [box] = await codes("box");
    [pack] = await codes("case");
    dealer = await office.post("/v1/organisations", { kind: "dealer", parent: office.hq.id, name: "恒达商贸", code: "D1" });
    store = await office.post("/v1/organisations", { kind: "store", parent: dealer.id, name: "西溪小超", code: "S1" });
    begun = new Date().toISOString();
  });
  after(async () => {
    await browser?.close();
    await office?.close();
  });

  async function codes(level) {
    const headers = { authorization: `Bearer ${office.server.key}` };
    const got = await fetch(`${office.origin}/v1/batches/${batch.id}/codes?level=${level}&form=code`, { headers });
    return (await got.text()).trim().split("\n");
  }

  test("goods are packed, shipped and received, and every pack leads on", async () => {
    await withDesk(browser, office, {}, async (desk) => {
      const { page } = desk;
      const drawer = page.getByRole("dialog");
      const done = page.getByRole("status").getByText("1 recorded", { exact: true });
      await desk.signIn();
      await desk.visit(`/codes/batches/${batch.id}`);
      await page.getByText("On the line: each pack is scanned").waitFor();

      // As a scanner types: Enter after each code; one is read twice.
      await page.getByRole("button", { name: "Record an operation" }).click();
      await choose(page, "#kind", "Packed");
      await drawer.getByText("Codes", { exact: true }).click();
      await drawer.locator("#pack").click();
      for (const code of [box, ...items.slice(0, 6), items[5]]) {
        await page.keyboard.insertText(code);
        await page.keyboard.press("Enter");
      }
      await drawer.getByText("6 codes · 1 twice, taken once").waitFor();
      await drawer.getByRole("button", { name: "Record", exact: true }).click();
      await done.waitFor();
      assert.equal(await drawer.locator("#codes").inputValue(), "");
      await drawer.locator("#pack").fill(pack);
      await drawer.locator("#codes").fill(box);
      await drawer.getByRole("button", { name: "Record", exact: true }).click();
      await page.getByText("Recorded: 6 items").waitFor();

      await desk.visit(`/codes/lookup?code=${pack}`);
      await page.getByRole("button", { name: "Record an operation" }).click();
      await choose(page, "#kind", "Shipped");
      await choose(page, "#organisation", "恒达商贸");
      await drawer.getByRole("button", { name: "Record", exact: true }).click();
      await done.waitFor();
      await choose(page, "#kind", "Received");
      await choose(page, "#organisation", "西溪小超");
      // The second is none of the brand's: it alone is refused, and stays.
      await drawer.locator("#codes").fill(`${pack}\nNOCODEOFTHISBRAND`);
      await drawer.getByRole("button", { name: "Record", exact: true }).click();
      await page.getByText("Another should have it: 恒达商贸").waitFor();
      await page.getByText("1 refused", { exact: true }).waitFor();
      assert.equal(await drawer.locator("#codes").inputValue(), "NOCODEOFTHISBRAND");
      await look(page, "operation-en");

      await desk.visit(`/codes/lookup?code=${items[2]}`);
      await says(page, ".pack-path li", ["this code", "Box 0", "Case 0"]);
      await says(page, ".chain-what", [
        "this code Packed into Box 0", "Box 0 Packed into Case 0", "Case 0 Shipped to 恒达商贸", "Case 0 Received by 西溪小超",
      ]);
      await look(page, "trace-en");
      await page.getByRole("button", { name: /^Operation/ }).first().click();
      await drawer.getByText("Item 0 to 5").waitFor();
      await page.keyboard.press("Escape");
      await page.locator(".pack-path").getByRole("link", { name: "Case 0" }).click();
      await page.locator(".lookup-known").getByText("Case", { exact: true }).waitFor();
      await says(page, ".chain-what", ["this code Shipped to 恒达商贸", "this code Received by 西溪小超"]);

      await desk.visit(`/codes/lookup?code=${items[2]}&at=${begun}`);
      await page.getByText("The brand itself").waitFor();
      await page.getByText("Nothing was recorded yet").waitFor();

      await desk.visit(`/codes/batches/${batch.id}`);
      await says(page, ".holder", ["The brand itself 42 items 87.5%", "西溪小超 6 items 12.5%"]);
      await look(page, "holders-en");
      await page.getByRole("link", { name: "西溪小超" }).click();
      await drawer.getByText(store.id).waitFor();
    });
  });

  test("the same in Chinese, in the dark and on a narrow screen, with refusals in Chinese", async () => {
    await withDesk(browser, office, { language: "zh-CN", dark: true, small: true }, async (desk) => {
      const { page } = desk;
      const drawer = page.getByRole("dialog");
      await page.setViewportSize({ width: 360, height: 780 });
      await desk.signIn();
      await desk.visit(`/codes/lookup?code=${items[2]}`);
      await says(page, ".chain-what", ["这个码 装进 盒 0", "盒 0 装进 箱 0", "箱 0 发给 恒达商贸", "箱 0 到达 西溪小超"]);
      await look(page, "trace-zh");
      await page.getByRole("button", { name: "登记操作" }).click();
      await choose(page, "#kind", "发货");
      await choose(page, "#organisation", "西溪小超");
      await choose(page, "#sender", "恒达商贸");
      await drawer.getByRole("button", { name: "登记", exact: true }).click();
      await page.getByText("货不在发货方或销毁方手里").waitFor();
      await look(page, "operation-zh");
      await desk.visit(`/codes/batches/${batch.id}`);
      await look(page, "holders-zh");
    });
  });

  test("who may only read sees the chain, and nothing to record", async () => {
    await withDesk(browser, office, {}, async (desk) => {
      await desk.signIn("analyst@brand.example");
      await desk.visit(`/codes/lookup?code=${items[2]}`);
      await desk.page.locator(".chain li").nth(3).waitFor();
      assert.equal(await desk.page.getByRole("button", { name: "Record an operation" }).count(), 0);
      // Who may not print codes is not led to them.
      assert.equal(await desk.page.locator(".pack-path a").count(), 0);
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
async function look(page, name) {
  // Drawers come in slowly, and are looked at when they stand.
  await page.waitForFunction(() => document.getAnimations().every(({ playState }) => playState !== "running"));
  await page.screenshot({ path: `${SHOTS}${name}.png`, fullPage: !name.startsWith("operation") });
  await assertAccessible(page, name);
  const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  assert.ok(over <= 1, `${name} hangs ${over} px over the edge`);
}

async function choose(page, list, option) {
  await page.locator(list).click();
  await page.locator(".ant-select-dropdown:visible .ant-select-item-option").filter({ hasText: option }).first().click();
}
