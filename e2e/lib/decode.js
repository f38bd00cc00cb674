// Reading printed codes back with a decoder that shares nothing with ours: zbar.

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { accessSync, constants } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { run } from "./process.js";

const PACKAGES = { zbarimg: "zbar-tools", "rsvg-convert": "librsvg2-bin", pdftoppm: "poppler-utils" };
/** The sheets are printed at this or better. */
const DOTS_PER_INCH = 300;
const PDFTOPPM = ["-png", "-gray", "-singlefile", "-r", `${DOTS_PER_INCH}`];

/** Says which decoders are missing, if any. Where nothing may be skipped this fails instead. */
export function missingTools() {
  const missing = Object.keys(PACKAGES).filter((program) => !isOnPath(program));
  if (missing.length === 0) return null;
  const packages = missing.map((program) => PACKAGES[program]).join(" ");
  const text = `printed codes cannot be read back without ${missing.join(", ")} (Debian: ${packages})`;
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

/** The texts of the QR symbols in a PNG, SVG or PDF file of one label. */
export async function decode(kind, bytes) {
  return inFolder(`print.${kind}`, bytes, async (file, folder) => {
    const image = path.join(folder, "rendered");
    return scanned(await rendered(kind, file, image));
  });
}

/**
 * The texts of some labels of an A4 sheet, by their numbers. One label at a time, as a phone sees them: zbar mixes up
 * the corners of neighbours when a whole page is held before it.
 */
export async function decodeLabels(pdf, numbers) {
  return inFolder("sheet.pdf", pdf, async (file, folder) => {
    const texts = [];
    for (const number of numbers) {
      const { page, left, top, width, height } = placeOnSheet(number);
      const crop = ["-x", left, "-y", top, "-W", width, "-H", height].map(String);
      const image = path.join(folder, `label-${number}`);
      await run("pdftoppm", [...PDFTOPPM, "-f", `${page}`, ...crop, file, image]);
      texts.push(...(await scanned(`${image}.png`)));
    }
    return texts;
  });
}

/** Five columns of eight labels, 8 mm from the edges and 2 mm apart, on 210 by 297 mm; in dots. */
function placeOnSheet(number) {
  const dots = (millimetres) => Math.round((millimetres / 25.4) * DOTS_PER_INCH);
  const [width_mm, height_mm] = [(210 - 2 * 8 - 4 * 2) / 5, (297 - 2 * 8 - 7 * 2) / 8];
  const [row, column] = [Math.floor((number % 40) / 5), number % 5];
  return {
    page: 1 + Math.floor(number / 40),
    left: dots(8 + column * (width_mm + 2)),
    top: dots(8 + row * (height_mm + 2)),
    width: dots(width_mm),
    height: dots(height_mm),
  };
}

async function inFolder(name, bytes, use) {
  const folder = await mkdtemp(path.join(tmpdir(), "tallymark-print-"));
  try {
    const file = path.join(folder, name);
    await writeFile(file, bytes);
    return await use(file, folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function scanned(image) {
  const texts = await run("zbarimg", ["--raw", "--quiet", "-Sdisable", "-Sqrcode.enable", image]);
  return texts.split("\n").filter((line) => line !== "");
}

/** The file as a picture, at `image` where it is none yet. */
async function rendered(kind, file, image) {
  switch (kind) {
    case "png":
      return file;
    case "svg":
      await run("rsvg-convert", ["--width", "600", "--background-color", "white", "--output", `${image}.png`, file]);
      break;
    case "pdf":
      await run("pdftoppm", [...PDFTOPPM, file, image]);
      break;
    default:
      throw new Error(`no way to render ${kind}`);
  }
  return `${image}.png`;
}
