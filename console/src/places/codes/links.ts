// Links of GS1 keys, as somebody fills them in and as the API has them.

import type { Schemas } from "../../api/client";
import { download } from "../../api/client";

export type One = Schemas["ResolverLink"];

/** Terms of GS1's vocabulary that brands use most (https://ref.gs1.org/voc/?show=linktypes); any other may be typed. */
export const TYPES = ["pip", "instructions", "recipeInfo", "allergenInfo", "nutritionalInfo", "certificationInfo", "traceability", "recallStatus", "promotion", "hasRetailers", "sustainabilityInfo", "faqs", "quickStartGuide", "review"] as const;
export type Type = (typeof TYPES)[number];

const VOCABULARY = "https://ref.gs1.org/voc/";

/** A type of link without GS1's own address. */
export function termOf(uri: string): string {
  return uri.startsWith(VOCABULARY) ? uri.slice(VOCABULARY.length) : uri;
}

export function isType(term: string): term is Type {
  return (TYPES as readonly string[]).includes(term);
}

/** What a key with its qualifiers is: `/01/06901234567892/10/L1` is of a product and a lot. */
export function keyOf(anchor: string): { gtin?: string; lot?: string; serial?: string } {
  const parts = anchor.split("/").slice(1).map(decodeURIComponent);
  const value = (ai: string) => {
    const at = parts.findIndex((part, place) => place % 2 === 0 && part === ai);
    return at < 0 ? {} : { found: parts[at + 1]! };
  };
  const [gtin, lot, serial] = ["01", "10", "21"].map((ai) => value(ai).found);
  return { ...(gtin ? { gtin } : {}), ...(lot ? { lot } : {}), ...(serial ? { serial } : {}) };
}

export interface Filled {
  about: "product" | "other";
  gtin?: string;
  lot?: string;
  anchor?: string;
  link_type: string;
  target: string;
  title: string;
  languages?: string[];
  default_use: Schemas["DefaultUse"];
}

export function newLink({ about, gtin, lot, anchor, link_type, target, title, languages, default_use }: Filled): Schemas["NewResolverLink"] {
  const path = about === "other" ? anchor!.trim() : `/01/${gtin!}${lot?.trim() ? `/10/${encodeURIComponent(lot.trim())}` : ""}`;
  const type = /^[A-Za-z0-9]+$/.test(link_type.trim()) ? `gs1:${link_type.trim()}` : link_type.trim();
  return { anchor: path, link_type: type, target: target.trim(), title: title.trim(), languages: languages ?? [], default_use };
}

export function filledOf({ anchor, link_type, target, title, languages, default_use }: One): Filled {
  const { gtin, lot, serial } = keyOf(anchor);
  const isOfProduct = gtin !== undefined && serial === undefined && anchor.split("/").length <= 5;
  return {
    ...(isOfProduct ? { about: "product" as const, gtin, ...(lot ? { lot } : {}) } : { about: "other" as const, anchor }),
    link_type: termOf(link_type), target, title, languages, default_use,
  };
}

export interface Resolved {
  anchor: string;
  type: string;
  links: { href: string; title: string; hreflang?: string[] }[];
}

/** Everything that the resolver gives for a key: what is closest to it first. */
export async function resolved(anchor: string): Promise<Resolved[]> {
  const said = JSON.parse(await (await download(`${anchor}?linkType=linkset`)).text()) as { linkset: Record<string, unknown>[] };
  return said.linkset.flatMap(({ anchor: about, ...types }) =>
    Object.entries(types).map(([type, links]) => ({ anchor: new URL(String(about)).pathname, type, links: links as Resolved["links"] })),
  );
}
