// A scanner that types: keys that come quickly and end in Enter (or Tab), wherever the page stands. What somebody types into
// a field is left to the field; a button that has the focus is not pressed by a scan.

/** Keys of one scan follow each other within this time, slow radio scanners included. */
const GAP_MS_MAX = 400;
/** Shorter is no code: an Enter after it means what it says. */
const LENGTH_MIN = 6;
const LENGTH_MAX = 1024;

const isField = (target) => target instanceof Element && target.closest("input, textarea, select, [contenteditable]") !== null;

/** What a key wrote. An input method for Chinese swallows the letter, and leaves the key's place on the keyboard. */
function letter(event) {
  if (event.key.length === 1) return event.key;
  if (event.key !== "Process" && event.key !== "Unidentified") return "";
  const { code, shiftKey } = event;
  if (/^Key[A-Z]$/.test(code)) return shiftKey ? code[3] : code[3].toLowerCase();
  if (/^(Digit|Numpad)\d$/.test(code) && !shiftKey) return code.at(-1);
  const signs = { Slash: ["/", "?"], Period: [".", ">"], Minus: ["-", "_"], Equal: ["=", "+"], Semicolon: [";", ":"] };
  return signs[code]?.[shiftKey ? 1 : 0] ?? "";
}

/** Hands every scan to `take`; gives what ends that. */
export function listen(take) {
  let typed = "";
  let last = 0;

  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || isField(event.target)) return;
    if (event.timeStamp - last > GAP_MS_MAX) typed = "";
    last = event.timeStamp;
    if (event.key === "Enter" || event.key === "Tab") {
      const read = typed;
      typed = "";
      if (read.length < LENGTH_MIN) return;
      event.preventDefault();
      event.stopPropagation();
      take(read);
      return;
    }
    const one = letter(event);
    if (one === "" || typed.length >= LENGTH_MAX) return;
    typed += one;
    // A space would press the button that has the focus, a slash opens a browser's search.
    if (typed.length > 1 || one === "/" || one === "'") event.preventDefault();
  }

  document.addEventListener("keydown", onKey, { capture: true });
  return () => document.removeEventListener("keydown", onKey, { capture: true });
}
