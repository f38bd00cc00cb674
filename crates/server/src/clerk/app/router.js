// Which view stands: the address behind the `#`, so that the phone's own way back works.

let leaveView = () => {};
let views = {};
let stage = null;

/** Names the views: each draws into an element and gives what ends it. */
export function routes(all, element) {
  views = all;
  stage = element;
  addEventListener("hashchange", show);
}

export function go(name, id, { replace = false } = {}) {
  const hash = `#${name}${id ? `=${id}` : ""}`;
  if (location.hash === hash) return show();
  if (replace) {
    history.replaceState(null, "", hash);
    return show();
  }
  location.hash = hash;
  return undefined;
}

export async function show() {
  const [name, id] = location.hash.slice(1).split("=");
  const view = views[name] ?? views.home;
  leaveView();
  leaveView = () => {};
  const main = document.createElement("main");
  main.id = "main";
  stage.replaceChildren(main);
  scrollTo(0, 0);
  const end = await view(main, id);
  // Another view may have come meanwhile.
  if (stage.firstChild !== main) return end?.();
  if (end) leaveView = end;
  const heading = main.querySelector("h1");
  heading?.setAttribute("tabindex", "-1");
  // Somebody may have gone on to what stood there first.
  if (!main.contains(document.activeElement)) heading?.focus({ preventScroll: true });
  return undefined;
}
