// Signing in to the console, in and out, in both languages.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { Office, PASSWORD, withDesk } from "../lib/operator.js";
import { openBrowser } from "../lib/phone.js";

describe("signing in to the console", () => {
  let office, browser;
  before(async () => {
    browser = await openBrowser();
    office = await Office.open();
  });
  after(async () => {
    await browser?.close();
    await office?.close();
  });

  test("an invitation's link sets a password once, which signs in", async () => {
    const token = await office.invite("new@brand.example", "新人", "marketer", false);
    await withDesk(browser, office, {}, async (desk) => {
      await desk.visit(`/password#${token}`);
      await desk.page.locator("#password").fill(PASSWORD);
      await desk.page.locator("#again").fill(PASSWORD);
      await desk.page.getByRole("button", { name: "Set password" }).click();
      await desk.page.getByText("The password is set").waitFor();
      await desk.page.locator("#email").fill("new@brand.example");
      await desk.page.locator("#password").fill(PASSWORD);
      await desk.page.getByRole("button", { name: "Sign in" }).click();
      await desk.page.getByRole("heading", { level: 1, name: "Home" }).waitFor();
    });
    await withDesk(browser, office, {}, async (desk) => {
      await desk.visit(`/password#${token}`);
      await desk.page.locator("#password").fill(PASSWORD);
      await desk.page.locator("#again").fill(PASSWORD);
      await desk.page.getByRole("button", { name: "Set password" }).click();
      await desk.page.getByRole("alert").waitFor();
    });
  });

  test("a wrong password is refused without a word about the account", async () => {
    await withDesk(browser, office, {}, async (desk) => {
      await desk.visit("/sign-in");
      await desk.page.locator("#email").fill("owner@brand.example");
      await desk.page.locator("#password").fill("not the password");
      await desk.page.getByRole("button", { name: "Sign in" }).click();
      await desk.page.getByText("The email or password is wrong").waitFor();
    });
  });

  test("who is not signed in signs in and comes back to the page they asked for", async () => {
    await withDesk(browser, office, {}, async (desk) => {
      await desk.visit("/codes/batches?q=L1");
      await desk.page.locator("#email").fill("owner@brand.example");
      await desk.page.locator("#password").fill(PASSWORD);
      await desk.page.getByRole("button", { name: "Sign in" }).click();
      await desk.page.getByRole("heading", { level: 1, name: "Code batches" }).waitFor();
      assert.match(desk.page.url(), /\/console\/codes\/batches\?q=L1$/);
    });
  });

  test("signing out ends the session", async () => {
    await withDesk(browser, office, {}, async (desk) => {
      await desk.signIn();
      await desk.page.getByRole("button", { name: /User menu/ }).click();
      await desk.page.getByText("Sign out").click();
      await desk.page.getByRole("heading", { level: 1, name: "Sign in" }).waitFor();
      await desk.page.goto(`${office.origin}/console/members/search`);
      await desk.page.locator("#email").waitFor();
    });
  });

  test("the language changes at once and stays", async () => {
    await withDesk(browser, office, { language: "en" }, async (desk) => {
      await desk.signIn();
      await desk.page.getByRole("button", { name: "中文" }).click();
      await desk.page.getByRole("heading", { level: 1, name: "工作台" }).waitFor();
      assert.equal(await desk.page.locator("html").getAttribute("lang"), "zh-CN");
      await desk.page.reload();
      await desk.page.getByRole("heading", { level: 1, name: "工作台" }).waitFor();
    });
  });

  test("a slash jumps to the search, which finds a member by phone without writing it into an address", async () => {
    await withDesk(browser, office, {}, async (desk) => {
      await desk.signIn();
      const asked = [];
      desk.page.on("request", (request) => asked.push(request.url()));
      await desk.page.locator("h1").click();
      await desk.page.keyboard.press("/");
      await desk.page.keyboard.type("13810000000");
      await desk.page.getByText("Member by phone").waitFor();
      await desk.page.keyboard.press("Enter");
      await desk.page.waitForURL(`**/members/people/${office.li.id}`);
      assert.deepEqual(asked.filter((url) => url.includes("1381000")), []);
    });
  });

  test("an analyst is shown no place and no button that the role may not use", async () => {
    await withDesk(browser, office, {}, async (desk) => {
      await desk.signIn("analyst@brand.example");
      const places = await desk.page.getByRole("navigation", { name: "Places" }).getByRole("link").allInnerTexts();
      assert.ok(places.includes("Data") && places.includes("Members"));
      await desk.visit(`/members/people/${office.li.id}`);
      assert.equal(await desk.page.getByRole("button", { name: "Show whole values" }).count(), 0);
      assert.equal(await desk.page.getByRole("button", { name: "Edit profile" }).count(), 0);
      await desk.visit("/settings");
      assert.equal(await desk.page.getByRole("link", { name: "API keys" }).count(), 0);
    });
  });
});
