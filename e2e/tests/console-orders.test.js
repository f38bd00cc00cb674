// From a till's file to points in the console: a rule, an import, what an order earned, what a return took back.

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

/** A till's export. The second order's amount is no number; the return is of the first. */
const RECEIPTS = [
  "小票号,时间,门店,手机号,条码,数量,实收金额,优惠,类型,原小票号,收银员",
  "A1,2026-03-01 12:30,S01,13912345670,6901234567892,2,39.80,,销售,,7",
  "A1,2026-03-01 12:30,S01,13912345670,6909876543210,0.355,12.07,1.20,销售,,7",
  "A2,2026-03-01 12:31,S01,,6901234567892,1,19.9x,,销售,,7",
  "R1,2026-03-02 09:00,S01,13912345670,6901234567892,1,19.90,,退货,A1,7",
].join("\n");
const ARTICLES = "商品编码,商品名称,品类,备注\n6901234567892,清泉天然水 500 ml,水,x\n6909876543210,散装瓜子,零食,x";

/** Text in GBK: each of its characters as the two bytes that are decoded to it. */
function gbk(text) {
  const decoder = new TextDecoder("gbk");
  const bytes = new Map();
  for (let first = 0x81; first <= 0xfe; first += 1) {
    for (let second = 0x40; second <= 0xfe; second += 1) bytes.set(decoder.decode(Uint8Array.of(first, second)), [first, second]);
  }
  return Buffer.from([...text].flatMap((sign) => (sign.charCodeAt(0) < 0x80 ? [sign.charCodeAt(0)] : bytes.get(sign))));
}

describe("orders in the console", () => {
  let office, browser, folder, receipts, articles;
  before(async () => {
    browser = await openBrowser();
    office = await Office.open();
    folder = await mkdtemp(path.join(tmpdir(), "tallymark-orders-"));
    receipts = path.join(folder, "小票.csv");
    articles = path.join(folder, "商品.csv");
    await writeFile(receipts, gbk(RECEIPTS));
    await writeFile(articles, gbk(ARTICLES));
    await keepMapping(office, "members-of-shop", { identifiers: [{ column: "手机号", kind: "phone" }] });
  });
  after(async () => {
    await browser?.close();
    await office?.close();
    await rm(folder, { recursive: true, force: true });
  });

  test("a rule for points is made as a draft and started", async () => {
    await withDesk(browser, office, {}, async (desk) => {
      const { page } = desk;
      await desk.signIn();
      await desk.visit("/campaigns");
      await page.getByRole("link", { name: "Points rules" }).click();
      await page.getByRole("button", { name: "New points rule" }).first().click();
      const form = page.getByRole("dialog");
      await form.locator("#name").fill("每满 1 元 1 分");
      await form.locator("#amount").fill("1.005");
      await form.getByRole("button", { name: "New points rule" }).click();
      await form.getByText("A positive amount; decimals: at most 2").waitFor();
      await form.locator("#amount").fill("1");
      await moment(page, form.locator("#starts"), "2026-01-01 00:00");
      await moment(page, form.locator("#ends"), "2027-01-01 00:00");
      await form.getByRole("button", { name: "New points rule" }).click();
      await page.getByText("1 point for every full ¥1.00").waitFor();
      await page.getByRole("button", { name: "Start" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Start" }).click();
      await page.getByRole("cell", { name: "Running" }).waitFor();
    });
  });

  test("a till's file in GBK becomes orders, which earn points, and a return takes them back", async () => {
    await withDesk(browser, office, {}, async (desk) => {
      const { page } = desk;
      await desk.signIn();
      await desk.visit("/channel/orders");
      await page.getByText("No orders yet").waitFor();
      await page.getByRole("link", { name: "Import orders" }).first().click();
      await page.locator("input[type=file]").setInputFiles(receipts);
      // What is proposed is whole but for the source; a name of another kind's mapping is told.
      await page.getByLabel("Source").fill("pos");
      await page.getByLabel("Keep the mapping as").fill("members-of-shop");
      await page.getByText("This name is that of a mapping of another kind (Members): choose another").waitFor();
      assert.ok(await page.getByRole("button", { name: "Keep and look at the rows" }).isDisabled());
      await page.getByLabel("Keep the mapping as").fill("till");
      await page.getByRole("button", { name: "Keep and look at the rows" }).click();
      await page.getByText("Buyers are masked; nothing is kept yet.", { exact: false }).waitFor();
      const seen = page.getByRole("list", { name: "The first orders" }).getByRole("listitem");
      assert.equal(await seen.count(), 2);
      assert.match(words(await seen.nth(0).innerText()), /^A1 .*S01.*Phone .*6901234567892 × 2 ¥39\.80 6909876543210 × 0\.355 ¥12\.07 Taken off ¥1\.20 Paid ¥51\.87$/);
      assert.match(words(await seen.nth(1).innerText()), /^R1 Return .*back from A1.*× −1 −¥19\.90 Paid back −¥19\.90$/);
      assert.equal(await page.getByText("13912345670").count(), 0, "buyers are masked");
      await page.getByText("malformed_number").waitFor();
      await page.getByText("Columns left out: 收银员").waitFor();

      await page.getByRole("button", { name: "Begin the import" }).click();
      await page.waitForURL("**/members/imports/imp_*");
      await page.getByText("Done", { exact: true }).waitFor({ timeout: 60_000 });
      const cards = await page.getByTestId("import").locator(".number-card").allInnerTexts();
      assert.deepEqual(cards.map(words), ["Rows read 4 of 4", "Lines taken 3", "Lines of refused orders 1", "Left out 1 Orders and identifiers of buyers"]);
      await page.getByRole("button", { name: "Download what was left out" }).click();
      const [taken] = await Promise.all([page.waitForEvent("download", { timeout: 60_000 }), page.getByRole("menuitem", { name: "CSV" }).click()]);
      const text = Buffer.concat(await (await taken.createReadStream()).toArray()).toString();
      assert.match(text, /4,实收金额,malformed_number/);
      assert.ok(!text.includes("19.9x"), "no value is told");

      await page.getByRole("link", { name: "See the orders" }).click();
      await page.getByRole("link", { name: "R1" }).waitFor();

      await desk.visit("/members/imports?kind=orders");
      await page.getByRole("link", { name: "小票.csv" }).waitFor();
      await desk.visit("/members/imports?kind=members");
      await page.getByText("小票.csv").waitFor({ state: "detached" });
    });
  });

  test("an order is found by its number, and tells why it moved points and what came back", async () => {
    await withDesk(browser, office, {}, async (desk) => {
      const { page } = desk;
      await desk.signIn();
      await page.getByRole("link", { name: "Channel" }).click();
      await page.getByRole("link", { name: "Orders" }).click();
      await page.getByRole("link", { name: "R1" }).waitFor();
      const rows = page.locator(".ant-table-row");
      const [back, sale] = (await rows.allInnerTexts()).map(words);
      // 51.87 yuan earn 51 points; of what is left, 31.97, 31 would be earned, so 20 go back.
      assert.match(back, /R1 Return pos S01 acc_\w+ −¥19\.90 −20$/);
      assert.match(sale, /A1 pos S01 acc_\w+ ¥51\.87 \+51$/);

      await page.getByLabel("Source").fill("pos");
      await page.getByLabel("Order number").fill("A9");
      await page.getByRole("button", { name: "Open the order" }).click();
      await page.getByText("No order of pos has the number A9").waitFor();
      await page.getByLabel("Order number").fill("A1");
      await page.getByRole("button", { name: "Open the order" }).click();
      await page.getByRole("heading", { name: "A1" }).waitFor();
      const cards = await page.getByTestId("order").locator(".number-card").allInnerTexts();
      assert.deepEqual(cards.map(words), ["Paid ¥51.87", "Taken off ¥1.20", "Points +51", "Came back −¥19.90 −20 points"]);
      // The name of the rule comes with a list of its own.
      await page.getByTestId("why").getByText("每满 1 元 1 分").first().waitFor();
      assert.equal(words(await page.getByTestId("why").innerText()), "每满 1 元 1 分 1 point for every full ¥1.00 +51 points");
      assert.deepEqual((await rows.allInnerTexts()).map(words), ["6901234567892 2 – ¥39.80", "6909876543210 0.355 ¥1.20 ¥12.07"]);
      await page.getByRole("link", { name: /^per_/ }).click();
      await page.waitForURL("**/members/people/per_*");

      await desk.visit("/channel/orders");
      await page.getByRole("link", { name: "R1" }).click();
      await page.getByText("All points go back beyond", { exact: false }).waitFor();
      assert.match(words(await page.getByTestId("why").innerText()), /^Taken from acc_\w+ −20 points$/);
      await page.getByRole("link", { name: "A1" }).click();
      await page.getByRole("heading", { name: "A1" }).waitFor();
      assert.match((await office.server.verify()).stdout, /0 discrepancies/);
    });
  });

  test("what is sold is imported by its own kind of mapping", async () => {
    await withDesk(browser, office, {}, async (desk) => {
      const { page } = desk;
      await desk.signIn();
      await desk.visit("/members/imports");
      await page.getByRole("button", { name: "Import a file" }).first().click();
      await page.getByRole("link", { name: "Import articles" }).click();
      await page.locator("input[type=file]").setInputFiles(articles);
      await page.getByRole("button", { name: "Keep and look at the rows" }).click();
      await page.getByText("Columns left out: 备注").waitFor();
      await page.getByRole("cell", { name: "清泉天然水 500 ml" }).waitFor();
      await page.getByRole("button", { name: "Begin the import" }).click();
      await page.waitForURL("**/members/imports/imp_*");
      await page.getByText("Done", { exact: true }).waitFor({ timeout: 60_000 });
      const cards = await page.getByTestId("import").locator(".number-card").allInnerTexts();
      assert.deepEqual(cards.map(words).slice(1, 3), ["Articles taken 2", "Rows refused 0"]);
      await desk.visit("/members/imports/new?kind=articles");
      await page.getByRole("combobox", { name: "Mapping" }).click();
      const offered = await page.locator(".ant-select-dropdown:visible .ant-select-item-option").allInnerTexts();
      assert.deepEqual(offered, ["articles (version 1)"], "mappings of other kinds are not offered");
    });
  });

  test("a rule is paused, and ended once it was asked for twice", async () => {
    await withDesk(browser, office, {}, async (desk) => {
      const { page } = desk;
      await desk.signIn();
      await desk.visit("/campaigns/points-rules");
      await page.getByRole("button", { name: "Pause" }).click();
      await page.getByRole("cell", { name: "Paused" }).waitFor();
      await page.getByRole("button", { name: "End" }).click();
      await page.getByRole("dialog").getByText("It cannot be started again", { exact: false }).waitFor();
      await page.getByRole("dialog").getByRole("button", { name: "Cancel" }).click();
      await page.getByRole("button", { name: "Resume" }).click();
      await page.getByRole("cell", { name: "Running" }).waitFor();
      await page.getByRole("button", { name: "End" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "End" }).click();
      await page.getByRole("cell", { name: "Ended" }).waitFor();
      assert.equal(await page.getByRole("button", { name: "End" }).count(), 0);
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
        const check = async (what) => {
          await page.screenshot({ path: `${SHOTS}orders-${what}-${name}.png`, fullPage: true });
          await assertAccessible(page, `${what} ${name}`);
          const over = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
          assert.ok(over <= 1, `${what} ${name} hangs ${over} px over the edge`);
        };
        await desk.signIn();
        const isChinese = look.language === "zh-CN";
        await desk.visit("/channel/orders/ord_0000000000000");
        await page.getByRole("alert").getByText(isChinese ? "没有这个订单" : "there is no order ord_0000000000000", { exact: true }).first().waitFor();
        await check("missing");
        await desk.visit("/channel/orders");
        await page.locator(".ant-table-row").first().waitFor();
        await check("list");
        for (const number of ["A1", "R1"]) {
          await desk.visit("/channel/orders");
          await page.getByRole("link", { name: number }).click();
          await page.getByTestId("order").waitFor();
          await desk.settled();
          await check(number);
        }
        for (const [kind, file] of [["orders", receipts], ["articles", articles]]) {
          await desk.visit(`/members/imports/new?kind=${kind}`);
          await page.locator("input[type=file]").setInputFiles(file);
          await page.locator(".map-fields").first().waitFor();
          await page.locator(kind === "orders" ? ".receipt" : ".ant-table-row").first().waitFor();
          if (kind === "orders") await page.getByText(isChinese ? "不是数字：只写数字和小数点" : "that is no number", { exact: false }).waitFor();
          await check(`import-${kind}`);
        }
        await desk.visit("/members/imports?kind=orders");
        await page.getByRole("link", { name: "小票.csv" }).click();
        await page.getByTestId("import").waitFor();
        await check("run");
        await desk.visit("/campaigns/points-rules");
        await page.locator(".ant-table-row").first().waitFor();
        await check("rules");
        await page.locator(".page-head button").click();
        await page.locator(".ant-drawer #name").waitFor();
        await check("rule-new");
      });
    });
  }
});

/** What is read on a part of a page, with one blank between its words. */
const words = (text) => text.replace(/\s+/g, " ").trim();

async function keepMapping(office, name, mapping) {
  const got = await fetch(`${office.origin}/v1/imports/mappings/${name}`, {
    method: "PUT", headers: { "content-type": "application/json", authorization: `Bearer ${office.server.key}` }, body: JSON.stringify(mapping),
  });
  assert.ok(got.ok, await got.text());
}

async function moment(page, field, text) {
  await field.click();
  await field.fill(text);
  await page.keyboard.press("Enter");
}
