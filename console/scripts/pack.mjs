// Writes what a server sends into packed/: each text compressed by brotli and by gzip as hard as it goes, once, at the
// build; the page itself as it is, since each answer writes its nonce into it.

import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

const FROM = fileURLToPath(new URL("../dist/", import.meta.url));
const TO = fileURLToPath(new URL("../packed/", import.meta.url));
const PAGE = "index.html";

const brotli = (content) =>
  promisify(brotliCompress)(content, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT,
      [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
    },
  });

async function pack(name) {
  const content = await readFile(FROM + name);
  await mkdir(path.dirname(TO + name), { recursive: true });
  if (name === PAGE) return writeFile(TO + name, content);
  await writeFile(`${TO + name}.br`, await brotli(content));
  await writeFile(`${TO + name}.gz`, await promisify(gzip)(content, { level: constants.Z_BEST_COMPRESSION }));
}

await mkdir(TO, { recursive: true });
// What an earlier build left; .gitignore keeps the folder in the repository, so that the program's build can watch it.
for (const left of (await readdir(TO)).filter((name) => name !== ".gitignore")) await rm(TO + left, { recursive: true });
const entries = await readdir(FROM, { recursive: true, withFileTypes: true });
const files = entries.filter((entry) => entry.isFile());
const names = files.map((entry) => path.relative(FROM, path.join(entry.parentPath ?? entry.path, entry.name)).split(path.sep).join("/"));
// The page last: it is what says that the folder is whole.
await Promise.all(names.filter((name) => name !== PAGE).map(pack));
await pack(PAGE);
