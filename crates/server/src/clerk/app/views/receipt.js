// The end of a job: what was recorded and under which id, what was refused and why, what goes back. It can be shared and
// printed.

import { now } from "../api.js";
import { grouped } from "../code.js";
import { change, get, scansOf } from "../db.js";
import { fill, h, icon } from "../dom.js";
import { begin } from "../job.js";
import { byLevel, countsOf, hasPlace, operationsOf } from "../operations.js";
import { again, kick, news, reachable, takeBack, waitsFor } from "../queue.js";
import { go } from "../router.js";
import { owner } from "../session.js";
import { signal } from "../signals.js";
import { count, moment, reason, t, wordFor } from "../texts.js";
import { wayBack } from "../undo.js";

export async function receipt(main, id, me) {
  const job = await get("jobs", id);
  if (!job || job.owner !== owner()) return go("home", undefined, { replace: true });
  if (job.state === "open") return go("scan", id, { replace: true });
  let wasWaiting = await waitsFor(job);

  async function draw() {
    const scans = await scansOf(id);
    const waits = await waitsFor(job);
    if (wasWaiting && !waits && scans.some((scan) => scan.refused)) signal("bad");
    wasWaiting = waits;
    fill(
      main, h("a", { class: "back", href: "#home" }, icon("back"), t("receipt.home")), h("h1", {}, t(waits ? job.kind : `receipt.title.${job.kind}`)),
      stateOf(scans, waits), factsOf(job, scans, me), refusedOf(job, scans, waits), productsOf(scans), linesOf(job, scans, me), buttonsOf(job, scans, waits, me),
    );
  }

  const onSettled = (event) => {
    if (event.detail === id) draw();
  };
  news.addEventListener("settled", onSettled);
  news.addEventListener("network", draw);
  await draw();
  kick();
  return () => {
    news.removeEventListener("settled", onSettled);
    news.removeEventListener("network", draw);
  };
}

const recorded = (scans) => scans.filter((scan) => scan.done && !scan.undone);
const refusals = (scans) => scans.filter((scan) => scan.refused && !scan.isDealtWith);
const reports = (scans) => [...new Map(scans.flatMap((scan) => scan.done?.exceptions ?? []).map((one) => [JSON.stringify(one), one])).values()];

function stateOf(scans, waits) {
  const say = (tone, sign, text, more) => h("p", { class: `told ${tone}`, role: "status" }, icon(sign), h("span", {}, text, more && h("small", {}, more)));
  if (waits) return reachable() ? say("soft", "wait", t("receipt.sending")) : say("warn", "wait", t("receipt.waits"), t("receipt.waits_hint"));
  const refused = refusals(scans).length;
  const reported = reports(scans).length;
  if (refused > 0) return say("bad", "bad", t("receipt.some", { n: refused }));
  if (!scans.some((scan) => scan.done)) return say("warn", "wait", t("receipt.none"));
  return say("good", "good", t("receipt.all"), reported > 0 && t("receipt.reported", { n: reported }));
}

/** Operations by their ids, each once. */
const idsOf = (scans) => [...new Set(scans.map((scan) => scan.done?.id).filter(Boolean))];
const receivers = (scans) => [...new Set(scans.map((scan) => scan.done?.to_name).filter(Boolean))];

function factsOf(job, scans, me) {
  const ids = idsOf(scans);
  const back = receivers(scans);
  const fact = (name, ...value) => [h("dt", {}, t(name)), h("dd", {}, value)];
  return h(
    "dl", { class: "card" },
    job.to && fact(job.kind === "ship" ? "receipt.to" : "receipt.by", job.to.name),
    back.length > 0 && fact("receipt.back_to", back.join(", ")),
    fact("receipt.when", moment(job.sentAt)), fact("receipt.who", me.name),
    ids.length > 0 && fact("receipt.ids", ids.slice(0, 5).map((one) => h("code", {}, one)), ids.length > 5 && ` +${ids.length - 5}`),
  );
}

function summary(counted) {
  return [...byLevel(counted.levels).map(([level, n]) => count(n, level)), counted.items !== counted.levels.item && counted.items > 0 && count(counted.items, "items")].filter(Boolean).join(" · ");
}

function productsOf(scans) {
  const { products } = countsOf(recorded(scans));
  if (products.size === 0) return null;
  const rows = [...products.values()].map((of) => h("li", { class: "row" }, h("span", { class: "grow" }, h("b", {}, of.name)), h("span", {}, summary(of))));
  return [h("h2", {}, t("receipt.products")), h("ul", { class: "rows" }, rows)];
}

/** What was refused stays until somebody has dealt with it. */
function refusedOf(job, scans, waits) {
  const some = refusals(scans);
  if (some.length === 0) return null;
  const rows = some.map((scan) => h("li", { class: "row" }, h("span", { class: "grow" }, h("b", { class: "code" }, grouped(scan.key)), h("small", { class: "bad" }, reason(scan.refused)))));
  const dealtWith = async () => {
    await change("scans", some.map((scan) => [job.id, scan.n]), (scan) => ({ ...scan, isDealtWith: true }));
    news.dispatchEvent(new CustomEvent("settled", { detail: job.id }));
  };
  const isElsewhere = (scan) => job.kind === "pack" && scan.refused.code === "goods.already_packed";
  const sendAgain = (which, more = {}) => {
    const packs = scans.filter((scan) => scan.role === "pack" && which.some((one) => one.part === scan.part));
    const entries = operationsOf(job, [...new Set([...packs, ...which])].map((scan) => ({ ...scan, at: now() })));
    return again(job, entries.map((entry) => ({ ...entry, op: { ...entry.op, ...more } })));
  };
  const movable = some.filter(isElsewhere);
  return h(
    "section", { class: "refused" }, h("h2", {}, t("receipt.refused")), h("ul", { class: "rows" }, rows),
    !waits && movable.length > 0 && h("button", { type: "button", class: "plain", onclick: () => sendAgain(movable, { moves: true }) }, icon("pack"), t("receipt.move")),
    !waits && h("div", { class: "tools" }, h("button", { type: "button", class: "plain", onclick: () => sendAgain(some) }, t("receipt.again")), h("button", { type: "button", class: "plain", onclick: dealtWith }, t("receipt.dismiss"))),
  );
}

function linesOf(job, scans, me) {
  const row = (scan) => {
    const notes = [];
    if (scan.undoing) notes.push(["soft", t("receipt.undoing")]);
    else if (scan.undone) notes.push(["soft", t("receipt.undone")]);
    else if (scan.undoRefused) notes.push(["bad", reason(scan.undoRefused)]);
    else if (scan.refused) notes.push(["bad", reason(scan.refused)]);
    for (const { kind, unit } of scan.done?.exceptions ?? []) {
      if (sameUnit(unit, scan.info?.unit)) notes.push(["warn", wordFor("reported", kind)]);
    }
    const role = ["pack", "old", "new"].includes(scan.role) && t(`role.${scan.role}`);
    const known = scan.info && [scan.info.product.name, wordFor("level", scan.info.unit.level)].join(" · ");
    return h(
      "li", { class: "row" }, icon(scan.refused ? "bad" : scan.done ? "good" : scan.role === "pack" ? "pack" : "wait"),
      h("span", { class: "grow" }, h("b", { class: "code" }, grouped(scan.key)), h("small", {}, [role, known].filter(Boolean).join(" · ")), notes.map(([tone, text]) => h("small", { class: tone }, text))),
      undoOf(job, scan, me),
    );
  };
  return h("details", {}, h("summary", {}, `${t("scan.list")} (${scans.length})`), h("ul", { class: "rows" }, [...scans].reverse().map(row)));
}

/** Neighbours were joined in the report. */
const sameUnit = (joined, one) => Boolean(one) && joined.batch === one.batch && joined.level === one.level && joined.first <= one.first && one.last <= joined.last;

const isUndoable = (job, scan, me) => scan.done && !scan.undone && !scan.undoing && Boolean(wayBack(job, scan, me).op);

function undoOf(job, scan, me) {
  if (!isUndoable(job, scan, me)) return null;
  const text = t("receipt.undo");
  return h("button", { type: "button", class: "link undo", "aria-label": `${text} ${grouped(scan.key)}`, onclick: () => takeBack(job, scan, wayBack(job, scan, me)) }, text);
}

/** Takes the last one back, or says why nothing does. */
function undoLast(job, scans, me) {
  const last = recorded(scans).filter((scan) => !scan.undoing && scan.role !== "pack").at(-1);
  if (!last) return null;
  const way = wayBack(job, last, me);
  if (way.reason) return h("p", { class: "soft" }, `${t("undo.cannot")} ${t(way.reason)}`);
  return h("button", { type: "button", class: "plain", onclick: () => takeBack(job, last, way) }, icon("undo"), t("receipt.undo_last"));
}

function buttonsOf(job, scans, waits, me) {
  const share = async (event) => {
    const text = textOf(job, scans, waits, me);
    if (navigator.share) return navigator.share({ title: t(`receipt.title.${job.kind}`), text }).catch(() => {});
    const button = event.currentTarget;
    await navigator.clipboard.writeText(text);
    return fill(button, t("receipt.copied"));
  };
  const more = async () => {
    if (hasPlace(job.kind)) go("destination", job.kind);
    else go("scan", (await begin(job.kind)).id);
  };
  return h(
    "div", { class: "end" }, undoLast(job, scans, me),
    h("div", { class: "tools" }, h("button", { type: "button", class: "plain", onclick: share }, t("receipt.share")), h("button", { type: "button", class: "plain", onclick: () => print() }, t("receipt.print"))),
    h("button", { type: "button", class: "big", onclick: more }, icon(job.kind), t("receipt.more")),
  );
}

/** The receipt as a message. */
function textOf(job, scans, waits, me) {
  const counted = countsOf(recorded(scans));
  const back = receivers(scans);
  const lines = [
    `${t(`receipt.title.${job.kind}`)}${waits ? ` (${t("receipt.waits")})` : ""}`,
    job.to && `${t(job.kind === "ship" ? "receipt.to" : "receipt.by")}: ${job.to.name}`,
    back.length > 0 && `${t("receipt.back_to")}: ${back.join(", ")}`,
    `${t("receipt.when")}: ${moment(job.sentAt)}`, `${t("receipt.who")}: ${me.name}`,
    ...[...counted.products.values()].map((of) => `${of.name}: ${summary(of)}`),
    refusals(scans).length > 0 && t("receipt.some", { n: refusals(scans).length }),
    ...idsOf(scans).slice(0, 5).map((one) => `${t("receipt.ids")}: ${one}`),
  ];
  return lines.filter(Boolean).join("\n");
}
