// What a text in the header's search can mean, the likeliest first.

import type { Route } from "../api/permissions";

export interface Meaning {
  as: "code" | "phone" | "card" | "email" | "person" | "scan" | "campaign" | "batch" | "order" | "operation" | "shipment" | "lot";
  value: string;
  route: Route;
  /** Where it leads; nothing where the API has to be asked first. */
  to?: string;
}

const ID = /^(per|acc|scn|cam|bat|ord|opr|shp)_[0-9A-Z]{13}$/i;
const PHONE = /^(\+?86)?1[3-9]\d{9}$/;
/** Characters of a lot. */
const LOT_MAX = 40;
const CODE = /^[0-9A-Z]{10,40}$/i;

/** The person of an account has, or once had, the account's own digits; the API leads from a former id to the present one. */
export function personOfAccount(account: string): string {
  return account.replace(/^acc_/i, "per_");
}

export function meanings(text: string): Meaning[] {
  const value = text.trim();
  if (value === "") return [];
  if (ID.test(value)) return byId(value);
  const found: Meaning[] = [];
  const compact = value.replace(/[\s-]/g, "");
  if (value.includes("@")) found.push({ as: "email", value, route: "POST /people/search" });
  if (PHONE.test(compact)) found.push({ as: "phone", value: compact, route: "POST /people/search" });
  const code = ofLink(value) ?? compact;
  if (CODE.test(code) && !PHONE.test(compact)) {
    const to = `/codes/lookup?code=${encodeURIComponent(code.toUpperCase())}`;
    found.push({ as: "code", value: code, route: "GET /codes/{code}", to });
  }
  if (!value.includes("@") && !value.includes("/") && compact.length >= 4) {
    found.push({ as: "card", value: compact, route: "POST /people/search" });
  }
  if (value.length <= LOT_MAX && !value.includes("@") && !value.includes("/")) {
    found.push({ as: "lot", value, route: "GET /batches", to: `/codes/batches?q=${encodeURIComponent(value)}` });
  }
  return found;
}

/** The code at the end of a printed link. */
function ofLink(value: string): string | null {
  return /\/c\/([0-9a-z]+)\/?$/i.exec(value)?.[1] ?? null;
}

function byId(value: string): Meaning[] {
  const id = value.slice(0, 4).toLowerCase() + value.slice(4).toUpperCase();
  switch (id.slice(0, 3)) {
    case "per":
      return [{ as: "person", value: id, route: "GET /people/{id}", to: `/members/people/${id}` }];
    case "acc":
      return [{ as: "person", value: id, route: "GET /people/{id}", to: `/members/people/${personOfAccount(id)}` }];
    case "scn":
      return [{ as: "scan", value: id, route: "GET /scans/{id}", to: `/codes/scans/${id}` }];
    case "cam":
      return [{ as: "campaign", value: id, route: "GET /campaigns/{id}", to: `/campaigns/${id}` }];
    case "ord":
      return [{ as: "order", value: id, route: "GET /orders/{id}", to: `/channel/orders/${id}` }];
    case "opr":
      return [{ as: "operation", value: id, route: "GET /operations/{id}", to: `/trace/operations?operation=${id}` }];
    case "shp":
      return [{ as: "shipment", value: id, route: "GET /shipments/{id}", to: `/channel/shipments?shipment=${id}` }];
    default:
      return [{ as: "batch", value: id, route: "GET /batches/{id}", to: `/codes/batches/${id}` }];
  }
}
