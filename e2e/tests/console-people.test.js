// From a file to people in the console, and from people that may be one to one person.

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";

import { Office, withDesk } from "../lib/operator.js";
import { openBrowser } from "../lib/phone.js";

/** Each of two people twice: by the card of the shop, and as the web shop knows them. */
const TWICE = [
  ["欧阳娜娜", "1992-03-08", "广东省深圳市南山区科技路18号"],
  ["歐陽 娜娜", "1992/3/8", "深圳市南山区科技路18号"],
  ["司马相如", "1971-12-30", "四川省成都市武侯区琴台路5号"],
  ["司马 相如", "1971年12月30日", "成都市武侯区琴台路5号"],
];
/** From whom it is learned how strangers agree. */
const NEIGHBOURS = 120;

/** The n-th neighbour. The steps have no common divisor with the numbers of names and days. */
function neighbour(n) {
  const nth = (all, at) => [...all][at % [...all].length];
  const [surnames, given, places] = ["王李张刘陈杨黄赵吴周徐孙马", "伟芳敏静强磊军洋勇艳杰涛明超秀霞平", "东西南北中江河湖海城"];
  const two = (number) => String(number).padStart(2, "0");
  return [
    nth(surnames, n) + nth(given, n * 5) + nth(given, n * 11 + 3),
    `${1950 + ((n * 7) % 53)}-${two(1 + ((n * 5) % 12))}-${two(1 + ((n * 11) % 28))}`,
    `${nth(places, n)}${nth(places, n * 3 + 1)}市${nth(places, n * 7)}山区${nth(places, Math.floor(n / 3))}平路${1 + ((n * 13) % 97)}号`,
  ];
}

/** A shop's export. The last row has no card: nobody can be known by it. */
function members() {
  const people = [...TWICE, ...Array.from({ length: NEIGHBOURS }, (_, n) => neighbour(n))];
  const rows = people.map(([name, born, address], n) => [`CARD${String(n).padStart(5, "0")}`, name, born, address, n % 2 ? "是" : "否", "x"]);
  return ["会员卡号,姓名,生日,地址,同意营销,备注", ...rows.map((row) => row.join(",")), ",无名氏,1990-01-01,,是,x"].join("\n");
}

describe("people of files in the console", () => {
  let office, browser, folder, file;
  before(async () => {
    browser = await openBrowser();
    office = await Office.open();
    folder = await mkdtemp(path.join(tmpdir(), "tallymark-members-"));
    file = path.join(folder, "会员 2026.csv");
    await writeFile(file, members());
  });
  after(async () => {
    await browser?.close();
    await office?.close();
    await rm(folder, { recursive: true, force: true });
  });

  test("a file is looked at, mapped, imported once, and what was left out is told", async () => {
    await withDesk(browser, office, {}, async (desk) => {
      const { page } = desk;
      await desk.signIn();
      await desk.visit("/members/imports");
      await page.getByRole("button", { name: "Import a file" }).first().click();
      await page.getByRole("link", { name: "Import members" }).click();
      await page.locator("input[type=file]").setInputFiles(file);
      // The mapping that is proposed, with what nobody can guess.
      await page.getByLabel("What “同意营销” means").waitFor();
      await choose(page, "What “同意营销” means", "Consent");
      await page.getByLabel("Keep the mapping as").fill("shop");
      await page.getByRole("button", { name: "Keep and look at the rows" }).click();
      await page.getByText("Values are masked; nothing is kept yet").waitFor();
      await page.getByText("Columns left out: 备注").waitFor();
      assert.equal(await page.getByText("欧阳娜娜").count(), 0, "values are masked");
      await page.getByRole("button", { name: "Begin the import" }).click();
      await page.waitForURL("**/members/imports/imp_*");
      await page.getByText("Done", { exact: true }).waitFor({ timeout: 60_000 });
      const numbers = await page.getByTestId("import").locator(".number-value").allInnerTexts();
      assert.deepEqual(numbers, ["125", "124", "1", "0", "1"]);

      await page.getByRole("button", { name: "Download what was left out" }).click();
      const [taken] = await Promise.all([page.waitForEvent("download", { timeout: 60_000 }), page.getByRole("menuitem", { name: "CSV" }).click()]);
      const text = await (await taken.createReadStream()).toArray().then((parts) => Buffer.concat(parts).toString());
      assert.match(text, /126,.*no_identifier/);
      assert.ok(!text.includes("无名氏"), "no value is told");

      await desk.visit("/members/imports/new");
      await choose(page, "Mapping", /^shop/);
      await page.locator("input[type=file]").setInputFiles(file);
      await page.getByRole("button", { name: "Begin the import" }).click();
      await page.locator(".ant-modal-confirm-title").getByText("This file was imported already").waitFor();
      await page.getByRole("button", { name: "Open that import" }).click();
      await page.waitForURL("**/members/imports/imp_*");
    });
  });

  test("two records of one person are found, reviewed, joined and refused", async () => {
    await withDesk(browser, office, {}, async (desk) => {
      const { page } = desk;
      await desk.signIn();
      await desk.visit("/members/proposals");
      await page.getByRole("button", { name: "Search everybody" }).first().click();
      await page.getByRole("dialog").getByRole("button", { name: "Search everybody" }).click();
      await page.getByTestId("search-told").waitFor({ timeout: 60_000 });
      await page.getByRole("link", { name: "Review" }).first().click();
      await page.waitForURL("**/members/proposals/prp_*");
      await page.getByText("Birthday").first().waitFor();
      await page.getByRole("button", { name: "They are one" }).click();
      await page.getByRole("dialog").getByRole("button", { name: "They are one" }).click();
      await page.getByText("Both are one person by now.").waitFor();

      await desk.visit("/members/proposals");
      await page.getByRole("link", { name: "Review" }).first().click();
      await page.getByRole("button", { name: "They are two" }).click();
      await page.getByRole("dialog").locator("#reason").fill("father and son");
      await page.getByRole("dialog").getByRole("button", { name: "They are two" }).click();
      await page.getByText("father and son").waitFor();
      await desk.visit("/members/proposals?state=refused");
      await page.getByRole("link", { name: "Review" }).first().waitFor();
    });
  });
});

/** Takes an option of a list that is named by its label. */
async function choose(page, label, option) {
  await page.getByRole("combobox", { name: label }).click();
  await page.locator(".ant-select-dropdown:visible .ant-select-item-option").filter({ hasText: option }).first().click();
}
