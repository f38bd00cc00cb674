// What a code is: product, lot, what lies in it, who has it, and what happened to it.

import { call, Refused } from "../api.js";
import { start as startCamera } from "../camera.js";
import { codeOf, grouped } from "../code.js";
import { fill, h, icon } from "../dom.js";
import { listen } from "../gun.js";
import { lookUp } from "../job.js";
import { known } from "../organisations.js";
import { signal } from "../signals.js";
import { count, moment, reason, recallText, t, wordFor } from "../texts.js";

export async function look(main) {
  const answer = h("div", { class: "answer", "aria-live": "polite" });
  const video = h("video", { playsinline: true, hidden: true, "aria-hidden": "true" });
  video.muted = true;
  let running = null;
  let isGone = false;
  let asked = 0;

  async function take(read) {
    const code = codeOf(read);
    const mine = (asked += 1);
    if (!code) {
      signal("bad");
      fill(answer, told("bad", "bad", t("scan.bad", { read: read.slice(0, 60) })));
      return;
    }
    try {
      const [looked, trace] = await Promise.all([
        lookUp([code.text]),
        call("GET", `/v1/codes/${encodeURIComponent(code.key)}/trace`).catch((refused) => {
          if (refused.isPassing) throw refused;
          return null;
        }),
      ]);
      if (mine !== asked) return;
      const { goods, refused } = looked[0];
      signal(goods && !["void", "recalled"].includes(goods.state) ? "good" : "bad");
      fill(answer, goods ? await knownOf(code, goods, trace) : told("bad", "bad", reason(refused), grouped(code.key)));
    } catch (refused) {
      if (!(refused instanceof Refused)) throw refused;
      signal("bad");
      fill(answer, told("warn", "wait", refused.isPassing ? t("look.offline") : reason(refused)));
    }
  }

  async function toggle() {
    if (running) return stop();
    video.hidden = false;
    try {
      running = await startCamera(video, take);
      if (isGone) stop();
    } catch {
      stop();
      fill(answer, told("warn", "camera", t("scan.no_camera")));
    }
    return label();
  }

  function stop() {
    running?.stop();
    running = null;
    video.hidden = true;
    label();
  }

  const button = h("button", { type: "button", class: "plain", onclick: toggle });
  const label = () => fill(button, icon("camera"), t(running ? "scan.camera_off" : "scan.camera"));
  const input = h("input", { id: "typed", type: "text", autocomplete: "off", autocapitalize: "characters", spellcheck: "false", placeholder: t("scan.typed"), "aria-label": t("scan.typed") });
  const submit = (event) => {
    event.preventDefault();
    if (input.value.trim() !== "") take(input.value);
    input.value = "";
  };
  label();
  fill(
    main, h("a", { class: "back", href: "#home" }, icon("back"), t("back")), h("h1", {}, t("look.title")), h("div", { class: "camera" }, video),
    h("form", { class: "typed", onsubmit: submit }, input, h("button", { type: "submit", class: "plain" }, icon("look"), t("look.do"))),
    h("div", { class: "tools" }, button), answer,
  );
  fill(answer, told("soft", "keyboard", t("scan.start")));
  const deaf = listen(take);
  return () => {
    isGone = true;
    deaf();
    stop();
  };
}

const told = (tone, sign, text, more) => h("p", { class: `told ${tone}` }, icon(sign), h("span", {}, text, more && h("small", {}, more)));

/** A code by what it is, not by its letters. */
const named = ({ level, first }) => `${wordFor("level", level)} · ${t("serial", { n: first + 1 })}`;

async function knownOf(code, goods, trace) {
  const { product, lot, unit, items, holder, gone, since, is_arrived: isArrived, packs, state, recall, sscc } = goods;
  const says = recall && recallText(recall);
  const fact = (name, ...value) => [h("dt", {}, t(name)), h("dd", {}, value)];
  const isOut = ["void", "recalled"].includes(state);
  return [
    told(isOut ? "bad" : "good", isOut ? "bad" : "good", isOut ? t(`doubt.${state}`) : product.name, isOut ? `${product.name} · ${grouped(code.key)}` : grouped(code.key)),
    says && h("section", { class: "card" }, h("b", {}, says.message), h("p", {}, says.instructions)),
    h(
      "dl", { class: "card" },
      fact("look.batch", lot), fact("look.level", named(unit)), sscc && fact("look.sscc", h("code", {}, sscc)),
      unit.level !== "item" && fact("look.holds", count(items, "items")),
      fact("look.state", wordFor("state", state)),
      fact(gone ? `look.${gone}` : "look.holder", holder ? holder.name : t("look.brand"), since && h("small", {}, gone ? moment(since) : t("look.since", { at: moment(since) })), holder && !gone && h("small", {}, t(isArrived ? "look.arrived" : "look.way"))),
      fact("look.packs", packs.length > 0 ? packs.map(named).join(" › ") : t("look.alone")),
    ),
    h("h2", {}, t("look.history")), await historyOf(trace),
  ];
}

async function historyOf(trace) {
  if (!trace || trace.steps.length === 0) return h("p", { class: "soft" }, t("look.nothing"));
  const names = new Map((await known()).list.map(({ id, name }) => [id, name]));
  const row = ({ kind, at, organisation, other }) =>
    h(
      "li", { class: "row" },
      h("span", { class: "grow" }, h("b", {}, wordFor("step", kind, { name: names.get(organisation) ?? t("step.elsewhere") })), h("small", {}, [other && named(other), moment(at)].filter(Boolean).join(" · "))),
    );
  return h("ol", { class: "rows" }, [...trace.steps].reverse().map(row));
}
