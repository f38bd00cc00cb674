import type { Schemas } from "../../api/client";

export type Kind = Schemas["IdentifierKind"];

/** In the order in which people are usually looked for. */
export const KINDS: Kind[] = [
  "phone", "card", "email", "user_id", "wechat_openid", "wechat_unionid", "alipay_user_id", "alipay_openid",
  "taobao_ouid", "taobao_open_uid", "taobao_omid", "anonymous_id", "app_device", "device",
];

const RECENT = "tallymark.recent-people";
const RECENT_MAX = 8;

/** The people that were opened in this window: their ids alone. */
export function recentPeople(): string[] {
  return JSON.parse(sessionStorage.getItem(RECENT) ?? "[]") as string[];
}

export function rememberPerson(id: string) {
  const others = recentPeople().filter((one) => one !== id);
  sessionStorage.setItem(RECENT, JSON.stringify([id, ...others].slice(0, RECENT_MAX)));
}
