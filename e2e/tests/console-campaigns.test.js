// Two operators at one draft of a campaign: the second is told what the first did, and loses nothing of what was typed.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import { assertAccessible } from "../lib/axe.js";
import { Office, withDesk } from "../lib/operator.js";
import { openBrowser } from "../lib/phone.js";

const SHOTS = fileURLToPath(new URL("../shots/", import.meta.url));
const WORDS = {
  en: { edit: "Edit", next: "Next", save: "Save", changed: /Somebody else changed this draft meanwhile/, mine: "Save mine over it", theirs: "Go on from theirs" },
  "zh-CN": { edit: /编\s*辑/, next: "下一步", save: /保\s*存/, changed: /其他人刚刚修改了这份草稿/, mine: "用我的覆盖", theirs: "以对方的为准继续" },
};

describe("a draft of a campaign", () => {
  let office, browser;
  before(async () => {
    browser = await openBrowser();
    office = await Office.open();
  });
  after(async () => {
    await browser?.close();
    await office?.close();
  });

  const terms = {
    name: "中秋有礼", starts: "2027-09-01T00:00:00Z", ends: "2027-10-01T00:00:00Z", regions: ["330000"], audience: { tier_at_least: 2 }, caps: { per_person: 3 },
    budget_fen: 100_000, budget_points: 500, fallback: "积分",
    prizes: [
      { name: "红包", weight: 30, reward: { kind: "red_packet", min_fen: 30, max_fen: 188 } }, { name: "积分", weight: 60, reward: { kind: "points", points: 5 } },
      { name: "杯子", weight: 10, stock: 20, reward: { kind: "gift" } },
    ],
  };
  const draft = () => office.post("/v1/campaigns", terms);
  const headers = () => ({ authorization: `Bearer ${office.server.key}` });
  const shown = async (id) => (await fetch(`${office.origin}/v1/campaigns/${id}`, { headers: headers() })).json();
  const balance = async (id) => (await (await fetch(`${office.origin}/v1/balances?owner=${id}&book=budget&unit=CNY`, { headers: headers() })).json()).available;
  /** Somebody else sets the terms anew. */
  const other = async (id, version, changed) => {
    const got = await fetch(`${office.origin}/v1/campaigns/${id}`, {
      method: "PUT", headers: { ...headers(), "content-type": "application/json", "idempotency-key": randomUUID() }, body: JSON.stringify({ version, terms: { ...terms, ...changed } }),
    });
    assert.equal(got.status, 200, await got.text());
  };
  const toTheEnd = async (page, words) => {
    for (let step = 0; step < 3; step += 1) await page.getByRole("button", { name: words.next }).click();
    await page.locator("#budget").waitFor();
  };

  test("what is not touched stays as it was", async () => {
    const { id } = await draft();
    await withDesk(browser, office, {}, async (desk) => {
      const { page } = desk;
      await desk.signIn();
      await desk.visit(`/campaigns/${id}`);
      await page.getByRole("button", { name: "Edit" }).click();
      await page.locator("#name").waitFor();
      await desk.settled();
      await toTheEnd(page, WORDS.en);
      await page.getByRole("button", { name: "Save" }).click();
      await page.waitForURL(`**/campaigns/${id}`);
      const { version, prizes, fallback, ...rest } = await shown(id);
      assert.equal(version, 2);
      assert.deepEqual(prizes.map(({ id: _, ...prize }) => ({ ...prize, stock: prize.stock ?? undefined })), terms.prizes.map((prize) => ({ stock: undefined, ...prize })));
      assert.equal(fallback, prizes[1].id);
      for (const name of ["name", "starts", "ends", "regions", "audience", "budget_fen", "budget_points"]) assert.deepEqual(rest[name], terms[name], name);
      assert.equal(rest.caps.per_person, 3);
    });
  });

  for (const look of [{ language: "en" }, { language: "zh-CN", dark: true, small: true }]) {
    test(`who saves second is told what the first did, and chooses: ${look.language}`, async () => {
      const { id } = await draft();
      const words = WORDS[look.language];
      await withDesk(browser, office, look, async (desk) => {
        const { page } = desk;
        const collide = async (name, yuan, version, changed) => {
          await desk.visit(`/campaigns/${id}`);
          await page.getByRole("button", { name: words.edit }).click();
          await page.locator("#name").fill(name);
          await toTheEnd(page, words);
          await page.locator("#budget").fill(yuan);
          await other(id, version, changed);
          await page.getByRole("button", { name: words.save, exact: true }).click();
          await page.getByText(words.changed).waitFor();
        };
        await desk.signIn();
        await collide("我的中秋", "2000", 1, { name: "对方的中秋", budget_fen: 50_000 });
        const rows = await page.locator(".edit-changed .ant-table-row").evaluateAll((all) => all.map((row) => [...row.cells].slice(1).map((cell) => cell.innerText.trim())));
        assert.deepEqual(rows, [["中秋有礼", "对方的中秋", "我的中秋"], ["¥1,000.00", "¥500.00", "¥2,000.00"]]);
        assert.equal(await page.locator("#budget").inputValue(), "2000");
        await assertAccessible(page, `two at a draft ${look.language}`);
        await page.screenshot({ path: `${SHOTS}draft-changed-${look.language}.png`, fullPage: true });
        await page.getByRole("button", { name: words.mine }).click();
        await page.waitForURL(`**/campaigns/${id}`);
        assert.deepEqual([(await shown(id)).name, (await shown(id)).version, await balance(id)], ["我的中秋", 3, 200_000]);

        await collide("第二次", "3000", 3, { name: "对方第二次", budget_fen: 70_000 });
        await page.getByRole("button", { name: words.theirs }).click();
        await page.locator("#name").waitFor();
        assert.equal(await page.locator("#name").inputValue(), "对方第二次");
        await toTheEnd(page, words);
        assert.equal(await page.locator("#budget").inputValue(), "700.00");
        await page.getByRole("button", { name: words.save }).click();
        await page.waitForURL(`**/campaigns/${id}`);
        assert.deepEqual([(await shown(id)).name, (await shown(id)).version, await balance(id)], ["对方第二次", 5, 70_000]);
      });
    });
  }

  test("nobody starts a draft that became another since they looked, and what has begun is not edited", async () => {
    const { id } = await draft();
    await withDesk(browser, office, {}, async (desk) => {
      const { page } = desk;
      const start = async () => {
        await page.getByRole("button", { name: "Start", exact: true }).click();
        await page.getByRole("dialog").getByRole("button", { name: "Start" }).click();
      };
      await desk.signIn();
      await desk.visit(`/campaigns/${id}`);
      await page.route(`**/v1/campaigns/${id}`, async (route) => {
        // The page asks by itself every few seconds: what it has is held until the first try was made.
        await page.locator(".ant-message-error").waitFor();
        await route.continue();
      });
      await other(id, 1, { name: "换了名字" });
      await start();
      await page.locator(".ant-message-error").getByText("changed meanwhile").waitFor();
      await page.getByRole("heading", { name: "换了名字" }).waitFor();
      await page.unroute(`**/v1/campaigns/${id}`);
      assert.equal((await shown(id)).status, "draft");
      await start();
      await page.getByText("Running", { exact: true }).waitFor();
      assert.equal(await page.getByRole("button", { name: "Edit" }).count(), 0);
      await desk.visit(`/campaigns/${id}/edit`);
      await page.getByText("It has begun").waitFor();
      await desk.visit("/settings/audit");
      await page.getByText("campaign.changed").first().waitFor();
    });
  });
});
