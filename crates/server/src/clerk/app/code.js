// What a scanner or a camera reads, as the code that it means. The server reads every spelling by itself and decides; here
// it is told whether two readings are of one code, and what cannot be one of ours at all.

/** Crockford's base 32 as people write it: I and L are 1, O is 0, hyphens and spaces are nothing. */
const plain = (text) => text.toUpperCase().replace(/[-\s]/g, "").replace(/[IL]/g, "1").replace(/O/g, "0");
const IS_CODE = /^[0-9A-HJKMNP-TV-Z]{14,20}$/;
const GROUP_SEPARATOR = "\u001d";

/** `{ key, text }`: the same key is the same code, the text is what the server is told. Null: no code of ours. */
export function codeOf(read) {
  // A scanner may name the symbology first (ISO/IEC 15424), such as ]Q3 or ]d2.
  const text = read.trim().replace(/^\][A-Za-z][0-9A-Za-z]/, "");
  if (text === "" || text.length > 1024) return null;
  if (text.includes("/")) return ofLink(text);
  const elements = ofElements(text);
  if (elements) return elements;
  // A pack's number, behind its application identifier or without it (GS1 General Specifications, 3.2).
  const sscc = /^(?:\(00\)|00)?(\d{18})$/.exec(text.replaceAll(" ", ""))?.[1];
  if (sscc) return { key: sscc, text: sscc };
  const code = plain(text);
  return IS_CODE.test(code) ? { key: code, text: code } : null;
}

/** A short link or a GS1 Digital Link. */
function ofLink(text) {
  const steps = text.split(/[?#]/)[0].split("/").map(decoded);
  const after = (name) => {
    const at = steps.findIndex((step) => step.toUpperCase() === name);
    return at < 0 ? undefined : steps[at + 1];
  };
  const code = after("21") ?? after("C");
  if (code !== undefined) return IS_CODE.test(plain(code)) ? { key: plain(code), text } : null;
  const sscc = after("00");
  return sscc !== undefined && /^\d{18}$/.test(sscc) ? { key: sscc, text: sscc } : null;
}

/** GS1 element strings: (01)GTIN(21)SERIAL as people write them, or as a Data Matrix holds them. */
function ofElements(text) {
  const written = /^\(01\)(\d{14}).*\(21\)([^(]+)/.exec(text);
  const held = /^01(\d{14})(?:10[^\u001d]{1,20}\u001d)?21([^\u001d]{14,20})$/.exec(text.split(GROUP_SEPARATOR + "9")[0]);
  const [, gtin, serial] = written ?? held ?? [];
  if (!gtin || !IS_CODE.test(plain(serial))) return null;
  return { key: plain(serial), text: `/01/${gtin}/21/${plain(serial)}` };
}

function decoded(step) {
  try {
    return decodeURIComponent(step);
  } catch {
    return step;
  }
}

/** A code as people read it: in groups of four. */
export function grouped(key) {
  return key.replace(/(.{4})(?=.)/g, "$1-");
}
