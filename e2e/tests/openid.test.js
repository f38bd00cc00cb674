// Who works for a brand signs in at the brand's own OpenID provider.

import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";

import { Brand } from "../lib/brand.js";
import { OpenId } from "../lib/openid.js";
import { openBrowser } from "../lib/phone.js";

const PEOPLE = {
  li: { email: "li@spring.example", email_verified: true, name: "Li Wei" },
  wang: { email: "wang@spring.example", email_verified: true, name: "Wang Fang" },
};

describe("an OpenID provider", () => {
  let brand;
  let browser;
  let openid;
  before(async () => {
    brand = await Brand.open();
    openid = await OpenId.start(PEOPLE, [`${brand.origin}/v1/session/oidc/callback`]);
    await brand.send("/v1/oidc", {
      method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify(openid.setting),
    });
    browser = await openBrowser();
  });
  after(async () => {
    await browser?.close();
    await openid?.stop();
    await brand?.close();
  });

  /** Signs in at the provider as `account`, and gives the page on which the browser ends. */
  async function signIn(context, account) {
    const page = await context.newPage();
    await page.goto(`${brand.origin}/v1/session/oidc`);
    assert.ok(page.url().startsWith(openid.issuer), page.url());
    await page.locator("input[name=login]").fill(account);
    await page.locator("input[name=password]").fill("any");
    await page.locator("button[type=submit]").click();
    // The provider asks whether the brand may know who signs in.
    await page.locator("button[type=submit]", { hasText: "Continue" }).click();
    await page.waitForURL(`${brand.origin}/**`);
    return page;
  }

  /** Asks the API with the browser's cookies. */
  const get = (context, path) => context.request.get(brand.origin + path);

  it("signs in who was invited, as whom the provider says", async () => {
    const user = await brand.post("/v1/users", { email: PEOPLE.li.email, name: "Li Wei", role: "analyst" });
    const context = await browser.newContext();
    try {
      await signIn(context, "li");
      const known = await get(context, "/v1/me");
      assert.equal(known.status(), 200, await known.text());
      const { id, status } = (await known.json()).user;
      assert.deepEqual({ id, status }, { id: user.id, status: "active" });
      const session = (await context.cookies()).find(({ name }) => name === "tm_session");
      assert.deepEqual([session.httpOnly, session.sameSite], [true, "Lax"]);
      assert.equal((await get(context, "/v1/products")).status(), 200);
      const ended = await context.request.delete(`${brand.origin}/v1/session`);
      assert.equal(ended.status(), 403, "a writing call needs the token that only our pages know");
    } finally {
      await context.close();
    }
  });

  it("does not sign in whom nobody invited, and says so where one signs in", async () => {
    const context = await browser.newContext({ locale: "zh-CN" });
    try {
      const page = await signIn(context, "wang");
      await page.waitForURL(`${brand.origin}/console/sign-in?refused=oidc.user_unknown`);
      await page.getByRole("alert").getByText("这个企业账号在这里没有对应的用户", { exact: false }).waitFor();
      await page.getByText("oidc.user_unknown").waitFor();
      await page.getByRole("link", { name: "用企业账号登录" }).waitFor();
      assert.equal((await get(context, "/v1/me")).status(), 401);
    } finally {
      await context.close();
    }
  });
});
