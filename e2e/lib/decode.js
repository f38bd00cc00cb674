// Reading printed codes back with a decoder that shares nothing with ours: zbar.

import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { accessSync, constants } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { run } from "./process.js";

const PACKAGES = { zbarimg: "zbar-tools", "rsvg-convert": "librsvg2-bin", pdftoppm: "poppler-utils" };
/** The sheets are printed at this or better. */
const DOTS_PER_INCH = "300";

/** Says which decoders are missing, if any. Where nothing may be skipped this fails instead. */
export function missingTools() {
  const missing = Object.keys(PACKAGES).filter((program) => !isOnPath(program));
  if (missing.length === 0) return null;
  const text = `printed codes cannot be read back without ${missing.join(", ")} (Debian: ${missing.map((program) => PACKAGES[program]).join(" ")})`;
  if (process.env.TALLYMARK_REQUIRE_TOOLS === "1") throw new Error(text);
  console.log(`skipped: ${text}`);
  return text;
}

function isOnPath(program) {
  return (process.env.PATH ?? "").split(path.delimiter).some((folder) => {
    try {
      accessSync(path.join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** The texts of the QR symbols in a PNG, SVG or PDF file. */
export async function decode(kind, bytes) {
  const folder = await mkdtemp(path.join(tmpdir(), "tallymark-print-"));
  try {
    const file = path.join(folder, `print.${kind}`);
    await writeFile(file, bytes);
    const images = await rendered(kind, file, folder);
    const texts = await run("zbarimg", ["--raw", "--quiet", "-Sdisable", "-Sqrcode.enable", ...images]);
    return texts.split("\n").filter((line) => line !== "");
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function rendered(kind, file, folder) {
  switch (kind) {
    case "png":
      return [file];
    case "svg": {
      const image = path.join(folder, "rendered.png");
      await run("rsvg-convert", ["--width", "600", "--background-color", "white", "--output", image, file]);
      return [image];
    }
    case "pdf": {
      await run("pdftoppm", ["-png", "-gray", "-r", DOTS_PER_INCH, file, path.join(folder, "page")]);
      const files = await readdir(folder);
      return files.filter((name) => name.startsWith("page")).sort().map((name) => path.join(folder, name));
    }
    default:
      throw new Error(`no way to render ${kind}`);
  }
}
