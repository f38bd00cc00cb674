// Recalls, as somebody fills them in and as the API has them.

import { queryOptions } from "@tanstack/react-query";

import { answer, api, type Schemas } from "../../api/client";
import { whole } from "../../api/queries";

export type One = Schemas["Recall"];
export type Goods = Schemas["RecallGoods"];
export type Text = Schemas["RecallText"];

export const KINDS = ["batch", "operation", "codes", "serials"] as const;
export type Kind = (typeof KINDS)[number];

/** Both languages of the page that a scan opens. */
export const LANGUAGES = ["zh-CN", "en"] as const;
export type Language = (typeof LANGUAGES)[number];

export interface Filled {
  kind: Kind;
  batch?: string;
  operation?: string;
  codes?: string;
  level?: "item" | "box" | "case" | "pallet";
  first?: number;
  last?: number;
  texts: Record<Language, { message?: string; instructions?: string }>;
  reason: string;
}

export const recallsQuery = queryOptions({
  queryKey: ["recalls"],
  queryFn: () => whole<One>((after) => answer(api.GET("/v1/recalls", { params: { query: { limit: 200, after } } }))),
});

/** Which goods; nothing while that is not filled in. */
export function goodsOf({ kind, batch, operation, codes, level, first, last }: Partial<Filled>): Goods | null {
  switch (kind) {
    case "batch":
      return batch ? { kind: "batch", batch } : null;
    case "operation": {
      // A shipment is the operation with the same letters.
      const id = operation?.trim().replace(/^shp_/i, "opr_");
      return id ? { kind: "operation", operation: id } : null;
    }
    case "codes": {
      const named = [...new Set((codes ?? "").split(/\s+/).filter(Boolean))];
      return named.length > 0 ? { kind: "codes", codes: named } : null;
    }
    default:
      return batch && level && first != null ? { kind: "codes", codes: [{ batch, level, first, last: last ?? first }] } : null;
  }
}

/** The texts that were filled in, Chinese first: it is read by whoever reads neither. */
export function textsOf({ texts }: Pick<Filled, "texts">): Text[] {
  return LANGUAGES.flatMap((language) => {
    const { message, instructions } = texts[language] ?? {};
    return message?.trim() && instructions?.trim() ? [{ language, message: message.trim(), instructions: instructions.trim() }] : [];
  });
}

/** What is the matter, in the reader's language where it is there. */
export function messageOf(texts: Text[], language: string): string {
  return (texts.find((text) => text.language === language) ?? texts[0])?.message ?? "";
}
