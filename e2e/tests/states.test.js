// Every state of the page in both languages, light and dark, on a phone and a desktop: nothing is cut off, and a picture
// of each is left in shots/. On the phone axe finds nothing grave; a desktop only places the same parts otherwise.

import assert from "node:assert/strict";
import { mkdir, rm } from "node:fs/promises";
import path from "node:path";
import { after, before, describe, it } from "node:test";
import { fileURLToPath } from "node:url";

import { assertAccessible } from "../lib/axe.js";
import { Brand } from "../lib/brand.js";
import { openBrowser, Phone } from "../lib/phone.js";

const SHOTS = fileURLToPath(new URL("../shots/", import.meta.url));
/** A finger needs this much (WCAG 2.2, 2.5.8). */
const TARGET_PX_MIN = 24;
/** More checks than this by others make a code suspicious. */
const CHECKS_MAX = 20;
/** A phone that asks more often than this at once waits. */
const VISITS_MAX = 80;

/** Brings a phone to a state, each time with what it needs of its own. */
const STATES = {
  offer: (phone, brand) => phone.visit(brand.link(brand.code())),
  "offer-place": async (phone, brand) => {
    await phone.visit(brand.link(brand.code()));
    await phone.page.locator("summary").click();
  },
  "red-packet": opened("red_packet"),
  points: opened("points"),
  gift: opened("gift"),
  blank: opened("blank"),
  "not-here": opened("regional"),
  "no-campaign": (phone, brand) => phone.visit(brand.link(brand.code("plain"))),
  taken: (phone, brand) => phone.visit(brand.link(brand.takenCode)),
  "seen-before": (phone, brand) => phone.visit(brand.link(brand.seenCode)),
  "not-active": (phone, brand) => phone.visit(brand.link(brand.batches.asleep.codes[0])),
  void: (phone, brand) => phone.visit(brand.link(brand.voidCode)),
  suspicious: (phone, brand) => phone.visit(brand.link(brand.suspiciousCode)),
  unknown: (phone, brand) => phone.visit(brand.link("0123456789ABCDEF")),
  "unknown-long": (phone, brand) => phone.visit(brand.link("a-text-that-nobody-ever-printed-on-a-bottle-of-water")),
  expired: async (phone, brand) => {
    await phone.visit(brand.link(brand.code()));
    await phone.context.clearCookies();
    await phone.page.locator("#reward button").click();
    await phone.page.waitForSelector("main:not(:has(form)) h1");
  },
};

function opened(batch) {
  return async (phone, brand) => {
    await phone.visit(brand.link(brand.code(batch)));
    await phone.page.locator("#reward button").click();
    await phone.page.waitForSelector("#reward:not(:has(form))");
  };
}

const LOOKS = ["zh-CN", "en"].flatMap((language) =>
  [false, true].flatMap((dark) =>
    [false, true].map((desktop) => {
      const name = `${language.slice(0, 2)}-${dark ? "dark" : "light"}-${desktop ? "desktop" : "phone"}`;
      return { name, options: { language, dark, desktop } };
    })));

describe("every state of the page", () => {
  let brand;
  let browser;
  /** A phone for each look, which forgets who it is between states. */
  const phones = new Map();
  before(async () => {
    await rm(SHOTS, { recursive: true, force: true });
    await mkdir(SHOTS, { recursive: true });
    brand = await Brand.open();
    browser = await openBrowser();
    for (const { name, options } of LOOKS) phones.set(name, await Phone.open(browser, brand, options));
    brand.takenCode = brand.code();
    await brand.scan(brand.takenCode, true);
    brand.seenCode = brand.code();
    await brand.scan(brand.seenCode);
    brand.suspiciousCode = brand.code();
    for (let check = 0; check <= CHECKS_MAX; check++) await brand.scan(brand.suspiciousCode);
  });
  after(async () => {
    await browser?.close();
    await brand?.close();
  });

  for (const [state, reach] of Object.entries(STATES)) {
    it(state, async () => {
      for (const [look, phone] of phones) {
        await phone.context.clearCookies();
        await reach(phone, brand);
        await inspect(phone, state, look);
      }
    });
  }

  it("too-many", async () => {
    // One phone asks until it has to wait; the others are that phone again, by its cookie.
    const link = brand.link("0123456789ABCDEF");
    let cookies;
    for (const [look, phone] of phones) {
      await phone.context.clearCookies();
      if (cookies) await phone.context.addCookies(cookies);
      let status = 200;
      for (let visits = 0; status === 200 && visits < VISITS_MAX; visits++) status = (await phone.visit(link)).status();
      assert.equal(status, 429);
      cookies ??= await phone.context.cookies();
      await inspect(phone, "too-many", look);
    }
  });
});

/** Takes a picture and looks for what is cut off, too small to touch, or out of reach of some readers. */
async function inspect(phone, state, look) {
  const { page } = phone;
  await page.screenshot({ path: path.join(SHOTS, `${state}-${look}.png`), fullPage: true });
  const what = `${state}, ${look}`;
  const { overflow, small } = await page.evaluate((least) => {
    const root = document.documentElement;
    const targets = [...document.querySelectorAll("a, button, summary, select, label")];
    const isSmall = ({ width, height }) => width < least || height < least;
    const seen = targets.filter((each) => each.checkVisibility());
    return {
      overflow: root.scrollWidth - root.clientWidth,
      small: seen.filter((each) => isSmall(each.getBoundingClientRect())).map((each) => each.outerHTML),
    };
  }, TARGET_PX_MIN);
  assert.ok(overflow <= 0, `${what} is ${overflow} px too wide`);
  assert.deepEqual(small, [], `${what} has targets that a finger misses`);
  if (look.endsWith("phone")) await assertAccessible(page, what);
  phone.assertNoFault();
}
