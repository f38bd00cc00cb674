// Work that is interrupted: a server that restarts in the middle of it, a session that ends, and a page that tells how the
// installation is meanwhile.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import { assertAccessible } from "../lib/axe.js";
import { Office, PASSWORD, withDesk } from "../lib/operator.js";
import { openBrowser } from "../lib/phone.js";

const SHOTS = fileURLToPath(new URL("../shots/", import.meta.url));
/** Long enough for a restart to come in the middle of them, in a debug build as well. */
const ROWS = 20_000;
const WRITTEN_MS_MAX = 180_000;
const NAME = "中秋扫码有礼";

describe("interruptions", () => {
  let office, browser;
  before(async () => {
    browser = await openBrowser();
    office = await Office.open();
  });
  after(async () => {
    await browser?.close();
    await office?.close();
  });

  test("an import and an export go on when the server restarts, and the page that is open shows it", async () => {
    const passes = /ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE|ERR_INCOMPLETE_CHUNKED_ENCODING|ERR_NETWORK/;
    await withDesk(browser, office, { passes }, async (desk) => {
      const { page } = desk;
      await desk.signIn();
      const begun = await imported(office);
      await desk.visit(`/members/imports/${begun.id}`);
      await until(async () => (await got(office, `/v1/imports/${begun.id}`)).rows_read > 0);
      await office.server.restart();
      assert.notEqual((await got(office, `/v1/imports/${begun.id}`)).state, "done", "the restart came too late to tell");
      await page.getByText("Done", { exact: true }).waitFor({ timeout: WRITTEN_MS_MAX });
      assert.equal((await got(office, `/v1/imports/${begun.id}`)).rows_accepted, ROWS);

      await desk.visit("/members/people");
      await page.getByRole("button", { name: "Export" }).click();
      const download = page.waitForEvent("download", { timeout: WRITTEN_MS_MAX });
      await page.getByRole("menuitem", { name: "CSV" }).click();
      await page.getByRole("button", { name: "Cancel the export" }).waitFor();
      await office.server.restart();
      const text = Buffer.concat(await (await (await download).createReadStream()).toArray()).toString();
      // The heading, the rows of the file, and those who were there.
      const people = await got(office, "/v1/people?count=true");
      assert.ok(people.count.number >= ROWS || !people.count.exact, JSON.stringify(people.count));
      assert.ok(text.trim().split("\n").length > ROWS, `${text.trim().split("\n").length}`);
    });
  });

  test("a session that ends in the middle of the wizard loses nothing of it", async () => {
    await withDesk(browser, office, {}, async (desk) => {
      const { page } = desk;
      await desk.signIn();
      await desk.visit("/campaigns/new");
      await page.locator("#name").fill(NAME);
      await page.locator("#time").fill("2026-01-01 00:00");
      await page.keyboard.press("Enter");
      await page.keyboard.type("2027-12-31 23:59");
      await page.keyboard.press("Enter");
      await page.getByRole("button", { name: "Next" }).click();
      await page.locator("#regions").waitFor();
      await page.getByRole("button", { name: "Next" }).click();
      await page.locator("#prizes_0_name").fill("红包");
      await page.locator("#prizes_0_min").fill("1.88");
      await page.locator("#prizes_0_max").fill("1.88");
      await page.getByRole("button", { name: /Remove the prize/ }).last().click();
      await page.getByRole("button", { name: "Next" }).click();
      await page.locator("#budget").fill("1000");
      await desk.context.clearCookies();
      await page.getByRole("button", { name: "Make the draft" }).click();
      const again = page.getByRole("dialog", { name: "Your session has ended" });
      await again.locator("#again_password").fill(PASSWORD);
      await again.getByRole("button", { name: "Sign in" }).click();
      await again.waitFor({ state: "hidden" });
      assert.equal(await page.locator("#budget").inputValue(), "1000");
      await page.getByRole("button", { name: "Make the draft" }).click();
      await page.waitForURL("**/campaigns/cam_*");
      await page.getByRole("heading", { name: NAME }).waitFor();
    });
  });

  test("the installation's health is told with what to do, and changes while somebody looks", async () => {
    for (const look of [{ language: "zh-CN" }, { language: "en", dark: true, small: true }]) {
      await withDesk(browser, office, look, async (desk) => {
        const { page } = desk;
        await desk.signIn();
        await desk.visit("/settings/health");
        const backups = page.locator("[data-check=backups]");
        await backups.getByText(look.language === "en" ? "Attention" : "留意", { exact: true }).waitFor();
        await backups.getByText("--backups").waitFor();
        await page.locator("[data-check=database]").getByText("SQLite").waitFor();
        const at = page.locator("time[datetime]").first();
        const before = await at.getAttribute("datetime");
        await page.waitForFunction((seen) => document.querySelector("time[datetime]").dateTime !== seen, before);
        await assertAccessible(page, `health ${look.language}`);
        await page.screenshot({ path: `${SHOTS}health-${look.language}.png`, fullPage: true });
        // From a line to where one acts.
        await page.locator("[data-check=jobs]").getByRole("link").click();
        await page.locator(".ant-drawer-open").waitFor();
        await page.keyboard.press("Escape");
        await page.locator(".ant-drawer-open").waitFor({ state: "detached" });
        assert.ok(!page.url().includes("#"), page.url());
        await page.locator("[data-check=webhooks]").getByRole("link").click();
        await page.waitForURL("**/settings/webhooks");
      });
    }
    // Without a backup in its folder something is wrong, and Home says so to whoever can put it right.
    const folder = await mkdtemp(path.join(tmpdir(), "tallymark-backups-"));
    office.server.environment.TALLYMARK_BACKUPS = folder;
    await office.server.restart();
    await withDesk(browser, office, {}, async (desk) => {
      const { page } = desk;
      await desk.signIn();
      await page.getByRole("link", { name: /about the installation ha(s|ve) to be put right/ }).click();
      await page.waitForURL("**/settings/health");
      await page.locator("[data-check=backups]").getByText("Bad", { exact: true }).waitFor();
      await page.getByText(/there is none in the folder of backups/i).waitFor();
      await page.getByRole("status").getByText("Something has to be put right").waitFor();
    });
    await rm(folder, { recursive: true });
    await withDesk(browser, office, {}, async (desk) => {
      await desk.signIn("analyst@brand.example");
      assert.equal(await desk.page.getByRole("link", { name: "System health" }).count(), 0);
    });
  });
});

/** Begins an import of many members. */
async function imported(office) {
  const headers = { authorization: `Bearer ${office.server.key}` };
  const mapping = { identifiers: [{ column: "card", kind: "card" }] };
  const put = await fetch(`${office.origin}/v1/imports/mappings/cards`, {
    method: "PUT", headers: { ...headers, "content-type": "application/json" }, body: JSON.stringify(mapping),
  });
  assert.ok(put.ok, await put.text());
  const rows = Array.from({ length: ROWS }, (_, n) => `C${String(n).padStart(8, "0")}`);
  const query = "mapping=cards&source=till&name=members.csv";
  const sent = await fetch(`${office.origin}/v1/imports/members?${query}`, { method: "POST", headers, body: `card\n${rows.join("\n")}\n` });
  const said = await sent.text();
  assert.ok(sent.ok, said);
  return JSON.parse(said);
}

async function got(office, path) {
  return (await fetch(office.origin + path, { headers: { authorization: `Bearer ${office.server.key}` } })).json();
}

async function until(isSo) {
  const deadline = Date.now() + WRITTEN_MS_MAX;
  while (!(await isSo())) {
    assert.ok(Date.now() < deadline, "it did not come in time");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
