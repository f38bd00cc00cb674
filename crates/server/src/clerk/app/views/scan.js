// A job in work: scan, see and hear what came of it, take back, send.

import { start as startCamera } from "../camera.js";
import { grouped } from "../code.js";
import { fill, h, icon } from "../dom.js";
import { listen } from "../gun.js";
import { Work } from "../job.js";
import { byLevel, doubtOf, operationsOf } from "../operations.js";
import { go } from "../router.js";
import { signal } from "../signals.js";
import { count, recallText, t, wordFor } from "../texts.js";

/** Lines that are drawn until somebody asks for all; the counts are of all. */
const LINES_MAX = 30;

export async function scan(main, id) {
  const work = await Work.resume(id);
  if (!work) return go("home", undefined, { replace: true });
  if (work.job.state === "sent") return go("receipt", id, { replace: true });
  const { kind, to } = work.job;
  const parts = Object.fromEntries(["said", "ask", "numbers", "list", "sending"].map((name) => [name, h("div", { class: name })]));
  parts.said.setAttribute("role", "status");
  const camera = cameraPart((read) => work.take(read));
  const typed = typedPart((read) => work.take(read));
  const undo = h("button", { type: "button", class: "plain", onclick: () => work.undo() }, icon("undo"), t("scan.undo"));
  const next = h("button", { type: "button", class: "plain next", onclick: () => work.nextPart() }, icon("pack"), t("next.pack"));

  let isWhole = false;

  /** What leads to the lines that are not drawn. */
  function moreOf({ scans }) {
    const n = scans.length - LINES_MAX;
    const all = () => {
      isWhole = true;
      draw();
    };
    return n > 0 && h("button", { type: "button", class: "plain", onclick: all }, t("scan.more", { n }));
  }

  async function finish(event) {
    const button = event.currentTarget;
    if (button.disabled) return;
    button.disabled = true;
    await work.finish();
    signal("done");
    go("receipt", id, { replace: true });
  }

  async function drop() {
    const n = work.scans.length;
    if (n > 0 && !confirm(t("scan.drop_sure", { n }))) return;
    await work.drop();
    go("home", undefined, { replace: true });
  }

  function draw() {
    fill(parts.said, toldOf(work));
    fill(parts.ask, ["pack", "replace"].includes(kind) && h("p", { class: "ask" }, t(`ask.${work.role}`)));
    drawNumbers(parts.numbers, work);
    fill(parts.list, h("h2", {}, t("scan.list")), listOf(work, isWhole), !isWhole && moreOf(work));
    undo.disabled = work.scans.length === 0;
    next.hidden = kind !== "pack" || !work.part.some((one) => one.role === "code");
    const n = amountOf(work);
    fill(parts.sending, h("button", { type: "button", class: "big send", disabled: !work.isReady, onclick: finish }, icon(kind), t(`do.${kind}`, { n })));
  }

  work.onchange = draw;
  fill(
    main,
    h("div", { class: "bar" }, h("a", { class: "back", href: "#home" }, icon("back"), t("back")), h("button", { type: "button", class: "link", onclick: drop }, t("scan.drop"))),
    h("h1", {}, t(kind), to && h("small", {}, `${t(kind === "ship" ? "receipt.to" : "receipt.by")} ${to.name}`)),
    camera.element, parts.said, parts.ask, parts.numbers,
    h("div", { class: "tools" }, undo, next, camera.button, camera.torch), typed, parts.sending, parts.list,
  );
  draw();
  const deaf = listen((read) => work.take(read));
  return () => {
    deaf();
    camera.stop();
    work.close();
  };
}

/** How much the button says it sends. */
function amountOf(work) {
  if (work.job.kind === "replace") return operationsOf(work.job, work.scans).length;
  return work.counts.codes;
}

function toldOf(work) {
  const { outcome, scan: one, read } = work.last ?? {};
  const say = (tone, sign, text, more) => h("p", { class: `told ${tone}` }, icon(sign), h("span", {}, text, more && h("small", {}, more)));
  if (outcome === "bad") return say("bad", "bad", t("scan.bad", { read: read.slice(0, 60) }));
  if (outcome === "again") return say("warn", "wait", t("scan.again"), grouped(one.key));
  if (outcome === "undone") return say("soft", "undo", t("scan.undone", { code: grouped(one.key) }));
  if (outcome !== "good") return say("soft", "keyboard", t("scan.start"));
  const doubt = doubtOf(work.job, one);
  const more = doubt?.recall ? recallText(doubt.recall).message : grouped(one.key);
  if (doubt) return say(doubt.isBad ? "bad" : "warn", doubt.isBad ? "bad" : "wait", t(doubt.text, doubt), more);
  const known = one.info && `${one.info.product.name} · ${count(one.info.items, "items")}`;
  return say("good", "good", known ?? t("scan.good"), grouped(one.key));
}

function drawNumbers(element, work) {
  const { codes, items, levels, unknown } = work.counts;
  const isPacking = work.job.kind === "pack";
  const here = isPacking && work.part.filter((one) => one.role === "code").length;
  fill(
    element,
    h("p", { class: "count" }, h("b", { "data-count": codes }, String(isPacking ? here : codes)), h("span", {}, isPacking ? t("this.pack") : t("codes"))),
    h(
      "p", { class: "soft" },
      [isPacking && count(codes, "codes"), ...byLevel(levels).map(([level, n]) => count(n, level)), items > 0 && !(levels.item === items) && count(items, "items"), unknown > 0 && t("n.unknown", { n: unknown })]
        .filter(Boolean).join(" · "),
    ),
  );
}

function listOf(work, isWhole) {
  if (work.scans.length === 0) return h("p", { class: "soft" }, t("scan.empty"));
  const rows = work.scans.slice(isWhole ? 0 : -LINES_MAX).reverse().map((one) => {
    const doubt = doubtOf(work.job, one);
    const role = ["pack", "old", "new"].includes(one.role) && t(`role.${one.role}`);
    const known = one.info && [one.info.product.name, wordFor("level", one.info.unit.level), one.info.unit.level !== "item" && count(one.info.items, "items")].filter(Boolean).join(" · ");
    const code = grouped(one.key);
    return h(
      "li", { class: `row ${role ? "head" : ""}` },
      h(
        "span", { class: "grow" }, h("b", { class: "code" }, code), h("small", {}, [role, known].filter(Boolean).join(" · ")),
        doubt && h("small", { class: doubt.isBad ? "bad" : "warn" }, t(doubt.text, doubt)),
      ),
      h("button", { type: "button", class: "link", "aria-label": `${t("scan.remove")} ${code}`, onclick: () => work.remove(one) }, icon("bad")),
    );
  });
  return h("ul", { class: "rows" }, rows);
}

/** Where a code is typed by hand. A scanner that types into it does as well. */
function typedPart(take) {
  const input = h("input", { id: "typed", name: "typed", type: "text", autocomplete: "off", autocapitalize: "characters", spellcheck: "false", enterkeyhint: "done", "aria-label": t("scan.typed"), placeholder: t("scan.typed") });
  const submit = (event) => {
    event.preventDefault();
    const read = input.value;
    input.value = "";
    if (read.trim() !== "") take(read);
  };
  return h("form", { class: "typed", onsubmit: submit }, input, h("button", { type: "submit", class: "plain" }, t("scan.add")));
}

function cameraPart(take) {
  const video = h("video", { muted: true, playsinline: true, hidden: true, "aria-hidden": "true" });
  video.muted = true;
  const told = h("p", { class: "told warn", hidden: true });
  const element = h("div", { class: "camera" }, video, told);
  const button = h("button", { type: "button", class: "plain", onclick: toggle });
  const torch = h("button", { type: "button", class: "plain", hidden: true, "aria-pressed": "false", onclick: light }, icon("torch"), t("scan.torch"));
  let running = null;
  let isGone = false;

  const label = () => fill(button, icon("camera"), t(running ? "scan.camera_off" : "scan.camera"));

  async function toggle() {
    if (running) return stop();
    if (!navigator.mediaDevices?.getUserMedia) return tell("scan.insecure");
    video.hidden = false;
    try {
      running = await startCamera(video, take);
    } catch {
      stop();
      return tell("scan.no_camera");
    }
    if (isGone) return stop();
    told.hidden = true;
    torch.hidden = !running.torch;
    return label();
  }

  function tell(text) {
    told.hidden = false;
    fill(told, icon("camera"), t(text));
  }

  async function light() {
    const isLit = torch.getAttribute("aria-pressed") !== "true";
    await running?.torch(isLit);
    torch.setAttribute("aria-pressed", String(isLit));
  }

  function stop() {
    running?.stop();
    running = null;
    video.hidden = true;
    torch.hidden = true;
    label();
  }

  label();
  return {
    element, button, torch,
    stop: () => {
      isGone = true;
      stop();
    },
  };
}
