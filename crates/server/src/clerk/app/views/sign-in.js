// Signing in: by password, or by a link that somebody handed over.

import { Refused } from "../api.js";
import { countAll } from "../db.js";
import { fill, h, icon } from "../dom.js";
import { signIn as signInAt, signOut } from "../session.js";
import { reason, t } from "../texts.js";

/** Draws the form. With the `token` of a link it is used at once. `entered` is called when somebody is signed in. */
export async function signIn(main, entered, token) {
  const told = h("p", { class: "told bad", role: "alert", hidden: true });
  const body = h("div", { class: "stack" });

  function tell(refused) {
    if (!(refused instanceof Refused)) throw refused;
    told.hidden = false;
    fill(told, icon("bad"), reason(refused));
  }

  async function attempt(path, sent, button) {
    told.hidden = true;
    button?.setAttribute("aria-busy", "true");
    try {
      const isHalf = await signInAt(path, sent);
      if (isHalf) askCode();
      else await entered();
      return true;
    } catch (refused) {
      tell(refused);
      return false;
    } finally {
      button?.removeAttribute("aria-busy");
    }
  }

  const form = (fields, path, read) => {
    const button = h("button", { class: "big", type: "submit" }, t("sign_in.do"));
    const submit = (event) => {
      event.preventDefault();
      if (button.getAttribute("aria-busy")) return;
      attempt(path, read(new FormData(event.target)), button);
    };
    return h("form", { class: "card", onsubmit: submit }, fields, button);
  };

  const field = (name, label, attributes) => [
    h("label", { for: name }, label), h("input", { id: name, name, required: true, ...attributes }),
  ];

  function askPassword() {
    const fields = [
      field("email", t("email"), { type: "email", autocomplete: "username", autocapitalize: "off", spellcheck: "false" }),
      field("password", t("password"), { type: "password", autocomplete: "current-password" }),
    ];
    const read = (data) => ({ email: data.get("email"), password: data.get("password") });
    fill(body, form(fields, "/v1/session", read), h("p", { class: "soft" }, t("sign_in.hint")));
  }

  function askCode() {
    const fields = field("code", t("sign_in.code"), { inputmode: "numeric", autocomplete: "one-time-code", pattern: "[0-9A-Za-z-]{6,20}" });
    const read = (data) => {
      const code = data.get("code").trim();
      return /^\d{6}$/.test(code) ? { code } : { recovery_code: code };
    };
    fill(body, form(fields, "/v1/session/totp", read));
    body.querySelector("input").focus();
  }

  const waits = (await countAll("groups")) > 0;
  fill(main, h("h1", {}, t("sign_in.title")), waits && h("p", { class: "told warn" }, icon("wait"), t("sign_in.kept")), told, body);
  if (token) {
    fill(body, h("p", { class: "soft", role: "status" }, t("sign_in.by_link")));
    if (await attempt("/v1/session/by-link", { token })) return;
  }
  askPassword();
}

/** For somebody who is signed in and has nothing to do with goods. */
export function noGoods(main) {
  const leave = async () => {
    await signOut();
    location.reload();
  };
  fill(
    main, h("h1", {}, t("no_goods")), h("p", {}, t("no_goods_hint")),
    h("button", { class: "big plain", type: "button", onclick: leave }, t("sign_out")),
  );
}
