// Somebody who works for the brand, at a desk: the console in Debian's Chromium, on a server of its own. What a page may
// not do is noted as on a phone: asking another server, writing errors, breaking its Content-Security-Policy.

import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";

import { Server } from "./server.js";

const DESK = { viewport: { width: 1440, height: 900 } };
const PHONE = { viewport: { width: 390, height: 844 } };
/** A selector that does not come within this time is not coming. */
const WAIT_MS_MAX = 20_000;
export const PASSWORD = "a long enough password";
export const PHONE_OF_LI = "13810000000";
const DAY_MS = 24 * 3600 * 1000;

/** A brand with an owner, a member who is known to two systems, and an event that nobody can read. */
export class Office {
  static async open() {
    const office = new this();
    office.server = await Server.start();
    try {
      await office.fill();
    } catch (error) {
      await office.close();
      throw error;
    }
    return office;
  }

  async close() {
    await this.server.stop();
  }

  get origin() {
    return this.server.origin;
  }

  async fill() {
    await this.invite("owner@brand.example", "李玮", "owner");
    await this.invite("analyst@brand.example", "周分析", "analyst");
    this.product = await this.post("/v1/products", { gtin: "6901234567892", sku: "W500", name: "清泉天然水 500 ml" });
    this.batch = await this.post("/v1/batches", { product: this.product.id, lot: "L1", items: 48, items_per_case: 24, faces: "outer" });
    await this.post(`/v1/batches/${this.batch.id}/activations`, {});
    this.hq = await this.post("/v1/organisations", { kind: "brand", name: "清泉总部", code: "HQ" });
    this.campaign = await this.post("/v1/campaigns", {
      name: "开盖有奖", starts: new Date(Date.now() - DAY_MS).toISOString(), ends: new Date(Date.now() + 30 * DAY_MS).toISOString(),
      prizes: [{ name: "红包", weight: 1, reward: { kind: "red_packet", min_fen: 30, max_fen: 188 } }], budget_fen: 100_000,
    });
    await this.post(`/v1/campaigns/${this.campaign.id}/status`, { status: "running" });
    await this.tell("shop", [
      { type: "identify", userId: "u-1001", anonymousId: "anon-1", traits: { name: "李雷", phone: PHONE_OF_LI, email: "li@mail.example", city: "杭州" } },
      { type: "track", userId: "u-1001", event: "Order Completed", properties: { total: 18.5 } },
    ]);
    await this.tell("clinic", [{ type: "identify", userId: "1001", traits: { phone: PHONE_OF_LI, city: "上海" } }]);
    await this.tell("bad", [{ type: "blurb", userId: "u-1001" }]);
    this.li = await this.post("/v1/people/search", { identifier: { kind: "phone", value: PHONE_OF_LI } });
  }

  /** The codes of a batch, in order of serial. */
  async codes(batch = this.batch.id) {
    const headers = { authorization: `Bearer ${this.server.key}` };
    const got = await fetch(`${this.server.origin}/v1/batches/${batch}/codes?level=item&face=outer&form=code`, { headers });
    return (await got.text()).trim().split("\n");
  }

  /** A user with a password, but for the one whose link a test opens itself. */
  async invite(email, name, role, opens = true) {
    const user = await this.post("/v1/users", { email, name, role });
    const { token } = await this.post(`/v1/users/${user.id}/links`, {});
    if (opens) await this.send("/v1/password/by-link", { token, password: PASSWORD });
    return token;
  }

  /** Events by the write key of a system that numbers its users by itself. */
  async tell(namespace, events) {
    const { secret } = await this.post("/v1/api-keys", { name: namespace, scopes: ["track"], namespace });
    const batch = events.map((event) => ({ messageId: randomUUID(), timestamp: new Date().toISOString(), ...event }));
    const authorization = `Basic ${Buffer.from(`${secret}:`).toString("base64")}`;
    await this.send("/v1/batch", { batch }, { authorization });
  }

  async post(path, body) {
    return (await this.send(path, body)).json();
  }

  async send(path, body, headers = {}) {
    const got = await fetch(this.server.origin + path, {
      method: "POST",
      headers: { "content-type": "application/json", "idempotency-key": randomUUID(), authorization: `Bearer ${this.server.key}`, ...headers },
      body: JSON.stringify(body),
    });
    if (!got.ok) throw new Error(`POST ${path}: ${got.status} ${await got.text()}`);
    return got;
  }
}

export class Desk {
  /** `size`: another viewport than a desk's or a phone's; `passes`: errors that a test makes on purpose. */
  static async open(browser, office, { language = "en", dark = false, small = false, size, passes } = {}) {
    const desk = new Desk();
    desk.office = office;
    desk.context = await browser.newContext({
      ...(size ? { viewport: size } : small ? PHONE : DESK), locale: language, colorScheme: dark ? "dark" : "light", reducedMotion: "reduce",
    });
    desk.context.setDefaultTimeout(WAIT_MS_MAX);
    desk.page = await desk.context.newPage();
    desk.passes = passes;
    desk.watch();
    return desk;
  }

  watch() {
    this.faults = [];
    this.page.on("request", (request) => {
      const url = new URL(request.url());
      if (["data:", "blob:"].includes(url.protocol)) return;
      if (url.origin !== this.office.origin) this.faults.push(`asks ${url.href}`);
    });
    this.page.on("console", (message) => {
      // A refusal that a screen tells is an error to Chromium.
      const refusal = /^Failed to load resource: .* status of (401|404|409|422) /.test(message.text());
      if (message.type() === "error" && !refusal && !this.passes?.test(message.text())) this.faults.push(`console: ${message.text()}`);
    });
    this.page.on("pageerror", (error) => this.faults.push(`script: ${error.message}`));
  }

  async visit(path) {
    await this.page.goto(`${this.office.origin}/console${path}`, { waitUntil: "domcontentloaded" });
    await this.settled();
  }

  /** The page stands, and nothing of it is awaited any more. */
  async settled() {
    await this.page.waitForSelector("h1");
    await this.page.waitForFunction(() => !document.querySelector(".ant-skeleton, .ant-spin-spinning"));
  }

  async signIn(email = "owner@brand.example", password = PASSWORD) {
    await this.visit("/sign-in");
    await this.page.locator("#email").fill(email);
    await this.page.locator("#password").fill(password);
    await this.page.locator("button[type=submit]").click();
    await this.page.waitForURL((url) => !url.pathname.endsWith("/sign-in"));
    await this.settled();
  }

  async close() {
    await this.context.close();
    assert.deepEqual(this.faults, [], "the pages did something they may not do");
  }
}

/** Hands a desk to `use` and leaves it, whatever happens. */
export async function withDesk(browser, office, options, use) {
  const desk = await Desk.open(browser, office, options);
  try {
    await use(desk);
  } catch (error) {
    await desk.context.close();
    throw error;
  }
  await desk.close();
}
