// `cargo xtask screenshots`: the pictures of README.md and README.zh-CN.md, from the running product into docs/images.

import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { Desk } from "./lib/operator.js";
import { openBrowser, Phone } from "./lib/phone.js";
import { Showcase } from "./lib/showcase.js";

const TO = fileURLToPath(new URL("../docs/images/", import.meta.url));
const BYTES_MAX = 150_000;
const QUALITY = 80;
const SIZE = { width: 1280, height: 800 };

/** What is shown, in both languages. */
const PAGES = [
  ["home", "/"],
];

/** WebP, which every browser and GitHub shows, and which is a third of a PNG. */
async function keep(page, name) {
  const debug = await page.context().newCDPSession(page);
  const { data } = await debug.send("Page.captureScreenshot", { format: "webp", quality: QUALITY });
  await debug.detach();
  const picture = Buffer.from(data, "base64");
  if (picture.length > BYTES_MAX) throw new Error(`${name} has ${picture.length} bytes, more than ${BYTES_MAX}`);
  writeFileSync(path.join(TO, `${name}.webp`), picture);
  console.log(`docs/images/${name}.webp ${Math.ceil(picture.length / 1000)} kB`);
}

mkdirSync(TO, { recursive: true });
const office = await Showcase.open();
const browser = await openBrowser();
try {
  for (const [language, suffix] of [["en", ""], ["zh-CN", ".zh-CN"]]) {
    const desk = await Desk.open(browser, office, { language });
    await desk.page.setViewportSize(SIZE);
    await desk.signIn();
    for (const [name, where] of PAGES) {
      await desk.visit(where);
      // Charts are drawn a frame after the page stands.
      await desk.page.waitForTimeout(400);
      await keep(desk.page, name + suffix);
    }
    await desk.close();
    const phone = await Phone.open(browser, office, { language });
    await phone.visit(`${office.origin}/C/${office.unopened}`);
    await keep(phone.page, `scan${suffix}`);
    await phone.close();
  }
} finally {
  await browser.close();
  await office.close();
}
