// The companies outside on this machine: WeChat, and a gateway for messages.

import { once } from "node:events";
import { fileURLToPath } from "node:url";

import { start, written } from "./process.js";

const BUILT = fileURLToPath(new URL("../../target/debug/tallymark-sim", import.meta.url));
const BINARY = process.env.TALLYMARK_SIM_BIN ?? BUILT;
const START_MS_MAX = 30_000;
/** A worker looks for new messages every second. */
const MESSAGE_MS_MAX = 20_000;

export class Outside {
  static async start() {
    const outside = new Outside();
    outside.child = start(BINARY, ["providers", "--listen", "127.0.0.1:0"]);
    const deadline = Date.now() + START_MS_MAX;
    for (;;) {
      const said = written(outside.child, "stdout");
      const address = /^listening (\S+)$/m.exec(said);
      if (address) {
        outside.origin = `http://${address[1]}`;
        [, outside.appId, outside.wechatSecret] = /^WeChat: appid (\S+) secret (\S+)$/m.exec(said);
        [, outside.keyId, outside.smsSecret] = /^Messages: key (\S+) secret (\S+)$/m.exec(said);
        return outside;
      }
      if (outside.child.exitCode !== null || Date.now() > deadline) {
        throw new Error(`the stand-ins did not start: ${written(outside.child, "stderr")}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** What goes wrong from here on; nothing, without an argument. */
  async trouble(trouble = {}) {
    const headers = { "content-type": "application/json" };
    const got = await fetch(`${this.origin}/trouble`, { method: "POST", headers, body: JSON.stringify(trouble) });
    if (!got.ok) throw new Error(`trouble: ${got.status} ${await got.text()}`);
  }

  /** The messages that were taken so far. */
  async messages() {
    return (await fetch(`${this.origin}/messages`)).json();
  }

  /** The youngest code that was sent to a number, once there are `count` messages to it. */
  async codeFor(number, count = 1) {
    const deadline = Date.now() + MESSAGE_MS_MAX;
    for (;;) {
      const found = (await this.messages()).filter(({ to }) => to === number);
      if (found.length >= count) return found.at(-1).params.code;
      if (Date.now() > deadline) throw new Error(`no message to ${number}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Tells the brand's server about both companies. */
  async setUp(brand, { budget_fen_per_day = 10_000 } = {}) {
    const put = async (kind, body) => {
      const headers = { "content-type": "application/json" };
      await brand.send(`/v1/providers/${kind}`, { method: "PUT", headers, body: JSON.stringify(body) });
    };
    const { origin, appId, wechatSecret, keyId, smsSecret } = this;
    await put("wechat", { app_id: appId, secret: wechatSecret, authorize_url: origin, api_url: origin });
    await put("sms", {
      protocol: "gateway", url: origin, key_id: keyId, secret: smsSecret, template: "SMS_1",
      price_fen: 5, budget_fen_per_day, messages_per_day: 1000,
    });
  }

  async stop() {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const closed = once(this.child, "close");
    this.child.kill("SIGTERM");
    await closed;
  }
}
