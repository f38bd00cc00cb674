// Webhooks, from the desk to a receiver that checks the signature by itself: added, tried, told what happens, and told again
// what it did not take.

import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import { assertAccessible } from "../lib/axe.js";
import { Office, withDesk } from "../lib/operator.js";
import { openBrowser } from "../lib/phone.js";

const SHOTS = fileURLToPath(new URL("../shots/", import.meta.url));
const TOLD_MS_MAX = 30_000;

/** Takes messages, and answers 204, or what it was told to. */
class Receiver {
  static async open() {
    const receiver = new this();
    receiver.taken = [];
    receiver.answers = [];
    receiver.server = createServer(async (request, response) => {
      let body = "";
      for await (const piece of request) body += piece;
      const status = receiver.answers.shift() ?? 204;
      receiver.taken.push({ status, headers: request.headers, body });
      response.writeHead(status).end();
    });
    await new Promise((resolve) => receiver.server.listen(0, "127.0.0.1", resolve));
    receiver.url = `http://127.0.0.1:${receiver.server.address().port}/hooks`;
    return receiver;
  }

  async close() {
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** The first message that is as it should be, once it is there. */
  async message(is) {
    const until = Date.now() + TOLD_MS_MAX;
    while (Date.now() < until) {
      const found = this.taken.find((message) => is(JSON.parse(message.body), message));
      if (found) return found;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert.fail(`no such message came; these did: ${this.taken.map(({ body }) => body).join("\n")}`);
  }
}

/** Standard Webhooks: HMAC-SHA256 over id, seconds and body, under the bytes behind `whsec_`. */
function signatureOf(secret, { headers, body }) {
  const key = Buffer.from(secret.slice("whsec_".length), "base64");
  const signed = `${headers["webhook-id"]}.${headers["webhook-timestamp"]}.${body}`;
  return `v1,${createHmac("sha256", key).update(signed).digest("base64")}`;
}

describe("webhooks", () => {
  let office, browser, receiver;
  before(async () => {
    browser = await openBrowser();
    office = await Office.open();
    receiver = await Receiver.open();
  });
  after(async () => {
    await browser?.close();
    await office?.close();
    await receiver?.close();
  });

  test("what happens is told to whoever asked for it, signed, again until it is taken", async () => {
    await withDesk(browser, office, {}, async (desk) => {
      const { page } = desk;
      await desk.signIn();
      await desk.visit("/settings/webhooks");
      await page.getByRole("button", { name: "New webhook" }).first().click();
      await page.locator("#url").fill(receiver.url);
      await page.getByRole("dialog").getByRole("button", { name: "New webhook" }).click();
      const told = page.getByRole("dialog", { name: "The secret" });
      const secret = await told.locator("code").innerText();
      assert.match(secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
      await told.getByRole("button", { name: "Close" }).last().click();
      await told.waitFor({ state: "hidden" });

      const row = page.getByRole("row").filter({ hasText: receiver.url });
      await row.getByRole("button", { name: "Actions" }).click();
      await page.getByRole("menuitem", { name: "Send a test" }).click();
      const tried = await receiver.message(({ type }) => type === "webhook.test");
      assert.equal(tried.headers["webhook-signature"], signatureOf(secret, tried));
      assert.ok(Math.abs(Number(tried.headers["webhook-timestamp"]) - Date.now() / 1000) < 60);

      receiver.answers.push(500);
      const shipped = await office.post("/v1/shipments", { to: office.hq.id, units: [{ batch: office.batch.id, level: "case", first: 0, last: 1 }] });
      const isShipment = ({ type, data }) => type === "goods.shipped" && data.shipment === shipped.id;
      const refused = await receiver.message((body, { status }) => isShipment(body) && status === 500);
      await row.getByText("it answered 500").waitFor();
      const again = await receiver.message((body, { status }) => isShipment(body) && status === 204);
      assert.equal(again.headers["webhook-id"], refused.headers["webhook-id"]);
      assert.equal(again.headers["webhook-signature"], signatureOf(secret, again));
      assert.equal(JSON.parse(again.body).data.items, 48);
      await row.getByText("Works").waitFor({ timeout: TOLD_MS_MAX });
      await assertAccessible(page, "webhooks");
      await page.screenshot({ path: `${SHOTS}settings-webhooks-en-light-desk.png` });
    });
  });

  test("the page reads well in Chinese, in the dark, on a phone", async () => {
    await withDesk(browser, office, { language: "zh-CN", dark: true, small: true }, async (desk) => {
      await desk.signIn();
      await desk.visit("/settings/webhooks");
      await desk.page.getByText(receiver.url).first().waitFor();
      await assertAccessible(desk.page, "webhooks in Chinese");
      await desk.page.screenshot({ path: `${SHOTS}settings-webhooks-zh-dark-phone.png` });
    });
  });
});
