// An OpenID provider of somebody else's making on this machine: the certified one of the package `oidc-provider`.

import { once } from "node:events";
import { createServer } from "node:http";

import { Provider } from "oidc-provider";

const CLIENT = "tallymark";
const SECRET = "a secret that the brand was given by its provider";

export class OpenId {
  /** Starts a provider whose people are `people`: account → claims. `callbacks` are where it may send browsers back to. */
  static async start(people, callbacks) {
    const openid = new OpenId();
    openid.server = createServer();
    openid.server.listen(0, "127.0.0.1");
    await once(openid.server, "listening");
    openid.issuer = `http://127.0.0.1:${openid.server.address().port}`;
    const provider = new Provider(openid.issuer, {
      clients: [{ client_id: CLIENT, client_secret: SECRET, redirect_uris: callbacks }],
      claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"] },
      // The claims stand in the ID token, as most providers in companies do it.
      conformIdTokenClaims: false,
      findAccount: (_context, id) => people[id] && { accountId: id, claims: () => ({ sub: id, ...people[id] }) },
      cookies: { keys: ["only for a test"] },
    });
    openid.server.on("request", provider.callback());
    return openid;
  }

  /** What a brand is told about it. */
  get setting() {
    return { issuer: this.issuer, client_id: CLIENT, client_secret: SECRET };
  }

  async stop() {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, "close");
  }
}
