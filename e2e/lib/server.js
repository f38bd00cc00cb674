// An installation of its own in a temporary folder, and the server on it.

import { once } from "node:events";
import { rmSync } from "node:fs";
import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { finish, run, start, written } from "./process.js";

const BUILT = fileURLToPath(new URL("../../target/debug/tallymark", import.meta.url));
const BINARY = process.env.TALLYMARK_BIN ?? BUILT;
/** A debug build on a busy machine takes a few seconds to run its migrations. */
const START_MS_MAX = 60_000;
/** Longer than the server gives requests that still run. */
const STOP_MS_MAX = 20_000;

const folders = new Set();

process.on("exit", () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

export class Server {
  /** Makes the installation, its tenant 清泉 at 127.0.0.1, and starts the server. */
  static async start() {
    const server = new Server();
    server.folder = await mkdtemp(path.join(tmpdir(), "tallymark-e2e-"));
    folders.add(server.folder);
    try {
      const keyFile = path.join(server.folder, "master.key");
      server.environment = {
        ...process.env,
        TALLYMARK_DATABASE: `sqlite:${path.join(server.folder, "tallymark.sqlite")}`,
        TALLYMARK_MASTER_KEY_FILE: keyFile,
        TALLYMARK_SQLITE_CACHE_MIB: "16",
        TALLYMARK_PROVIDERS_ON_LOOPBACK: "true",
        TALLYMARK_LOG: "warn",
      };
      await writeFile(keyFile, await run(BINARY, ["key", "new"]), { mode: 0o600 });
      const tenant = ["tenant", "create", "--json", "--name", "清泉", "--host", "127.0.0.1"];
      const made = JSON.parse(await run(BINARY, tenant, { env: server.environment }));
      server.key = made.key;
      server.tenant = made.tenant;
      await server.listen();
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  /** Stops as an operator does, and starts again where it was. */
  async restart() {
    const { host } = new URL(this.origin);
    await this.end();
    await this.listen(host);
  }

  async listen(address = "127.0.0.1:0") {
    this.child = start(BINARY, ["serve", "--listen", address], { env: this.environment });
    const deadline = Date.now() + START_MS_MAX;
    for (;;) {
      const told = /^listening (\S+)$/m.exec(written(this.child, "stdout"));
      if (told) {
        this.origin = `http://${told[1]}`;
        return;
      }
      if (this.child.exitCode !== null || this.child.signalCode !== null || Date.now() > deadline) {
        throw new Error(`the server did not start: ${written(this.child, "stderr")}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** `tallymark verify` on the database of the running server. */
  async verify() {
    return finish(BINARY, ["verify"], { env: this.environment });
  }

  /** Ends the server, kindly at first, and removes its folder. */
  async stop() {
    await this.end();
    rmSync(this.folder, { recursive: true, force: true });
    folders.delete(this.folder);
  }

  async end() {
    if (this.child && this.child.exitCode === null && this.child.signalCode === null) {
      const closed = once(this.child, "close");
      const impatience = setTimeout(() => this.child.kill("SIGKILL"), STOP_MS_MAX);
      this.child.kill("SIGTERM");
      await closed;
      clearTimeout(impatience);
    }
  }
}
