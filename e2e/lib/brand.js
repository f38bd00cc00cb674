// A drinks brand on a server of its own: products, batches, a shipment and campaigns, made through the HTTP API.

import { randomBytes, randomUUID } from "node:crypto";

import { Server } from "./server.js";

const DAY_MS = 24 * 3600 * 1000;
/** The red packets of the main batch, in fen. */
export const RED_PACKET_FEN = { min: 30, max: 888 };
export const POINTS = 50;
export const GIFT = "保温杯";
/** 杭州市西湖区 (GB/T 2260), and a point in it: the one place where the regional campaign runs. */
export const COUNTY = "330106";
export const IN_COUNTY = { latitude: 30.25, longitude: 120.13 };

export class Brand {
  /** Starts a server and fills it. */
  static async open() {
    const brand = new Brand();
    brand.server = await Server.start();
    try {
      await brand.fill();
    } catch (error) {
      await brand.close();
      throw error;
    }
    return brand;
  }

  async close() {
    await this.server.stop();
  }

  get origin() {
    return this.server.origin;
  }

  /** Makes what the tests scan. `batches` maps a name to `{ id, codes }`; {@link Brand.code} takes unused codes. */
  async fill() {
    this.batches = {};
    this.product = await this.post("/v1/products", { gtin: "6901234567892", sku: "W500", name: "清泉天然水 500 ml" });
    await this.makeBatch("red_packet", { items: 480, items_per_case: 24 });
    for (const name of ["points", "blank", "gift", "regional", "plain"]) await this.makeBatch(name, { items: 60 });
    await this.makeBatch("asleep", { items: 4 }, false);
    await this.ship();
    const { min, max } = RED_PACKET_FEN;
    const red_packet = { kind: "red_packet", min_fen: min, max_fen: max };
    await this.run("red_packet", { name: "红包", reward: red_packet }, { budget_fen: 500_000 });
    await this.run("points", { name: "积分", reward: { kind: "points", points: POINTS } }, { budget_points: 10_000 });
    await this.run("blank", { name: "谢谢参与", reward: { kind: "nothing" } }, {});
    await this.run("gift", { name: GIFT, stock: 60, reward: { kind: "gift" } }, {});
    await this.run("regional", { name: "同城红包", reward: red_packet }, { budget_fen: 100_000, regions: [COUNTY] });
    const last = this.batches.red_packet.codes.pop();
    const reason = "包装破损，已从门店撤回";
    await this.post(`/v1/batches/${this.batches.red_packet.id}/voids`, { first: 479, last: 479, reason });
    this.voidCode = last;
  }

  async makeBatch(name, { items, items_per_case = 0 }, active = true) {
    const lot = `L-${name}`;
    const { id } = await this.post("/v1/batches", { product: this.product.id, lot, items, items_per_case, faces: "outer" });
    if (active) await this.post(`/v1/batches/${id}/activations`, {});
    this.batches[name] = { id, codes: await this.lines(id, "form=code") };
  }

  /** A line of the printing house's file for each item of a batch, in order of serial. */
  async lines(batch, query) {
    const text = await this.get(`/v1/batches/${batch}/codes?level=item&face=outer&${query}`).then((got) => got.text());
    return text.split("\n").filter((line) => line !== "");
  }

  async ship() {
    const hq = await this.post("/v1/organisations", { kind: "brand", name: "清泉总部", code: "HQ" });
    const dealer = { kind: "dealer", parent: hq.id, name: "杭州经销商", code: "D1", adcode: "330100", territory: ["330100"] };
    const { id } = await this.post("/v1/organisations", dealer);
    const units = [{ batch: this.batches.red_packet.id, level: "case", first: 0, last: 9 }];
    this.shipment = await this.post("/v1/shipments", { to: id, units });
  }

  /** A campaign with one prize for one batch, running. */
  async run(batch, prize, more) {
    const campaign = await this.post("/v1/campaigns", {
      name: `开盖有奖 ${batch}`,
      starts: new Date(Date.now() - DAY_MS).toISOString(),
      ends: new Date(Date.now() + 30 * DAY_MS).toISOString(),
      batches: [this.batches[batch].id],
      prizes: [{ weight: 1, ...prize }],
      ...more,
    });
    await this.post(`/v1/campaigns/${campaign.id}/status`, { status: "running" });
    this.batches[batch].campaign = campaign.id;
  }

  /** A code of the batch that no test has used. */
  code(batch = "red_packet") {
    const code = this.batches[batch].codes.shift();
    if (!code) throw new Error(`the batch ${batch} has no unused code left`);
    return code;
  }

  /** The address that a printed code opens. */
  link(code) {
    return `${this.origin}/C/${code}`;
  }

  /** Someone else scans. */
  async scan(code, claim = false) {
    const identifiers = [{ kind: "device", value: randomBytes(16).toString("hex") }];
    return this.post("/v1/scans", { code, identifiers, claim });
  }

  /** What the books say of a claimed code: its scan, and the fen and points of the phone's owner. */
  async booked(code, device) {
    const { claimed_by } = await this.json(`/v1/codes/${code}`);
    const scan = claimed_by && (await this.json(`/v1/scans/${claimed_by}`));
    const owner = await this.person("device", device);
    return { scan, owner };
  }

  /** The person an identifier leads to, and what they own. */
  async person(kind, value) {
    return this.post("/v1/people/search", { identifier: { kind, value } });
  }

  /** What a campaign can still give. */
  async budget(batch, unit = "CNY") {
    const owner = this.batches[batch].campaign;
    return (await this.json(`/v1/balances?owner=${owner}&book=budget&unit=${unit}`)).available;
  }

  async json(path) {
    return (await this.get(path)).json();
  }

  async get(path) {
    return this.send(path, {});
  }

  /** A POST with an idempotency key of its own. */
  async post(path, body) {
    const headers = { "content-type": "application/json", "idempotency-key": randomUUID() };
    return (await this.send(path, { method: "POST", headers, body: JSON.stringify(body) })).json();
  }

  async send(path, { headers, ...options }) {
    const authorization = `Bearer ${this.server.key}`;
    const got = await fetch(this.origin + path, { ...options, headers: { ...headers, authorization } });
    if (!got.ok) throw new Error(`${options.method ?? "GET"} ${path}: ${got.status} ${await got.text()}`);
    return got;
  }
}
