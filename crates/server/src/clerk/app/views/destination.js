// Who gets the goods, or where they have arrived.

import { fill, h, icon } from "../dom.js";
import { begin } from "../job.js";
import { known, organisations, recent, remember, search, searchFar } from "../organisations.js";
import { go } from "../router.js";
import { t } from "../texts.js";

const SHOWN_MAX = 40;
const ASK_AFTER_MS = 300;

export async function destination(main, kind, me) {
  const results = h("div");
  const input = h("input", {
    id: "place", type: "search", placeholder: t("place.search"), autocomplete: "off", "aria-label": t("place.search"),
    oninput: () => draw(),
  });
  let all = await known();
  const latest = await recent(kind);
  let timer = 0;

  const choose = async (organisation) => {
    await remember(kind, organisation);
    go("scan", (await begin(kind, { id: organisation.id, name: organisation.name })).id, { replace: true });
  };

  const row = (organisation) =>
    h(
      "li", {},
      h(
        "button", { type: "button", class: "row", onclick: () => choose(organisation) },
        h("span", { class: "grow" }, h("b", {}, organisation.name), h("small", {}, [organisation.kind && t(organisation.kind), organisation.code].filter(Boolean).join(" · "))),
        icon(kind),
      ),
    );
  const part = (title, some) => some.length > 0 && [h("h2", {}, title), h("ul", { class: "rows" }, some.map(row))];

  function draw() {
    const own = me.organisation;
    // Nobody ships to themselves.
    const list = kind === "ship" ? all.list.filter(({ id }) => id !== own) : all.list;
    const text = input.value;
    if (text.trim() !== "") {
      const found = search(list, text);
      if (!all.isWhole) askFor(text);
      fill(results, found.length === 0 ? h("p", { class: "soft", role: "status" }, t("place.none")) : rowsOf(found), cut());
      return;
    }
    const byId = new Map(list.map((one) => [one.id, one]));
    const before = latest.filter(({ id }) => byId.has(id) || (!all.isWhole && id !== own)).map((one) => byId.get(one.id) ?? one);
    const mine = kind !== "ship" ? list.filter(({ id }) => id === own) : [];
    const rest = list.filter((one) => !before.includes(one) && !mine.includes(one));
    fill(results, part(t("place.own"), mine), part(t("place.recent"), before.filter((one) => !mine.includes(one))), rest.length > 0 && [h("h2", {}, t("place.all")), rowsOf(rest)], cut());
  }

  /** Asks the server when somebody has stopped typing. */
  function askFor(text) {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      const far = await searchFar(text);
      const more = far.filter(({ id }) => !all.list.some((one) => one.id === id));
      if (more.length === 0) return;
      all = { ...all, list: [...all.list, ...more] };
      draw();
    }, ASK_AFTER_MS);
  }

  const rowsOf = (some) => [
    h("ul", { class: "rows" }, some.slice(0, SHOWN_MAX).map(row)),
    some.length > SHOWN_MAX && h("p", { class: "soft" }, t("place.more", { n: some.length - SHOWN_MAX })),
  ];
  const cut = () => !all.isWhole && all.list.length > 0 && h("p", { class: "soft" }, t("place.cut", { n: all.list.length }));

  fill(main, h("a", { class: "back", href: "#home" }, icon("back"), t("back")), h("h1", {}, t(`${kind}.place`)), input, results);
  draw();
  if (all.list.length === 0) fill(results, h("p", { class: "soft", role: "status" }, t("place.loading")));
  organisations().then((found) => {
    all = found;
    draw();
    if (all.list.length === 0) fill(results, h("p", { class: "soft", role: "status" }, t("place.offline")));
  }).catch((error) => console.warn(error));
}
