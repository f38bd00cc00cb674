// The page is one small answer that needs nothing else.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { gzipSync } from "node:zlib";

import { Brand } from "../lib/brand.js";
import { openBrowser, withPhone } from "../lib/phone.js";

/** What a server sends before it waits for the first acknowledgement: ten segments (RFC 6928). */
const BYTES_MAX = 14_000;

describe("the page", () => {
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

  /** Bytes on the wire, headers included, of the next page. */
  async function weighed(phone, action) {
    const debug = await phone.context.newCDPSession(phone.page);
    await debug.send("Network.enable");
    let bytes = 0;
    debug.on("Network.loadingFinished", ({ encodedDataLength }) => (bytes += encodedDataLength));
    const response = await action();
    // A request that the page still makes would come within this time.
    await new Promise((resolve) => setTimeout(resolve, 500));
    await debug.detach();
    return { bytes, body: await response?.body() };
  }

  for (const language of ["zh-CN", "en"]) {
    it(`is one request of at most ${BYTES_MAX} bytes in ${language}`, async (t) => {
      const code = brand.code();
      await withPhone(browser, brand, { language }, async (phone) => {
        const { bytes, body } = await weighed(phone, () => phone.visit(brand.link(code)));
        assert.deepEqual(phone.requests, [`GET /C/${code}`]);
        t.diagnostic(`${language}: ${bytes} bytes on the wire, ${body.length} of page, ${gzipSync(body).length} under gzip`);
        assert.ok(bytes <= BYTES_MAX, `${bytes} bytes on the wire`);
        assert.ok(body.length <= BYTES_MAX, `${body.length} bytes before any compression`);
        const opened = await weighed(phone, () => phone.openReward());
        assert.deepEqual(phone.requests.slice(1), [`POST /C/${code}`]);
        assert.ok(opened.bytes <= BYTES_MAX);
      });
    });
  }

  it("forbids itself everything that it does not need", async () => {
    await withPhone(browser, brand, {}, async (phone) => {
      const response = await phone.visit(brand.link(brand.code()));
      const policy = response.headers()["content-security-policy"];
      for (const rule of ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"]) {
        assert.ok(policy.includes(rule), rule);
      }
      assert.ok(!policy.includes("unsafe"));
      const reached = await phone.page.evaluate(() => {
        const image = new Image();
        const broken = new Promise((resolve) => document.addEventListener("securitypolicyviolation", (event) => resolve(event.effectiveDirective)));
        image.src = "https://elsewhere.invalid/pixel.png";
        return broken;
      });
      assert.equal(reached, "img-src", "a foreign picture is stopped before it is asked for");
      // That was this test's doing.
      phone.faults = phone.faults.filter((fault) => !fault.includes("elsewhere.invalid"));
    });
  });
});
