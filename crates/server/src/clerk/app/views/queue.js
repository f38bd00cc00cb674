// What waits to be sent.

import { get } from "../db.js";
import { fill, h, icon } from "../dom.js";
import { kick, news, reachable, waiting } from "../queue.js";
import { count, t } from "../texts.js";

export async function queue(main) {
  async function draw() {
    const groups = await waiting();
    const rows = await Promise.all(groups.map(async (group) => {
      const job = await get("jobs", group.job);
      const n = group.entries.reduce((sum, { scans }) => sum + scans.length, 0);
      return h(
        "li", {},
        h(
          "a", { class: "row", href: `#receipt=${group.job}` }, icon(job.kind),
          h("span", { class: "grow" }, h("b", {}, t(job.kind), job.to && ` · ${job.to.name}`), h("small", {}, [count(n, "codes"), group.tries > 0 && t("queue.tries", { n: group.tries })].filter(Boolean).join(" · "))),
        ),
      );
    }));
    fill(
      main, h("a", { class: "back", href: "#home" }, icon("back"), t("back")), h("h1", {}, t("queue.title")),
      rows.length === 0 ? h("p", { class: "told good" }, icon("good"), t("queue.none")) : [
        !reachable() && h("p", { class: "told warn" }, icon("wait"), h("span", {}, t("offline"), h("small", {}, t("receipt.waits_hint")))),
        h("ul", { class: "rows" }, rows), h("button", { type: "button", class: "big", onclick: () => kick(true) }, t("queue.send")),
      ],
    );
  }
  const events = ["settled", "network"];
  for (const name of events) news.addEventListener(name, draw);
  await draw();
  return () => {
    for (const name of events) news.removeEventListener(name, draw);
  };
}
