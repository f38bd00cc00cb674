// `cargo xtask bench console`: what the console weighs and how soon it can be used, and the same of the page of a scan, in
// Chromium against the program. `--out FOLDER`, `--runs N`.

import http from "node:http";
import { parseArgs } from "node:util";

import { Desk, Office } from "../lib/operator.js";
import { openBrowser, Phone } from "../lib/phone.js";
import { median, Report } from "../lib/report.js";

const { values } = parseArgs({
  options: { out: { type: "string", default: "bench/results" }, runs: { type: "string", default: "9" }, scans: { type: "string", default: "240" } },
});
const [RUNS, SCANS] = [Number(values.runs), Number(values.scans)];
const PASSWORD_FIELD = "#password";
/** So many come before those that count. All are fewer than one address may ask for at once (300). */
const WARM_UP = 30;

const report = new Report(values.out, "console");
const office = await Office.open();
const browser = await openBrowser();
try {
  await weights();
  await soon();
  await scanPages();
  await seen();
} finally {
  await browser.close();
  await office.close();
}

/** Scripts that a page takes from an empty cache, in bytes on the wire without headers; and how they were compressed. */
async function scripts(desk, path) {
  const debug = await desk.context.newCDPSession(desk.page);
  await debug.send("Network.enable");
  await debug.send("Network.setCacheDisabled", { cacheDisabled: true });
  const found = new Map();
  debug.on("Network.responseReceived", ({ requestId, response: { url, headers } }) => {
    if (url.endsWith(".js")) found.set(requestId, { bytes: Number(headers["content-length"]), coding: headers["content-encoding"] });
  });
  await desk.visit(path);
  await debug.detach();
  const all = [...found.values()];
  return { kb: all.reduce((sum, { bytes }) => sum + bytes, 0) / 1000, files: all.length, coding: [...new Set(all.map(({ coding }) => coding))].join() };
}

async function weights() {
  const desk = await Desk.open(browser, office);
  await desk.signIn();
  // An address that no place has: the frame alone.
  const shell = await scripts(desk, "/nowhere");
  const home = await scripts(desk, "/");
  await desk.close();
  report.add("console_shell_kb", "kB", [shell.kb], { bar: "280 or less", files: shell.files, coding: shell.coding });
  report.add("console_home_kb", "kB", [home.kb], { bar: "550 or less", files: home.files, coding: home.coding });
}

/** Each time by a browser that was never here: from going there to where something can be done. */
async function soon() {
  const [forms, homes] = [[], []];
  for (let run = 0; run < RUNS; run += 1) {
    const desk = await Desk.open(browser, office);
    forms.push(await elapsed(async () => {
      await desk.page.goto(`${office.origin}/console/sign-in`, { waitUntil: "commit" });
      await desk.page.locator(PASSWORD_FIELD).fill("x");
    }));
    await desk.signIn();
    const debug = await desk.context.newCDPSession(desk.page);
    await debug.send("Network.enable");
    await debug.send("Network.clearBrowserCache");
    homes.push(await elapsed(async () => {
      await desk.page.goto(`${office.origin}/console/`, { waitUntil: "commit" });
      await desk.page.waitForSelector("canvas");
      await desk.settled();
    }));
    await desk.close();
  }
  const slower = forms.map((form, run) => Math.max(form, homes[run]));
  const note = (runs) => `${median(runs).toFixed(0)} ms`;
  report.add("console_interactive_ms", "ms", slower, { bar: "2000 or less", sign_in: note(forms), home: note(homes), cache: "empty" });
}

async function elapsed(action) {
  const begun = performance.now();
  await action();
  return performance.now() - begun;
}

async function scanPages() {
  const codes = await office.codes();
  const phone = await Phone.open(browser, office);
  const debug = await phone.context.newCDPSession(phone.page);
  await debug.send("Network.enable");
  let bytes = 0;
  debug.on("Network.loadingFinished", ({ encodedDataLength }) => (bytes += encodedDataLength));
  await phone.visit(`${office.origin}/C/${codes[0]}`);
  await phone.page.waitForTimeout(500);
  report.add("scan_page_kb", "kB", [bytes / 1000], { bar: "14 or less", requests: phone.requests.length, compressed: "no: one answer" });
  await phone.close();

  // One after the other, each as a phone that was never here, so that every one is decided and kept.
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const times = [];
  for (let at = 0; at < WARM_UP + SCANS; at += 1) times.push(await page(agent, codes[at % codes.length]));
  agent.destroy();
  const counted = times.slice(WARM_UP).sort((one, other) => one - other);
  report.add("scan_page_p50_ms", "ms", [median(counted)], {
    bar: "5 or less", scans: counted.length, p99: `${counted[Math.floor(counted.length * 0.99)].toFixed(2)} ms`, measured: "by an HTTP client on the same machine, its own time included",
  });
}

/** From the last byte of a scan's page to its count on a home that is looked at. */
async function seen() {
  const desk = await Desk.open(browser, office);
  await desk.signIn();
  const [code] = await office.codes();
  const count = () => desk.page.locator("section.numbers .number-value").first().innerText();
  const agent = new http.Agent();
  const runs = [];
  for (let run = 0; run < RUNS; run += 1) {
    const before = await count();
    await page(agent, code);
    runs.push(await elapsed(() => desk.page.waitForFunction((old) => document.querySelector("section.numbers .number-value").textContent !== old, before)));
    // So that the scan falls anywhere between two of the desk's questions.
    await desk.page.waitForTimeout(200 * (run % 7));
  }
  await desk.close();
  report.add("console_seen_ms", "ms", runs, { bar: "2000 or less", slowest: `${Math.max(...runs).toFixed(0)} ms` });
}

/** Milliseconds from asking for the page of a code to its last byte. */
function page(agent, code) {
  return new Promise((resolve, reject) => {
    const begun = performance.now();
    const headers = { "user-agent": "Mozilla/5.0 (Linux; Android 15; K) Mobile Safari/537.36" };
    http.get(`${office.origin}/C/${code}`, { agent, headers }, (response) => {
      if (response.statusCode !== 200) return reject(new Error(`a scan's page answered ${response.statusCode}`));
      response.resume().on("end", () => resolve(performance.now() - begun));
    }).on("error", reject);
  });
}
