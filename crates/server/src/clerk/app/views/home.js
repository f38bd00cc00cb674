// The start: what to do, what was left undone, and what needs a look.

import { h, fill, icon } from "../dom.js";
import { begin, jobs } from "../job.js";
import { hasPlace, isHere, kindsFor } from "../operations.js";
import { organisations, known } from "../organisations.js";
import { news, waiting, waitsFor } from "../queue.js";
import { scansOf } from "../db.js";
import { go } from "../router.js";
import { signOut } from "../session.js";
import { count, moment, t } from "../texts.js";

const RECENT_MAX = 5;

export async function home(main, _, me) {
  const list = h("div", { class: "jobs" });
  const actions = h("nav", { class: "actions", "aria-label": t("what.title") });

  const person = h("span");
  let drawn;

  async function drawPerson() {
    const own = (await known()).list.find(({ id }) => id === me.organisation);
    fill(person, [me.name, own?.name].filter(Boolean).join(" · "));
  }

  async function drawActions() {
    const { list } = await known();
    const kinds = kindsFor(me, list.length, list.find(({ id }) => id === me.organisation)?.kind);
    // What stands there already stays, and with it the focus of whoever works by keyboard.
    if (kinds.join() === drawn) return;
    drawn = kinds.join();
    const focused = actions.contains(document.activeElement) && document.activeElement.dataset.kind;
    const action = (kind, onclick) =>
      h("button", { type: "button", class: `action ${kind}`, "data-kind": kind, onclick }, icon(kind), h("b", {}, t(kind)), h("span", {}, t(`${kind}.hint`)));
    fill(actions, kinds.map((kind) => action(kind, () => start(kind, me))), action("look", () => go("look")));
    if (focused) actions.querySelector(`[data-kind="${focused}"]`)?.focus();
  }

  async function drawJobs() {
    const all = await jobs();
    const rows = await Promise.all(all.slice(0, 30).map(async (job) => ({ job, scans: await scansOf(job.id), waits: await waitsFor(job) })));
    const unfinished = rows.filter(({ job, scans }) => job.state === "open" && scans.length > 0);
    const refused = rows.filter(({ job, scans }) => job.state === "sent" && scans.some((scan) => scan.refused && !scan.isDealtWith));
    const rest = rows.filter((row) => row.job.state === "sent" && !refused.includes(row)).slice(0, RECENT_MAX);
    const part = (title, some, tone) => some.length > 0 && [h("h2", {}, title), h("ul", { class: "rows" }, some.map((row) => jobRow(row, tone)))];
    fill(list, part(t("what.open"), unfinished, "open"), part(t("what.refused"), refused, "bad"), part(t("what.recent"), rest, "sent"));
  }

  const leave = async () => {
    const n = (await waiting()).length;
    if (n > 0 && !confirm(t("sign_out.waits", { n }))) return;
    await signOut();
    location.reload();
  };
  fill(
    main, h("h1", {}, t("what.title")), actions, list,
    h("p", { class: "soft foot" }, person, h("button", { type: "button", class: "link", onclick: leave }, t("sign_out"))),
  );
  await drawActions();
  await drawJobs();
  await drawPerson();
  organisations().then(() => Promise.all([drawActions(), drawPerson()])).catch((error) => console.warn(error));
  news.addEventListener("settled", drawJobs);
  return () => news.removeEventListener("settled", drawJobs);
}

async function start(kind, me) {
  const own = isHere(kind) && (await known()).list.find(({ id }) => id === me.organisation);
  if (own) go("scan", (await begin(kind, { id: own.id, name: own.name })).id);
  else if (hasPlace(kind)) go("destination", kind);
  else go("scan", (await begin(kind)).id);
}

function jobRow({ job, scans, waits }, tone) {
  const refused = scans.filter((scan) => scan.refused && !scan.isDealtWith).length;
  const told = () => {
    if (tone === "open") return null;
    if (waits) return t("receipt.waits");
    return refused > 0 ? t("receipt.some", { n: refused }) : t("receipt.all");
  };
  const state = told();
  return h(
    "li", {},
    h(
      "a", { href: `#${job.state === "open" ? "scan" : "receipt"}=${job.id}`, class: "row" }, icon(job.kind),
      h("span", { class: "grow" }, h("b", {}, t(job.kind), job.to && ` · ${job.to.name}`), h("small", {}, `${count(scans.length, "codes")} · ${moment(job.begunAt, true)}`)),
      state && h("span", { class: `state ${waits ? "wait" : refused > 0 ? "bad" : "good"}` }, state),
    ),
  );
}
