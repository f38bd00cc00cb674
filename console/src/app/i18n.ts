// Two complete languages, each in two chunks: what the frame says, and what the pages of places say, which is fetched with the
// first of them. English's files say which keys there are: a key that is not in them does not compile, and a test compares
// both languages.

import type { Locale } from "antd/es/locale";
import i18next from "i18next";
import { initReactI18next } from "react-i18next";

export type Language = "zh-CN" | "en";

const STORED = "tallymark.language";

/** The frame's texts, and antd's own. */
const ofFrame = {
  "zh-CN": () => Promise.all([import("./locales/zh-CN/shell.json"), import("antd/locale/zh_CN")]),
  en: () => Promise.all([import("./locales/en/shell.json"), import("antd/locale/en_US")]),
};
const ofPlaces = {
  "zh-CN": () => import("./locales/zh-CN/places"),
  en: () => import("./locales/en/places"),
};
const ofAntd = new Map<string, Locale>();
/** Languages whose texts of places are there. */
const whole = new Set<Language>();
/** Whether a page of a place was opened: from then on another language is fetched with its texts. */
let hasPlaces = false;

/** What antd's parts say; loaded with the language. */
export function antdLocale(wanted: string): Locale | undefined {
  return ofAntd.get(wanted);
}

export function language(): Language {
  return i18next.language === "en" ? "en" : "zh-CN";
}

/** What was chosen here, or else the first of the browser's languages that is one of ours. */
function preferred(): Language {
  const stored = localStorage.getItem(STORED);
  if (stored === "en" || stored === "zh-CN") return stored;
  for (const wanted of navigator.languages) {
    if (wanted.startsWith("zh")) return "zh-CN";
    if (wanted.startsWith("en")) return "en";
  }
  return "zh-CN";
}

async function load(wanted: Language) {
  if (!ofAntd.has(wanted)) {
    const [own, antd] = await ofFrame[wanted]();
    ofAntd.set(wanted, antd.default);
    i18next.addResourceBundle(wanted, "translation", own.default);
  }
  if (hasPlaces && !whole.has(wanted)) {
    i18next.addResourceBundle(wanted, "translation", (await ofPlaces[wanted]()).default);
    whole.add(wanted);
  }
}

/** Fetches what the pages of places say. */
export async function loadPlaces() {
  hasPlaces = true;
  await load(language());
}

export async function startLanguages() {
  const wanted = preferred();
  await i18next.use(initReactI18next).init({
    lng: wanted,
    resources: {},
    keySeparator: false,
    nsSeparator: false,
    fallbackLng: false,
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  await load(wanted);
  await i18next.changeLanguage(wanted);
  document.documentElement.lang = wanted;
}

export async function speak(wanted: Language) {
  await load(wanted);
  localStorage.setItem(STORED, wanted);
  document.documentElement.lang = wanted;
  await i18next.changeLanguage(wanted);
}

/** The text of a word that only the server knows all of, or the word itself where the console has none for it. */
export function wordText(group: string, word: string): string {
  return textOr(`${group}.${word}`, word);
}

/** What a refusal says by its stable code in the reader's language; what the server says where the console has no words for it. */
export function refusalText(code: string, said: string): string {
  return textOr(`refusal.${code}`, said);
}

/** Why something of a file was left out, likewise: a cell that cannot be read, or something that was asked for and refused. */
export function reasonText(code: string, said: string): string {
  return textOr(`reject.${code}`, refusalText(code, said));
}

/** What stands under a key that the server names, with the values of its places; otherwise what the server says. */
export function textOr(key: string, said: string, values: Record<string, string> = {}): string {
  return i18next.exists(key) ? i18next.t(key as never, values) : said;
}
