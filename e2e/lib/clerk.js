// A phone in a warehouse: the clerk page in Debian's Chromium, with a scanner that types and a camera that shows a film.
// What the page may not do is noted as elsewhere: asking another server, writing errors, breaking its
// Content-Security-Policy.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";

import { chromium } from "playwright-core";

import { Office, PASSWORD } from "./operator.js";

const WAIT_MS_MAX = 20_000;
const SWITCHES = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--no-first-run", "--disable-background-networking"];

/** A brand with a plant, a dealer, its store, and 240 bottles of which every 24 lie in a case. */
export class Yard extends Office {
  async fill() {
    await super.fill();
    const organisation = (kind, parent, name, code) => this.post("/v1/organisations", { kind, parent, name, code });
    this.dealer = await organisation("dealer", this.hq.id, "恒达商贸", "D1");
    this.store = await organisation("store", this.dealer.id, "西溪小超", "S1");
    this.other = await organisation("dealer", this.hq.id, "宁波通达", "D2");
    const stock = { product: this.product.id, lot: "L-yard", items: 240, items_per_case: 24, faces: "outer" };
    this.stock = await this.post("/v1/batches", stock);
    await this.post(`/v1/batches/${this.stock.id}/activations`, {});
    this.items = await this.levelCodes(this.stock.id, "item");
    this.cases = await this.levelCodes(this.stock.id, "case");
    const line = { ...stock, lot: "L-line", items: 48, items_per_box: 6, association: "on_line" };
    this.line = await this.post("/v1/batches", line);
    this.lineItems = await this.levelCodes(this.line.id, "item");
    this.lineBoxes = await this.levelCodes(this.line.id, "box");
  }

  /** The codes of a level of a batch, in order of serial. */
  async levelCodes(batch, level) {
    const text = await this.read(`/v1/batches/${batch}/codes?level=${level}&face=outer&form=code`).then((got) => got.text());
    return text.trim().split("\n");
  }

  async read(path) {
    const got = await fetch(this.origin + path, { headers: { authorization: `Bearer ${this.server.key}` } });
    assert.ok(got.ok, `GET ${path}: ${got.status}`);
    return got;
  }

  json = (path) => this.read(path).then((got) => got.json());

  trace = (code) => this.json(`/v1/codes/${code}/trace`);

  /** Somebody who handles goods, with a password. */
  async clerk(email, name, role, organisation) {
    const user = await this.post("/v1/users", { email, name, role, organisation });
    const { token } = await this.post(`/v1/users/${user.id}/links`, {});
    await this.send("/v1/password/by-link", { token, password: PASSWORD });
    return user;
  }

  /** The path of a link to sign in. */
  async signInPath(user) {
    return (await this.post(`/v1/users/${user.id}/sign-in-links`, {})).path;
  }
}

/** A browser whose camera shows a film. */
export async function openBrowser(film) {
  const camera = film ? ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream", `--use-file-for-fake-video-capture=${film}`] : [];
  return chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: [...SWITCHES, ...camera] });
}

export class Handheld {
  static async open(browser, yard, { language = "en", dark = false, width = 390, height = 844, camera = false } = {}) {
    const hand = new Handheld();
    hand.yard = yard;
    hand.context = await browser.newContext({
      viewport: { width, height }, hasTouch: true, locale: language, colorScheme: dark ? "dark" : "light", reducedMotion: "reduce",
      ...(camera && { permissions: ["camera"] }),
    });
    hand.context.setDefaultTimeout(WAIT_MS_MAX);
    hand.page = await hand.context.newPage();
    hand.watch();
    return hand;
  }

  watch() {
    this.faults = [];
    this.page.on("request", (request) => {
      const url = new URL(request.url());
      if (!["data:", "blob:"].includes(url.protocol) && url.origin !== this.yard.origin) this.faults.push(`asks ${url.href}`);
    });
    this.page.on("console", (message) => {
      // What is refused or cannot be reached, Chromium calls an error; the page tells it.
      const isTold = /^Failed to load resource: (the server responded with a status of (401|404|409|422)|net::ERR_(INTERNET_DISCONNECTED|FAILED))/.test(message.text());
      if (["error", "warning"].includes(message.type()) && !isTold) this.faults.push(`console: ${message.text()}`);
    });
    this.page.on("pageerror", (error) => this.faults.push(`script: ${error.message}`));
    this.page.on("dialog", (dialog) => dialog.accept());
  }

  async visit(path = "/clerk/") {
    await this.page.goto(this.yard.origin + path, { waitUntil: "domcontentloaded" });
    await this.page.waitForSelector("h1");
  }

  async signIn(email) {
    await this.visit();
    await this.page.locator("#email").fill(email);
    await this.page.locator("#password").fill(PASSWORD);
    await this.page.locator("button[type=submit]").click();
    await this.page.waitForSelector(".actions .action");
  }

  /** The page is on the phone, and opens without a network. */
  async isKept() {
    await this.page.evaluate(async () => {
      await navigator.serviceWorker.ready;
      if (!navigator.serviceWorker.controller) await new Promise((resolve) => navigator.serviceWorker.addEventListener("controllerchange", resolve, { once: true }));
    });
  }

  /** Begins a job, to an organisation by its name where it goes to one. */
  async begin(kind, place) {
    await this.page.locator(`.action.${kind}`).click();
    if (place) {
      await this.page.locator("#place").fill(place);
      await this.page.locator("button.row").filter({ hasText: place }).first().click();
    }
    await this.page.waitForSelector(".numbers");
  }

  /** As a scanner types: all letters at once, then Enter. */
  async shoot(...codes) {
    for (const code of codes) {
      await this.page.keyboard.type(code);
      await this.page.keyboard.press("Enter");
    }
  }

  async counts(number) {
    await this.page.locator(`[data-count="${number}"]`).waitFor();
  }

  async finish() {
    await this.page.locator("button.send").click();
    await this.page.waitForSelector("dl.card");
  }

  async told(text) {
    await this.page.locator(".told").filter({ hasText: text }).first().waitFor();
  }

  async close() {
    await this.context.close();
    assert.deepEqual(this.faults, [], "the pages did something they may not do");
  }
}

/** Hands a phone to `use` and puts it away, whatever happens. */
export async function withHandheld(browser, yard, options, use) {
  const hand = await Handheld.open(browser, yard, options);
  try {
    await use(hand);
  } catch (error) {
    error.message += ` (faults so far: ${JSON.stringify(hand.faults)})`;
    await hand.context.close();
    throw error;
  }
  await hand.close();
}

const [FILM_WIDTH, FILM_HEIGHT, FRAMES_PER_S] = [640, 480, 5];

/**
 * A film of labels as a hand holds them before a camera, one after the other: turned, not in the middle, on a grey ground.
 * `pngs` are pictures of codes. YUV4MPEG2, which Chromium's camera plays over and over.
 */
export async function film(browser, file, pngs, seconds) {
  const page = await browser.newPage();
  const planes = await page.evaluate(drawn, { urls: pngs.map((png) => `data:image/png;base64,${png.toString("base64")}`), width: FILM_WIDTH, height: FILM_HEIGHT });
  await page.close();
  const colours = Buffer.alloc(FILM_WIDTH * FILM_HEIGHT / 2, 128);
  const parts = [Buffer.from(`YUV4MPEG2 W${FILM_WIDTH} H${FILM_HEIGHT} F${FRAMES_PER_S}:1 Ip A1:1 C420jpeg\n`)];
  for (const plane of planes) {
    for (let frame = 0; frame < seconds * FRAMES_PER_S; frame += 1) parts.push(Buffer.from("FRAME\n"), Buffer.from(plane, "base64"), colours);
  }
  await writeFile(file, Buffer.concat(parts));
}

/** In the browser: how bright each dot of each picture is. */
async function drawn({ urls, width, height }) {
  const found = [];
  for (const [at, url] of urls.entries()) {
    const image = new Image();
    image.src = url;
    await image.decode();
    const canvas = new OffscreenCanvas(width, height);
    const context = canvas.getContext("2d");
    context.fillStyle = "#9a9a9a";
    context.fillRect(0, 0, width, height);
    context.translate(width / 2 + 30, height / 2 - 12);
    context.rotate(0.12 + at * 0.2);
    context.imageSmoothingEnabled = false;
    context.drawImage(image, -130, -130, 260, 260);
    const { data } = context.getImageData(0, 0, width, height);
    let text = "";
    for (let dot = 0; dot < width * height; dot += 1) text += String.fromCharCode(data[4 * dot]);
    found.push(btoa(text));
  }
  return found;
}
