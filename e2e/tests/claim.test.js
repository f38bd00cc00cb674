// What a phone may rely on when it opens a reward.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { Brand, COUNTY, GIFT, IN_COUNTY, POINTS } from "../lib/brand.js";
import { openBrowser, withPhone } from "../lib/phone.js";

describe("a claim", () => {
  let brand;
  let browser;
  before(async () => {
    brand = await Brand.open();
    browser = await openBrowser();
  });
  after(async () => {
    await browser?.close();
    await brand?.close();
  });
  const phone = (options, use) => withPhone(browser, brand, options, use);

  it("shows the same reward on coming back, and only 'taken' to another phone", async () => {
    const code = brand.code();
    await phone({}, async (mine) => {
      await mine.visit(brand.link(code));
      await mine.openReward();
      const fen = await mine.fen();
      await mine.visit(brand.link(code));
      assert.equal(await mine.fen(), fen);
      await phone({ language: "en" }, async (other) => {
        await other.visit(brand.link(code));
        await other.page.getByRole("heading", { name: other.words.taken }).waitFor();
        assert.equal(await other.page.locator("form, .amount").count(), 0);
        assert.equal((await other.page.innerText("main")).includes((fen / 100).toFixed(2)), false, "the amount is private");
      });
      assert.equal((await brand.booked(code, await mine.device())).owner.cny_fen, fen);
    });
  });

  it("stays in the language that the reader chose", async () => {
    await phone({ language: "zh-CN" }, async (mine) => {
      await mine.visit(brand.link(brand.code()));
      await mine.page.getByRole("link", { name: "English" }).tap();
      await mine.page.waitForSelector("html[lang=en]");
      await mine.page.getByRole("button", { name: "Open the reward" }).tap();
      await mine.page.waitForSelector("#reward .amount");
      assert.equal(await mine.page.getAttribute("html", "lang"), "en");
    });
  });

  for (const javaScript of [true, false]) {
    it(`is one for two taps${javaScript ? "" : " without JavaScript"}`, async () => {
      const code = brand.code();
      await phone({ javaScript }, async (mine) => {
        await mine.visit(brand.link(code));
        // A slow network leaves time for the second tap.
        await mine.page.route("**/C/**", async (route) => {
          await new Promise((resolve) => setTimeout(resolve, 300));
          await route.continue().catch(() => {});
        });
        const box = await mine.page.getByRole("button", { name: mine.words.open }).boundingBox();
        const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
        await Promise.all([mine.page.touchscreen.tap(x, y), mine.page.touchscreen.tap(x, y)]);
        await mine.page.waitForSelector("#reward .amount");
        const fen = await mine.fen();
        const posts = mine.requests.filter((request) => request.startsWith("POST")).length;
        if (javaScript) assert.equal(posts, 1, "the second tap is not sent");
        const { scan, owner } = await brand.booked(code, await mine.device());
        assert.equal(owner.cny_fen, fen);
        assert.equal(scan.transfers.filter(({ to }) => to === "wallet").length, 1);
      });
    });
  }

  it("gives points, a gift or nothing, each in its own words", async () => {
    const shown = { points: new RegExp(`^${POINTS}\\s*积分$`), gift: new RegExp(`^${GIFT}$`) };
    for (const [batch, amount] of Object.entries(shown)) {
      const code = brand.code(batch);
      await phone({}, async (mine) => {
        await mine.visit(brand.link(code));
        await mine.openReward();
        assert.match(await mine.page.innerText("#reward .amount"), amount);
        const { owner } = await brand.booked(code, await mine.device());
        assert.equal(owner.points, batch === "points" ? POINTS : 0);
        assert.equal(owner.cny_fen, 0);
      });
    }
    await phone({}, async (mine) => {
      await mine.visit(brand.link(brand.code("blank")));
      await mine.openReward();
      assert.equal(await mine.page.innerText("#reward h2"), "谢谢参与");
      assert.equal(await mine.page.locator(".amount").count(), 0);
    });
  });

  it("leaves the books without a discrepancy", async () => {
    const { code, stdout } = await brand.server.verify();
    assert.equal(stdout.trim(), "0 discrepancies");
    assert.equal(code, 0);
  });

  describe("from a place", () => {
    /** Ticks "use my location" and opens the reward. */
    async function openFromHere(mine) {
      await mine.page.locator("summary", { hasText: mine.words.where }).tap();
      await mine.page.getByRole("checkbox").check();
      await mine.openReward();
    }

    it("takes the county of a phone that shares its position", async () => {
      const code = brand.code("regional");
      await phone({ here: IN_COUNTY }, async (mine) => {
        await mine.visit(brand.link(code));
        await openFromHere(mine);
        const fen = await mine.fen();
        const { scan, owner } = await brand.booked(code, await mine.device());
        assert.equal(owner.cny_fen, fen);
        assert.equal(scan.draws[0].record.f.a, COUNTY, "the county is on record, and no finer place");
      });
    });

    it("is still opened when the phone refuses its position", async () => {
      const code = brand.code();
      await phone({}, async (mine) => {
        await mine.visit(brand.link(code));
        await openFromHere(mine);
        const { scan, owner } = await brand.booked(code, await mine.device());
        assert.equal(owner.cny_fen, await mine.fen());
        assert.equal(scan.draws[0].record.f.a, undefined);
      });
    });

    it("keeps its right where a campaign does not reach, and opens once the place is known", async () => {
      const code = brand.code("regional");
      await phone({ here: IN_COUNTY }, async (mine) => {
        await mine.visit(brand.link(code));
        await mine.openReward();
        assert.equal(await mine.page.locator(".amount").count(), 0);
        await mine.page.getByRole("link", { name: "再试一次" }).tap();
        await mine.page.waitForSelector("#reward form");
        await openFromHere(mine);
        assert.ok((await mine.fen()) > 0);
      });
    });

    it("takes the province that was chosen by hand without JavaScript", async () => {
      const code = brand.code();
      await phone({ javaScript: false }, async (mine) => {
        await mine.visit(brand.link(code));
        await mine.page.locator("summary", { hasText: mine.words.where }).tap();
        assert.equal(await mine.page.getByRole("checkbox").isVisible(), false, "a position needs JavaScript");
        await mine.page.getByRole("combobox").selectOption({ label: "浙江省" });
        await mine.openReward();
        const { scan } = await brand.booked(code, await mine.device());
        assert.equal(scan.draws[0].record.f.a, "330000");
      });
    });
  });

  it("is not offered for a wrong code, which is warned of", async () => {
    for (const language of ["zh-CN", "en"]) {
      await phone({ language }, async (mine) => {
        const code = brand.code();
        const swapped = code.replace(/[0-9A-Z]$/, (last) => (last === "7" ? "8" : "7"));
        await mine.visit(brand.link(swapped));
        assert.equal(await mine.headline(), mine.words.unknown);
        assert.equal(await mine.page.locator("form").count(), 0);
        await mine.page.getByText("12315").waitFor();
      });
    }
  });
});
