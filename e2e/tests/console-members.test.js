// Members in the console: from an identifier to the person, what a change would do before it is done, and what could not
// be read.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { Office, PHONE_OF_LI, withDesk } from "../lib/operator.js";
import { openBrowser } from "../lib/phone.js";

describe("members in the console", () => {
  let office, browser;
  before(async () => {
    browser = await openBrowser();
    office = await Office.open();
  });
  after(async () => {
    await browser?.close();
    await office?.close();
  });

  test("a phone leads to a masked portrait, and a reason to the whole values", async () => {
    await withDesk(browser, office, {}, async (desk) => {
      const { page } = desk;
      await desk.signIn();
      await desk.visit("/members/search");
      await page.locator("#value").fill(PHONE_OF_LI);
      await page.getByRole("button", { name: "Find", exact: true }).click();
      await page.waitForURL(`**/members/people/${office.li.id}`);
      await page.getByText("138****0000").first().waitFor();
      await page.getByText("Contradicts", { exact: true }).waitFor();
      assert.equal(await page.getByText("李雷").count(), 0);

      await page.getByRole("button", { name: "Show whole values" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.getByRole("button", { name: "Show whole values" }).click();
      await dialog.getByText("Say why").first().waitFor();
      await dialog.locator("#reason").fill("a call about order 7");
      await dialog.getByRole("button", { name: "Show whole values" }).click();
      await page.getByText("+8613810000000").waitFor();
      await page.getByText("李雷").waitFor();

      await page.getByRole("tab", { name: "Changes and deeds" }).click();
      await page.getByText("Whole values were shown").waitFor();
      await page.getByText("a call about order 7").waitFor();
      await page.getByRole("button", { name: "Mask again" }).click();
      await page.getByRole("tab", { name: "Portrait" }).click();
      await page.getByText("138****0000").first().waitFor();
      assert.equal(await page.getByText("+8613810000000").count(), 0);
    });
  });

  test("parting is shown before it is done, and is undone", async () => {
    await withDesk(browser, office, {}, async (desk) => {
      const { page } = desk;
      await desk.signIn();
      await desk.visit(`/members/people/${office.li.id}?tab=identity`);
      await page.getByRole("checkbox", { name: /^Email/ }).check();
      await page.getByRole("button", { name: "Preview" }).click();
      await page.getByText("After parting 1 account").waitFor();
      assert.equal(await page.locator(".share").count(), 2);
      assert.equal((await person()).accounts.length, office.li.accounts.length, "a preview changes nothing");

      await page.getByRole("button", { name: "Part them" }).click();
      const dialog = page.getByRole("dialog");
      await dialog.locator("#reason").fill("another person's address");
      await dialog.getByRole("button", { name: "Part them" }).click();
      await dialog.waitFor({ state: "hidden" });
      assert.equal((await person()).accounts.length, office.li.accounts.length - 1);

      await desk.visit("/members/changes");
      await page.getByText("another person's address").waitFor();
      await page.getByRole("button", { name: "Undo" }).first().click();
      await page.getByRole("dialog").locator("#reason").fill("it was right after all");
      await page.getByRole("dialog").getByRole("button", { name: "Undo" }).click();
      await page.getByText("Was undone").waitFor();
      assert.equal((await person()).accounts.length, office.li.accounts.length);
    });
  });

  test("a dry run of other rules tells what would change, and writes nothing", async () => {
    await withDesk(browser, office, {}, async (desk) => {
      const { page } = desk;
      await desk.signIn();
      await desk.visit("/members/runs");
      await page.getByRole("checkbox", { name: "Phone Can be shared" }).check();
      await page.getByText('"shareable": true').waitFor();
      await page.getByRole("button", { name: "Reset" }).click();
      await page.getByRole("spinbutton", { name: "Email Most a person has" }).fill("1");
      await page.keyboard.press("Tab");
      await page.getByRole("button", { name: "Start the dry run" }).click();
      await page.getByTestId("outcome").waitFor({ timeout: 60_000 });
      await page.getByText("People split").waitFor();
      await page.getByText('"per_person": 1').waitFor();
      assert.equal((await person()).accounts.length, office.li.accounts.length);
    });
  });

  test("what could not be read is replayed, and is discarded when nothing helps", async () => {
    await withDesk(browser, office, {}, async (desk) => {
      const { page } = desk;
      await desk.signIn();
      await desk.visit("/members/quarantine");
      await page.getByText("unknown_type").waitFor();
      await page.getByRole("button", { name: "Replay", exact: true }).click();
      await page.getByText("It still cannot be read").waitFor();
      await page.getByRole("button", { name: "Discard", exact: true }).click();
      await page.getByRole("dialog").getByRole("button", { name: "Discard" }).click();
      await page.getByText("The quarantine is empty").waitFor();
    });
  });

  /** Li as the API has them. */
  function person() {
    return office.post("/v1/people/search", { identifier: { kind: "phone", value: PHONE_OF_LI } });
  }
});
