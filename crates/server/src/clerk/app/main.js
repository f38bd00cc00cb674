// The page for whoever handles goods: puts its parts together, and keeps the line at the top true.

import { loadClock, Refused } from "./api.js";
import { fill, h, icon } from "./dom.js";
import { tidy } from "./job.js";
import { kick, news, reachable, waiting, watch } from "./queue.js";
import { go, routes, show } from "./router.js";
import { mayHandleGoods, refresh, remembered, who } from "./session.js";
import { wake } from "./signals.js";
import { chooseLanguage, switchLanguage, t } from "./texts.js";
import { destination } from "./views/destination.js";
import { home } from "./views/home.js";
import { look } from "./views/look.js";
import { queue } from "./views/queue.js";
import { receipt } from "./views/receipt.js";
import { scan } from "./views/scan.js";
import { noGoods, signIn } from "./views/sign-in.js";

const header = h("header");
const stage = h("div", { id: "stage" });

async function drawHeader() {
  const waits = who() ? (await waiting()).length : 0;
  const isOn = reachable();
  document.title = t("title");
  fill(
    header,
    h("a", { class: "brand", href: "#home" }, h("img", { src: "/clerk/icon.svg", alt: "", width: 28, height: 28 }), t("title")),
    h(
      "a", { class: `network ${isOn ? "on" : "off"}`, href: "#queue" },
      h("span", { class: "dot", "aria-hidden": "true" }), h("span", { role: "status" }, isOn ? t("online") : t("offline")),
      waits > 0 && h("b", {}, t("waiting.n", { n: waits })),
    ),
    h("button", { type: "button", class: "language", "aria-label": t("language.label"), onclick: otherLanguage }, t("language")),
  );
}

async function otherLanguage() {
  switchLanguage();
  await drawHeader();
  await show();
}

/**
 * Only who is signed in and may handle goods comes to a view. It is given who that is: a session may end while a view still
 * draws.
 */
const guarded = (view) => (main, id) => {
  const me = who();
  if (!me) return signIn(main, entered);
  return mayHandleGoods() ? view(main, id, me) : noGoods(main);
};

async function entered() {
  await drawHeader();
  go("home", undefined, { replace: true });
  kick();
}

/** The token of a link to sign in stands behind the `#`; it is taken from there at once, and used once. */
function takeToken() {
  const token = /^#in=([\w-]{43})$/.exec(location.hash)?.[1];
  if (token) history.replaceState(null, "", "#home");
  return token;
}

async function begin() {
  chooseLanguage();
  document.getElementById("app").replaceChildren(header, stage);
  await loadClock();
  await remembered();
  const token = takeToken();
  const views = { home, destination, scan, receipt, look, queue };
  routes(Object.fromEntries(Object.entries(views).map(([name, view]) => [name, guarded(view)])), stage);
  await drawHeader();
  if (token) {
    await signIn(stage.appendChild(h("main", { id: "main" })), entered, token);
  } else {
    await show();
    await refreshed();
  }
  watch();
  kick();
  await tidy();
}

/** Asks who is signed in while the page stands already; it is drawn anew where that is somebody else. */
async function refreshed() {
  const before = who()?.user;
  await refresh().catch((error) => {
    if (!(error instanceof Refused)) throw error;
  });
  if (who()?.user !== before) {
    await drawHeader();
    await show();
  }
}

for (const name of ["settled", "network"]) news.addEventListener(name, drawHeader);
for (const name of ["signed-out", "who"]) {
  news.addEventListener(name, async () => {
    await drawHeader();
    await show();
  });
}
for (const name of ["pointerdown", "keydown"]) addEventListener(name, wake, { passive: true });

navigator.serviceWorker?.register("/clerk/service.js").catch((error) => console.warn(error));
navigator.storage?.persist?.().catch(() => {});

begin().catch((error) => {
  console.error(error);
  fill(stage, h("main", {}, h("p", { class: "told bad", role: "alert" }, icon("bad"), String(error))));
});
