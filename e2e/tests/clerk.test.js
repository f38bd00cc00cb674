// Goods in the hand: signing in by link, scanning with a gun and a camera, working without a network, sending once.

import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

import { assertAccessible } from "../lib/axe.js";
import { film, openBrowser, withHandheld, Yard } from "../lib/clerk.js";
import { decode, missingTools } from "../lib/decode.js";
import { withDesk } from "../lib/operator.js";

const SHOTS = fileURLToPath(new URL("../shots/", import.meta.url));
/** What a clerk with a good gun does. */
const SCANS_PER_MINUTE_MIN = 100;

describe("the clerk page", () => {
  let yard, browser, plant, shop, taken = 0;
  before(async () => {
    browser = await openBrowser();
    yard = await Yard.open();
    plant = await yard.clerk("plant@brand.example", "张仓管", "clerk");
    await yard.clerk("second@brand.example", "陈仓管", "clerk");
    shop = await yard.post("/v1/users", { email: "shop@brand.example", name: "王店长", role: "store", organisation: yard.store.id });
  });
  after(async () => {
    await browser?.close();
    await yard?.close();
  });

  /** Bottles that no test has touched. */
  const bottles = (n) => yard.items.slice(taken, (taken += n));

  /** Keeps a picture, and has axe look at what is there; nothing hangs over the edge. */
  async function look(hand, name) {
    await hand.page.screenshot({ path: `${SHOTS}clerk-${name}.png`, fullPage: true });
    await assertAccessible(hand.page, name);
    const over = await hand.page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    assert.ok(over <= 1, `${name} hangs ${over} px over the edge`);
  }

  test("a link lets a shop in once, and shows what a shop does", async () => {
    const link = await yard.signInPath(shop);
    await withHandheld(browser, yard, { language: "zh-CN", width: 360, height: 740 }, async (hand) => {
      await hand.visit(link);
      await hand.page.waitForSelector(".actions .action");
      assert.equal(new URL(hand.page.url()).hash, "#home", "the token does not stay in the address");
      const kinds = await hand.page.locator(".action b").allInnerTexts();
      assert.deepEqual(kinds, ["收货", "售出", "拆箱", "退货", "销毁", "查一个码"]);
      await look(hand, "home-shop-zh");
    });
    await withHandheld(browser, yard, { language: "zh-CN" }, async (hand) => {
      await hand.visit(link);
      await hand.told("链接无效");
      await look(hand, "link-used-zh");
    });
  });

  test("an owner hands a link over as a symbol, which a phone reads and enters by", async () => {
    let link;
    await withDesk(browser, yard, { language: "zh-CN", dark: true, small: true }, async (desk) => {
      const { page } = desk;
      await desk.signIn();
      await desk.visit("/settings/users");
      await page.getByRole("button", { name: /王店长/ }).click();
      await page.getByText("作业页面登录链接").click();
      await page.getByRole("button", { name: "生成链接" }).click();
      const symbol = page.locator(".ant-qrcode");
      await symbol.waitFor();
      link = await page.getByRole("dialog").locator("code").innerText();
      await page.waitForFunction(() => document.getAnimations().every(({ playState }) => playState !== "running"));
      await page.screenshot({ path: `${SHOTS}clerk-link-made-zh-dark.png` });
      await assertAccessible(page, "a link to sign in");
      if (!missingTools()) assert.deepEqual(await decode("png", await symbol.screenshot()), [link]);
    });
    await withHandheld(browser, yard, {}, async (hand) => {
      await hand.visit(link.slice(yard.origin.length));
      await hand.page.waitForSelector(".actions .action");
      await hand.page.getByText("王店长 · 西溪小超").waitFor();
    });
  });

  test("a gun loses none of 120 codes, and one operation ships them", async () => {
    const codes = bottles(120);
    await withHandheld(browser, yard, {}, async (hand) => {
      const { page } = hand;
      await hand.signIn("plant@brand.example");
      await look(hand, "home-en");
      await hand.begin("ship", "恒达商贸");
      // A button that has the focus is not pressed by what the gun types.
      await page.locator(".back").focus();
      const begun = Date.now();
      await hand.shoot(...codes);
      await hand.counts(120);
      const perMinute = (120 * 60_000) / (Date.now() - begun);
      console.log(`figure clerk_gun_scans_per_minute ${perMinute.toFixed(0)} scans/min`);
      assert.ok(perMinute >= SCANS_PER_MINUTE_MIN, `${perMinute} a minute`);
      // Read twice, read as a link, and something else that lies about.
      await hand.shoot(codes[119]);
      await hand.told("Already in the list");
      await hand.shoot(`HTTPS://BRAND.EXAMPLE/C/${codes[3]}`, "690123456789");
      await hand.told("Not one of our codes: 690123456789");
      await hand.counts(120);
      await page.getByText("120 items").waitFor();
      await look(hand, "scan-en");
      await page.getByRole("button", { name: "Show 90 earlier" }).click();
      assert.equal(await page.locator(".list .code").count(), 120);
      await hand.finish();
      await hand.told("Recorded");
      await page.getByText("120 items").first().waitFor();
      assert.equal(await page.locator("dd code").count(), 1);
      await look(hand, "receipt-en");
      const [id] = await page.locator("dd code").allInnerTexts();
      const operation = await yard.json(`/v1/operations/${id}`);
      assert.deepEqual([operation.kind, operation.items, operation.organisation], ["ship", 120, yard.dealer.id]);
    });
  });

  test("what was scanned without a network is sent once, though the answer was lost", async () => {
    const codes = bottles(3);
    await withHandheld(browser, yard, { language: "zh-CN", dark: true }, async (hand) => {
      const { page, context } = hand;
      await hand.signIn("plant@brand.example");
      await hand.begin("ship", "宁波通达");
      await hand.isKept();
      await context.setOffline(true);
      await page.getByText("离线").waitFor();
      await hand.shoot(...codes);
      await hand.counts(3);
      const scannedBy = new Date().toISOString();
      // The page is closed in the middle of the job; the phone opens it from its own store.
      await page.reload();
      await hand.counts(3);
      await look(hand, "offline-zh-dark");
      await hand.finish();
      await hand.told("待发送");
      await look(hand, "receipt-waits-zh-dark");
      await page.reload();
      await hand.told("待发送");
      await page.waitForTimeout(1_500);

      const sent = [];
      await context.route("**/v1/operations", async (route) => {
        sent.push([route.request().headers()["idempotency-key"], route.request().postData()]);
        if (sent.length > 1) return route.continue();
        // The server records it, and the answer never arrives.
        await route.fetch();
        return route.abort("failed");
      });
      await context.setOffline(false);
      await page.locator(".told.good").filter({ hasText: "已登记" }).waitFor();
      assert.equal(sent.length, 2);
      assert.deepEqual(sent[0], sent[1], "the same call under the same key");
      for (const code of codes) {
        const { steps } = await yard.trace(code);
        assert.equal(steps.filter(({ kind }) => kind === "shipped").length, 1);
        assert.ok(steps.at(-1).at <= scannedBy, "it counts as of the scan, not of the sending");
      }
      await context.unroute("**/v1/operations");
    });
  });

  test("what the server refuses is told in the reader's words and stays until it is dealt with; the rest is recorded", async () => {
    const [box] = yard.lineBoxes;
    const items = yard.lineItems.slice(0, 3);
    await yard.post("/v1/operations", { operations: [{ kind: "pack", pack: yard.lineBoxes[1], codes: [items[1]] }] });
    await withHandheld(browser, yard, { language: "zh-CN" }, async (hand) => {
      const { page } = hand;
      await hand.signIn("plant@brand.example");
      await hand.begin("pack");
      await page.getByText("先扫外包装的码").waitFor();
      await hand.shoot(box);
      await page.getByText("再扫装进去的码").waitFor();
      await hand.shoot(...items);
      await hand.counts(3);
      await page.locator(".rows small.warn").filter({ hasText: "装在别的包装里" }).waitFor();
      await look(hand, "pack-zh");
      // Well spelled, and minted by nobody.
      await hand.shoot("0123456789ABCDEF");
      await page.locator(".rows small.bad").filter({ hasText: "不是本品牌的码" }).waitFor();
      await hand.finish();
      await hand.told("2 个被拒绝");
      await page.locator(".refused").getByText("已经装在别的包装里").waitFor();
      await page.locator(".refused").getByText("不是本品牌的码").waitFor();
      await look(hand, "refused-zh");
      assert.deepEqual((await yard.trace(items[0])).packs.map(({ level }) => level), ["box"]);
      await page.goto(`${yard.origin}/clerk/#home`);
      await page.getByText("等你处理").waitFor();
      await look(hand, "home-refused-zh");
      await page.locator(".row").filter({ hasText: "2 个被拒绝" }).click();
      await page.getByRole("button", { name: "从那边取出，装到这里" }).click();
      await hand.told("1 个被拒绝");
      assert.deepEqual((await yard.trace(items[1])).packs.map(({ first }) => first), [0]);
      await page.getByRole("button", { name: "已处理" }).click();
      await page.locator(".refused").waitFor({ state: "detached" });
    });
  });

  test("the last scan is taken back before sending, and the operation after it", async () => {
    const box = yard.lineBoxes[2];
    const items = yard.lineItems.slice(6, 9);
    await withHandheld(browser, yard, {}, async (hand) => {
      const { page } = hand;
      await hand.signIn("plant@brand.example");
      await hand.begin("pack");
      await hand.shoot(box, ...items);
      await hand.counts(3);
      await page.getByRole("button", { name: "Undo last" }).click();
      await hand.counts(2);
      await page.getByRole("button", { name: /^Remove/ }).first().click();
      await hand.counts(1);
      await hand.shoot(items[1]);
      await hand.counts(2);
      // The looked-up case is of its own kind: nothing is known wrong.
      await hand.finish();
      await hand.told("Recorded");
      await page.getByRole("button", { name: "Undo last" }).click();
      await page.getByText("Scanned (3)").click();
      await page.getByText("Taken back").waitFor();
      assert.deepEqual((await yard.trace(items[1])).steps.map(({ kind }) => kind), ["packed", "unpacked"]);
      assert.deepEqual((await yard.trace(items[0])).packs.length, 1);
      assert.deepEqual((await yard.trace(items[2])).steps, []);
    });
  });

  test("a queue belongs to its user, and is never sent under another's name", async () => {
    const [code] = bottles(1);
    await withHandheld(browser, yard, {}, async (hand) => {
      const { page, context } = hand;
      await hand.signIn("plant@brand.example");
      let isCut = true;
      await context.route("**/v1/operations", (route) => (isCut ? route.abort("failed") : route.continue()));
      await hand.begin("receive", "恒达商贸");
      await hand.shoot(code);
      await hand.counts(1);
      await hand.finish();
      await hand.told("sent");
      await page.goto(`${yard.origin}/clerk/#home`);
      await page.getByRole("button", { name: "Sign out" }).click();
      await page.waitForSelector("#email");
      isCut = false;
      await hand.signIn("second@brand.example");
      await page.goto(`${yard.origin}/clerk/#queue`);
      await hand.told("Nothing waits");
      await page.waitForTimeout(1_000);
      assert.deepEqual((await yard.trace(code)).steps, [], "nobody sent what another scanned");
      await page.goto(`${yard.origin}/clerk/#home`);
      await page.getByRole("button", { name: "Sign out" }).click();
      await page.waitForSelector("#email");
      await hand.signIn("plant@brand.example");
      await page.locator(".state.good").first().waitFor();
      const { steps } = await yard.trace(code);
      assert.equal(steps.filter(({ kind }) => kind === "received").length, 1);
      const log = await yard.json(`/v1/audit?object=${steps.at(-1).event}`);
      assert.equal(log.items[0].actor, plant.id);
    });
  });

  test("a shop receives what it was sent, hears of what it was not, and gives it back", async () => {
    const [expected, astray] = bottles(2);
    await yard.post("/v1/operations", { operations: [{ kind: "ship", codes: [expected], to: yard.dealer.id }, { kind: "ship", codes: [expected], to: yard.store.id }, { kind: "ship", codes: [astray], to: yard.other.id }] });
    const link = await yard.signInPath(shop);
    await withHandheld(browser, yard, { language: "zh-CN" }, async (hand) => {
      const { page } = hand;
      await hand.visit(link);
      await hand.begin("receive", "西溪小超");
      await hand.shoot(expected, astray);
      await hand.counts(2);
      await page.locator(".rows small.bad").filter({ hasText: "不在你这里" }).waitFor();
      await hand.finish();
      await hand.told("1 个异常已上报");
      await page.goto(`${yard.origin}/clerk/#home`);
      await hand.begin("return");
      await hand.shoot(expected);
      await hand.counts(1);
      await hand.finish();
      await hand.told("已登记");
      await page.locator("dd").filter({ hasText: "恒达商贸" }).waitFor();
      await look(hand, "returned-zh");
      assert.equal((await yard.trace(expected)).holder.organisation, yard.dealer.id);
    });
  });

  test("a shop sells over its counter, and what a customer brings back is there again", async () => {
    const [bottle, odd] = bottles(2);
    await yard.post("/v1/operations", { operations: [{ kind: "ship", codes: [bottle], to: yard.store.id }] });
    const link = await yard.signInPath(shop);
    await withHandheld(browser, yard, { language: "zh-CN" }, async (hand) => {
      const { page } = hand;
      await hand.visit(link);
      await hand.begin("sell");
      await page.locator("h1 small").filter({ hasText: "西溪小超" }).waitFor();
      await hand.shoot(bottle, odd);
      await hand.counts(2);
      await look(hand, "selling-zh");
      await hand.finish();
      await hand.told("1 个异常已上报");
      await look(hand, "sold-zh");
      const { holder, packs } = await yard.trace(bottle);
      assert.deepEqual([holder.organisation, holder.gone, packs], [yard.store.id, "sold", []]);
      await page.goto(`${yard.origin}/clerk/#look`);
      await page.waitForSelector("#typed");
      await hand.shoot(bottle);
      await page.getByText("西溪小超售出").waitFor();
      await look(hand, "look-sold-zh");
      await page.goto(`${yard.origin}/clerk/#home`);
      await hand.begin("receive", "西溪小超");
      await hand.shoot(bottle);
      await page.locator(".rows small").filter({ hasText: "顾客退回" }).waitFor();
      await hand.finish();
      await hand.told("已登记");
      assert.equal((await yard.trace(bottle)).holder.gone, null);
    });
    await withHandheld(browser, yard, { dark: true }, async (hand) => {
      await hand.visit(await yard.signInPath(shop));
      await hand.begin("sell");
      await hand.shoot(odd);
      await hand.page.locator(".rows small").filter({ hasText: "Was sold by 西溪小超" }).waitFor();
      await look(hand, "selling-again-dark-en");
    });
  });

  test("a code tells what it is, where it is and what happened to it", async () => {
    await yard.post("/v1/operations", { operations: [{ kind: "ship", codes: [yard.cases[9]], to: yard.dealer.id }] });
    await withHandheld(browser, yard, { width: 820, height: 1180 }, async (hand) => {
      const { page } = hand;
      await hand.signIn("plant@brand.example");
      await look(hand, "home-tablet-en");
      await page.locator(".action.look").click();
      await page.waitForSelector("#typed");
      await hand.shoot(yard.items[238]);
      await page.getByText("Case · No. 10").first().waitFor();
      await page.getByText("Shipped to 恒达商贸").waitFor();
      await page.getByText("On its way there, not yet received").waitFor();
      await look(hand, "look-tablet-en");
      // Goods that are called back say so, in the brand's own words.
      const text = (language, message, instructions) => ({ language, message, instructions });
      await yard.post("/v1/recalls", {
        goods: { kind: "codes", codes: [yard.items[237]] }, reason: "A sample was cloudy",
        texts: [text("zh-CN", "此批次召回", "请退回门店"), text("en", "This bottle is called back", "Bring it back to the shop")],
      });
      // Servers remember what codes are for a few seconds.
      for (let tries = 0; tries < 20 && (await page.getByText("Bring it back to the shop").count()) === 0; tries += 1) {
        await hand.shoot(yard.items[237]);
        await page.waitForTimeout(500);
      }
      await hand.told("Recalled: do not hand it on");
      await page.getByText("This bottle is called back").waitFor();
      await look(hand, "look-recalled-tablet-en");
      await page.locator("#typed").fill("NOCODEOFTHISBRAND");
      await page.keyboard.press("Enter");
      await hand.told("not of your brand");
      await page.getByRole("button", { name: /切换到中文/ }).click();
      await page.getByText("查一个码").first().waitFor();
      assert.equal(await page.evaluate(() => document.documentElement.lang), "zh-CN");
    });
  });

  test("every text is there in both languages", async () => {
    await withHandheld(browser, yard, {}, async (hand) => {
      await hand.visit();
      const [en, zh] = await hand.page.evaluate(async () => {
        const { ALL } = await import("/clerk/texts.js");
        const named = (text) => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort().join();
        return [ALL.en, ALL.zh].map((texts) => Object.entries(texts).map(([key, text]) => `${key} ${named(text)}`).sort());
      });
      assert.deepEqual(en, zh);
    });
  });

  test("it is all done by keyboard, and an ended session keeps what was scanned", async () => {
    const [code] = bottles(1);
    await withHandheld(browser, yard, { dark: true }, async (hand) => {
      const { page } = hand;
      await hand.signIn("plant@brand.example");
      await page.locator(".action.receive").focus();
      await page.keyboard.press("Enter");
      await page.locator("#place").fill("D2");
      await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      await page.waitForSelector(".numbers");
      await look(hand, "scan-empty-en-dark");
      await hand.shoot(code);
      await hand.counts(1);
      // An input method for Chinese is on: it swallows the letters, and leaves the places of the keys.
      const [swallowed] = bottles(1);
      await page.evaluate((text) => {
        const keys = [...text].map((sign) => ({ key: "Process", code: /\d/.test(sign) ? `Digit${sign}` : `Key${sign}`, shiftKey: !/\d/.test(sign) }));
        for (const key of [...keys, { key: "Enter", code: "Enter" }]) document.body.dispatchEvent(new KeyboardEvent("keydown", { ...key, bubbles: true, cancelable: true }));
      }, swallowed);
      await hand.counts(2);
      await page.locator(".list .code").filter({ hasText: swallowed.slice(0, 4) }).waitFor();
      await hand.context.clearCookies();
      await page.locator("button.send").focus();
      await page.keyboard.press("Enter");
      await page.waitForSelector("#email");
      await hand.signIn("plant@brand.example");
      await page.locator(".state.good").first().waitFor();
      assert.equal((await yard.trace(code)).holder.organisation, yard.other.id);
    });
  });

  test("a session that ends while a page draws leaves no page broken", async () => {
    const [code] = bottles(1);
    await withHandheld(browser, yard, {}, async (hand) => {
      const { page } = hand;
      // The moment between the end of a session and the page to sign in, which the network's turns come into as well.
      const endAndDraw = () =>
        page.evaluate(async () => {
          const [{ leave }, { news }] = await Promise.all([import("/clerk/session.js"), import("/clerk/queue.js")]);
          const left = leave();
          for (const name of ["network", "settled"]) news.dispatchEvent(new CustomEvent(name, { detail: location.hash.split("=")[1] }));
          await left;
        });
      await hand.signIn("plant@brand.example");
      await endAndDraw();
      await hand.visit();
      await hand.begin("receive", "D2");
      await hand.shoot(code);
      await hand.counts(1);
      await hand.finish();
      await hand.told("Recorded");
      await endAndDraw();
      await page.locator("dl.card").getByText("张仓管").waitFor();
    });
  });

  test("a camera reads printed labels, each once while it is in view", async () => {
    const codes = bottles(2);
    const folder = await mkdtemp(path.join(tmpdir(), "tallymark-film-"));
    const file = path.join(folder, "labels.y4m");
    const pngs = [];
    for (const code of codes) {
      const got = await yard.read(`/v1/codes/${code}/qr.png?origin=${encodeURIComponent(yard.origin)}`);
      pngs.push(Buffer.from(await got.arrayBuffer()));
    }
    await film(browser, file, pngs, 3);
    const filming = await openBrowser(file);
    try {
      await withHandheld(filming, yard, { camera: true }, async (hand) => {
        const { page } = hand;
        await hand.signIn("plant@brand.example");
        await hand.begin("ship", "恒达商贸");
        await page.getByRole("button", { name: "Camera" }).click();
        await hand.counts(2);
        await page.screenshot({ path: `${SHOTS}clerk-camera-en.png` });
        await page.getByRole("button", { name: "Camera off" }).click();
        const seen = await page.locator(".list .code").allInnerTexts();
        assert.deepEqual(seen.map((text) => text.replaceAll("-", "")).sort(), [...codes].sort());
        await hand.finish();
        await hand.told("Recorded");
        assert.equal((await yard.trace(codes[0])).holder.organisation, yard.dealer.id);
      });
    } finally {
      await filming.close();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
