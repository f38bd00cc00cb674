// From the printing house to the ledger: what is printed is read back by an independent decoder, and what was read is
// opened on a phone.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { Brand } from "../lib/brand.js";
import { decode, decodeLabels, missingTools } from "../lib/decode.js";
import { openBrowser, withPhone } from "../lib/phone.js";

const missing = missingTools();

describe("a printed code", { skip: missing ?? false }, () => {
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

  /** What the label of one code says once printed as `kind`. */
  async function printed(kind, code, serial) {
    const origin = `origin=${encodeURIComponent(brand.origin)}`;
    const { id } = brand.batches.red_packet;
    const path = kind === "pdf"
      ? `/v1/batches/${id}/labels?level=item&face=outer&first=${serial}&last=${serial}&${origin}`
      : `/v1/codes/${code}/qr.${kind}?${origin}`;
    const file = await brand.get(path);
    const texts = await decode(kind, Buffer.from(await file.arrayBuffer()));
    assert.equal(texts.length, 1, `one symbol on a ${kind} of one code`);
    return texts[0];
  }

  it("says its link in capitals, which every phone reads as this server", async () => {
    const [code] = brand.batches.red_packet.codes;
    assert.equal(await printed("png", code, 0), `${brand.origin.toUpperCase()}/C/${code}`);
  });

  it("stands on a sheet at its place, the next page included", async () => {
    const query = `first=100&last=142&origin=${encodeURIComponent(brand.origin)}`;
    const { id } = brand.batches.red_packet;
    const sheet = await brand.get(`/v1/batches/${id}/labels?level=item&face=outer&${query}`);
    assert.equal(sheet.headers.get("content-type"), "application/pdf");
    const ordered = await brand.lines(id, `form=link&${query}`);
    assert.equal(ordered.length, 43);
    const corners = [0, 4, 35, 39, 40, 42];
    const texts = await decodeLabels(Buffer.from(await sheet.arrayBuffer()), corners);
    assert.deepEqual(texts, corners.map((number) => ordered[number]));
  });

  let serial = 0;
  for (const javaScript of [true, false]) {
    for (const language of ["zh-CN", "en"]) {
      for (const kind of ["png", "svg", "pdf"]) {
        it(`as ${kind} in ${language}${javaScript ? "" : " without JavaScript"} pays what the page says`, async () => {
          const code = brand.code();
          const link = await printed(kind, code, serial++);
          const budget = await brand.budget("red_packet");
          await withPhone(browser, brand, { language, javaScript }, async (phone) => {
            await phone.visit(link);
            assert.equal(await phone.headline(), phone.words.genuine);
            await phone.openReward();
            const fen = await phone.fen();
            const { scan, owner } = await brand.booked(code, await phone.device());
            assert.equal(owner.cny_fen, fen, "the phone's owner has what the page says");
            assert.equal(await brand.budget("red_packet"), budget - fen, "the campaign has that much less");
            const moved = scan.transfers.filter(({ unit, to }) => unit === "CNY" && to === "wallet");
            assert.deepEqual(moved.map(({ amount }) => amount), [fen]);
            assert.deepEqual(scan.draws.map(({ replays }) => replays), [true]);
          });
        });
      }
    }
  }

  it("leaves the books without a discrepancy", async () => {
    const { code, stdout } = await brand.server.verify();
    assert.equal(stdout.trim(), "0 discrepancies");
    assert.equal(code, 0);
  });
});
