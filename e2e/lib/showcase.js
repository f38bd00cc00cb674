// A drinks brand with something on every page, to be looked at: goods with long names, a channel, campaigns, scans from all
// over the country. What stands in it is always the same.

import { randomUUID } from "node:crypto";

import { Office } from "./operator.js";

const DAY_MS = 24 * 3600 * 1000;
const PRODUCTS = [
  ["6901234567908", "O330", "桂花乌龙茶饮料 无糖 330 ml"],
  ["6901234567915", "N250", "高山泡的有机茉莉花茶与冷萃白桃乌龙双拼礼盒装（十二瓶装，含限量版马克杯与冰箱贴）250 ml × 12"],
  ["6901234567922", "S500", "Sparkling Spring Water with a Hint of Yuzu and Ginger, Limited Summer Edition 500 ml"],
];
/** Provinces by GB/T 2260, each with how often it scans. */
const PLACES = [
  ["440100", 34], ["330100", 29], ["320100", 22], ["310100", 18], ["510100", 15], ["420100", 12], ["110100", 11], ["370100", 10], ["410100", 9],
  ["430100", 8], ["350100", 8], ["340100", 6], ["500100", 6], ["610100", 5], ["210100", 4], ["130100", 4], ["450100", 3], ["360100", 3], ["530100", 2],
  ["230100", 2], ["650100", 1], ["460100", 1],
];
/** As many at once as the server decides in one go, or so. */
const AT_ONCE = 24;

export class Showcase extends Office {
  async fill() {
    await super.fill();
    this.products = [this.product];
    for (const [gtin, sku, name] of PRODUCTS) this.products.push(await this.post("/v1/products", { gtin, sku, name }));
    const dealer = await this.channel();
    this.sold = await this.post("/v1/batches", { product: this.products[1].id, lot: "L260518-HZ02", items: 480, items_per_case: 24, cases_per_pallet: 4, faces: "outer" });
    await this.post(`/v1/batches/${this.sold.id}/activations`, {});
    await this.post("/v1/batches", { product: this.products[2].id, lot: "L260601", items: 120_000, items_per_case: 12, faces: "outer_and_inner" });
    await this.post("/v1/shipments", { to: dealer.id, units: [{ batch: this.sold.id, level: "case", first: 0, last: 11 }] });
    await this.campaigns();
    await this.scans();
  }

  async channel() {
    const hq = await this.post("/v1/organisations", { kind: "brand", name: "清泉饮品集团", code: "HQ2" });
    const region = await this.post("/v1/organisations", { kind: "region", parent: hq.id, name: "华东大区", code: "EAST", adcode: "330000", territory: ["330000", "320000", "310000"] });
    const dealer = await this.post("/v1/organisations", { kind: "dealer", parent: region.id, name: "杭州市西湖区恒达食品饮料批发有限责任公司第二分公司", code: "D-HZ-002", adcode: "330100", territory: ["330100"] });
    for (const [at, name] of ["西溪小超", "文三路便利", "黄龙商贸", "转塘副食店"].entries()) {
      await this.post("/v1/organisations", { kind: "store", parent: dealer.id, name, code: `S-${at + 1}`, adcode: "330106" });
    }
    return dealer;
  }

  async campaigns() {
    const begin = async (campaign) => {
      const { id } = await this.post("/v1/campaigns", { starts: new Date(Date.now() - DAY_MS).toISOString(), ends: new Date(Date.now() + 40 * DAY_MS).toISOString(), ...campaign });
      await this.post(`/v1/campaigns/${id}/status`, { status: "running" });
      return id;
    };
    await this.post(`/v1/campaigns/${this.campaign.id}/status`, { status: "paused" });
    this.running = await begin({
      name: "夏日开盖有奖 · 再来一瓶与红包双重惊喜", batches: [this.sold.id], budget_fen: 60_000, budget_points: 20_000,
      prizes: [
        { name: "红包", weight: 40, reward: { kind: "red_packet", min_fen: 30, max_fen: 888 } },
        { name: "积分", weight: 35, reward: { kind: "points", points: 50 } },
        { name: "联名保温杯", weight: 2, stock: 20, reward: { kind: "gift" } },
        { name: "谢谢参与", weight: 23, reward: { kind: "nothing" } },
      ],
    });
    await this.post("/v1/campaigns", {
      name: "中秋礼盒扫码", starts: new Date(Date.now() + 60 * DAY_MS).toISOString(), ends: new Date(Date.now() + 90 * DAY_MS).toISOString(),
      prizes: [{ name: "积分", weight: 1, reward: { kind: "points", points: 100 } }], budget_points: 50_000,
    });
  }

  /** Each code by somebody else; two in three open their reward. */
  async scans() {
    const codes = await this.codes(this.sold.id);
    const places = PLACES.flatMap(([adcode, count]) => Array.from({ length: count }, () => adcode));
    const scans = places.map((adcode, at) => ({
      code: codes[at], claim: at % 3 !== 0, place: { adcode },
      // One in five gives a phone number, and so becomes a member.
      identifiers: [at % 5 === 1 ? { kind: "phone", value: `139${String(10_000_000 + at * 7919).slice(-8)}` } : { kind: "device", value: String(at).padStart(32, "0") }],
    }));
    for (let at = 0; at < scans.length; at += AT_ONCE) await Promise.all(scans.slice(at, at + AT_ONCE).map((scan) => this.post("/v1/scans", scan)));
    this.code = codes[3];
    /** A bottle that nobody has opened. */
    this.unopened = codes.at(-1);
    this.scanned = (await this.post("/v1/scans", { ...scans[1], identifiers: [{ kind: "device", value: randomUUID().replaceAll("-", "") }] })).id;
  }
}
