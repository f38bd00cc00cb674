// A phone with Debian's Chromium. It notes everything a page may not do: ask another server, write errors to the
// console, break its content security policy.

import assert from "node:assert/strict";

import { chromium } from "playwright-core";

const SWITCHES = [
  "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-quic", "--no-first-run",
  "--disable-background-networking", "--disable-component-update", "--disable-sync",
];
const AGENT =
  "Mozilla/5.0 (Linux; Android 15; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36";
/** The browser inside WeChat. */
export const WECHAT_AGENT = `${AGENT} MicroMessenger/8.0.50.2701(0x28003237)`;
const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2, userAgent: AGENT };
const DESKTOP = { viewport: { width: 1280, height: 800 } };
/** A selector that does not come within this time is not coming. */
const WAIT_MS_MAX = 15_000;

/** Words that the tests look for, in the language of the phone. */
export const WORDS = {
  "zh-CN": { open: "打开奖励", genuine: "正品", where: "所在地区", taken: "奖励已被领取", unknown: "查不到此码" },
  en: {
    open: "Open the reward", genuine: "Genuine", where: "Where you are",
    taken: "The reward was opened already", unknown: "We do not know this code",
  },
};

export async function openBrowser() {
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: SWITCHES });
}

export class Phone {
  /**
   * A phone that was never here: no cookie. `here`: its owner lets pages ask where it is. `agent`: another browser.
   * `passes`: the origin of another server that it may be sent to.
   */
  static async open(browser, brand, options = {}) {
    const { language = "zh-CN", dark = false, desktop = false, javaScript = true, here, agent, passes } = options;
    const phone = new Phone();
    phone.brand = brand;
    phone.origins = [brand.origin, passes];
    phone.words = WORDS[language];
    phone.context = await browser.newContext({
      ...(desktop ? DESKTOP : PHONE),
      locale: language,
      colorScheme: dark ? "dark" : "light",
      javaScriptEnabled: javaScript,
      ...(agent && { userAgent: agent }),
      ...(here && { geolocation: here, permissions: ["geolocation"] }),
    });
    phone.context.setDefaultTimeout(WAIT_MS_MAX);
    phone.page = await phone.context.newPage();
    phone.watch();
    return phone;
  }

  watch() {
    this.faults = [];
    /** Requests to the server, each as "METHOD path". */
    this.requests = [];
    this.page.on("request", (request) => {
      const url = new URL(request.url());
      if (url.protocol === "data:") return;
      if (!this.origins.includes(url.origin)) this.faults.push(`asks ${url.href}`);
      this.requests.push(`${request.method()} ${url.pathname}`);
    });
    this.page.on("console", (message) => {
      // A page that says "too many requests" has that status, which Chromium calls an error.
      const refusal = /^Failed to load resource: .* status of (409|422|429) /.test(message.text());
      if (message.type() === "error" && !refusal) this.faults.push(`console: ${message.text()}`);
    });
    this.page.on("pageerror", (error) => this.faults.push(`script: ${error.message}`));
  }

  /** Opens what a scanned code says: a whole link. */
  async visit(link) {
    const response = await this.page.goto(link, { waitUntil: "domcontentloaded" });
    await this.page.waitForSelector("h1");
    return response;
  }

  async headline() {
    return this.page.locator("h1").innerText();
  }

  /** A finger on the button. */
  async openReward() {
    await this.page.getByRole("button", { name: this.words.open }).tap();
    await this.page.waitForSelector("#reward:not(:has(form))");
  }

  /** The red packet on the page, in fen. */
  async fen() {
    const text = await this.page.locator("#reward .amount").innerText();
    const amount = /^¥\s*(\d+)\.(\d\d)$/.exec(text.trim());
    assert.ok(amount, `the page shows an amount, not ${JSON.stringify(text)}`);
    return Number(amount[1]) * 100 + Number(amount[2]);
  }

  /** The device that the page's cookie names. */
  async device() {
    const cookie = (await this.context.cookies()).find(({ name }) => name === "tm_device");
    assert.ok(cookie?.httpOnly && cookie.sameSite === "Lax", "the device cookie is out of reach of scripts and strangers");
    return cookie.value.split(".")[0];
  }

  /** Puts the phone away: by now it must have seen no fault. */
  async close() {
    await this.context.close();
    this.assertNoFault();
  }

  assertNoFault() {
    assert.deepEqual(this.faults, [], "the pages did something they may not do");
  }
}

/** Hands a phone to `use` and puts it away, whatever happens. */
export async function withPhone(browser, brand, options, use) {
  const phone = await Phone.open(browser, brand, options);
  try {
    await use(phone);
  } catch (error) {
    await phone.context.close();
    throw error;
  }
  await phone.close();
}
