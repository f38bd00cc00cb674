// What a phone may rely on when WeChat and the senders of messages are part of the page.

import assert from "node:assert/strict";
import { after, afterEach, before, describe, it } from "node:test";

import { assertAccessible } from "../lib/axe.js";
import { Brand } from "../lib/brand.js";
import { Outside } from "../lib/outside.js";
import { openBrowser, WECHAT_AGENT, withPhone } from "../lib/phone.js";

const TEXTS = {
  "zh-CN": {
    number: "手机号", ask: "获取验证码", code: "验证码", join: "加入", joined: "已加入", wrong: /还可以试 4 次/,
    soon: /请 \d+ 秒后再试/, over: /今天的验证码已发完/, notSignedIn: /微信登录没有完成/,
  },
  en: {
    number: "Phone number", ask: "Send me a code", code: "Code", join: "Join", joined: "You have joined",
    wrong: /You can try 4 more times/, soon: /Try again in \d+ seconds/, over: /No more codes are sent today/,
    notSignedIn: /did not complete/,
  },
};

describe("the companies outside", () => {
  let brand;
  let browser;
  let outside;
  before(async () => {
    [brand, outside] = await Promise.all([Brand.open(), Outside.start()]);
    await outside.setUp(brand);
    browser = await openBrowser();
  });
  afterEach(() => outside.trouble());
  after(async () => {
    await browser?.close();
    await brand?.close();
    await outside?.stop();
  });

  describe("WeChat", () => {
    const phone = (options, use) =>
      withPhone(browser, brand, { agent: WECHAT_AGENT, passes: outside.origin, ...options }, use);

    /** Who the phone is to WeChat. */
    async function openid(mine) {
      const cookie = (await mine.context.cookies()).find(({ name }) => name === "wx_user");
      return `${outside.appId}:${cookie.value}`;
    }

    it("tells who opens a page in its browser, without a tap, and is asked once", async () => {
      await phone({}, async (mine) => {
        const code = brand.code();
        await mine.visit(brand.link(code));
        assert.equal(await mine.headline(), mine.words.genuine);
        assert.deepEqual(mine.requests, [
          `GET /C/${code}`, "GET /connect/oauth2/authorize", "GET /wechat", `GET /C/${code}`,
        ]);
        await mine.openReward();
        const owner = await brand.person("wechat_openid", await openid(mine));
        assert.equal(owner.cny_fen, await mine.fen());
        assert.deepEqual(owner.kinds, ["device", "wechat_openid"]);
        mine.requests.length = 0;
        const next = brand.code();
        await mine.visit(brand.link(next));
        assert.deepEqual(mine.requests, [`GET /C/${next}`]);
      });
    });

    for (const [name, wechat] of Object.entries({
      "a wrong state": { wrong_state: true },
      "a wrong code": { wrong_code: true },
      "a busy WeChat": { times: 4, errcode: -1 },
    })) {
      it(`leaves the page as it is elsewhere after ${name}`, async () => {
        await outside.trouble({ wechat });
        for (const language of ["zh-CN", "en"]) {
          await phone({ language, javaScript: language === "en" }, async (mine) => {
            await mine.visit(brand.link(brand.code()));
            assert.equal(await mine.headline(), mine.words.genuine);
            assert.match(await mine.page.innerText("#signed-out"), TEXTS[language].notSignedIn);
            if (language === "en") await assertAccessible(mine.page, `the page after ${name}`);
            await mine.openReward();
            assert.ok((await mine.fen()) > 0);
            const { kinds } = await brand.person("device", await mine.device());
            assert.deepEqual(kinds, ["device"], "nobody signed in");
          });
        }
      });
    }
  });

  describe("joining by phone", () => {
    const phone = (options, use) => withPhone(browser, brand, options, use);

    /** Types a number and asks for a code. */
    async function ask(mine, texts, number) {
      await mine.page.getByLabel(texts.number).fill(number);
      await mine.page.getByRole("button", { name: texts.ask }).tap();
      await mine.page.waitForSelector("h1");
    }

    async function answer(mine, texts, code) {
      await mine.page.getByLabel(texts.code).fill(code);
      await mine.page.getByRole("button", { name: texts.join, exact: true }).tap();
      await mine.page.waitForSelector("h1");
    }

    for (const [language, javaScript, number] of [["zh-CN", true, "13800138001"], ["en", false, "13800138002"]]) {
      it(`makes device and number one person in ${language}${javaScript ? "" : " without JavaScript"}`, async () => {
        const texts = TEXTS[language];
        await phone({ language, javaScript }, async (mine) => {
          await mine.visit(brand.link(brand.code()));
          assert.equal(await mine.page.locator("#join").count(), 0, "the reward comes first");
          await mine.openReward();
          const fen = await mine.fen();
          await ask(mine, texts, number);
          const code = await outside.codeFor(`+86${number}`);
          if (javaScript) await assertAccessible(mine.page, "the page that asks for the code");
          await answer(mine, texts, code === "000000" ? "000001" : "000000");
          await mine.page.getByText(texts.wrong).waitFor();
          await answer(mine, texts, code);
          assert.equal(await mine.headline(), texts.joined);
          const owner = await brand.person("phone", number);
          assert.equal(owner.cny_fen, fen);
          assert.deepEqual(owner.kinds, ["device", "phone"]);
        });
      });
    }

    it("makes a flood wait, and says for how long", async () => {
      // Five fen a message: one more than was sent so far, and then the day's money is gone.
      const sent = (await outside.messages()).length;
      await outside.setUp(brand, { budget_fen_per_day: 5 * (sent + 1) });
      // Servers remember settings for five seconds; this one was told, and forgot them.
      await phone({}, async (mine) => {
        const texts = TEXTS["zh-CN"];
        await mine.visit(brand.link(brand.code()));
        await mine.openReward();
        const page = mine.page.url();
        const statuses = [];
        mine.page.on("response", (response) => {
          if (response.request().method() === "POST") statuses.push([response.status(), response.headers()["retry-after"]]);
        });
        await ask(mine, texts, "13800138010");
        await outside.codeFor("+8613800138010");
        await mine.page.getByRole("button", { name: "重新发送" }).tap();
        await mine.page.getByText(texts.soon).waitFor();
        await mine.visit(page);
        await ask(mine, texts, "13800138011");
        await mine.page.getByText(texts.over).waitFor();
        await assertAccessible(mine.page, "the page that says to wait");
        assert.deepEqual(statuses.map(([status]) => status), [200, 429, 429]);
        assert.ok(statuses.slice(1).every(([, wait]) => Number(wait) > 0));
        assert.equal((await outside.messages()).length, sent + 1, "nothing more was sent");
      });
    });
  });

  it("leaves the books without a discrepancy", async () => {
    const { stdout } = await brand.server.verify();
    assert.equal(stdout.trim(), "0 discrepancies");
  });
});
