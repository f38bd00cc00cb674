// Elements, made from names, attributes and children. Texts are set as texts: nothing that somebody wrote becomes markup.

/** An element: `h("button", { class: "big", onclick }, "Ship")`. Children that are null or false are left out. */
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "value") element.value = value;
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Puts children in the place of those of an element. */
export function fill(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
}

const SVG = "http://www.w3.org/2000/svg";
/** One stroke each, on a field of 24 by 24. */
const PATHS = {
  ship: "M2 6h11v10H2zM13 9h5l4 4v3h-9M6.5 19a2 2 0 1 0 0-.01M17.5 19a2 2 0 1 0 0-.01",
  receive: "M12 3v11m0 0 4.5-4.5M12 14 7.5 9.5M4 15v5h16v-5",
  return: "M8.5 4.5 4 9l4.5 4.5M4 9h11a5 5 0 0 1 0 10H9",
  pack: "M3 8l9-5 9 5v9l-9 5-9-5zM3 8l9 5 9-5M12 13v9",
  unpack: "M4 12v8h16v-8M12 15V3m0 0 4.5 4.5M12 3 7.5 7.5",
  open: "M4 11h16v9H4zM4 11 8 4h8l4 7M12 4v7",
  replace: "M4 8h13l-3.5-3.5M20 16H7l3.5 3.5",
  sell: "M3 4h3l2.5 11h9L20 7H7M9.5 20.5a1 1 0 1 0 0-.01M16.5 20.5a1 1 0 1 0 0-.01",
  destroy: "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5",
  look: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.5 15.5 21 21",
  queue: "M4 6h16M4 12h16M4 18h10",
  camera: "M3 8h4l2-3h6l2 3h4v11H3zM12 17a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7z",
  torch: "M8 3h8l-1.5 6v12h-5V9zM12 12v3",
  undo: "M8.5 5.5 4 10l4.5 4.5M4 10h11.5a4.5 4.5 0 0 1 0 9H13",
  back: "M15 5l-7 7 7 7",
  good: "M4 12.5 10 18 20 6",
  bad: "M6 6l12 12M18 6 6 18",
  wait: "M12 7v5l3.5 2M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18z",
  keyboard: "M3 6h18v12H3zM7 10h.01M11 10h.01M15 10h.01M8 14h8",
};

/** A picture for the eye; the words beside it say the same. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", "icon");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}
