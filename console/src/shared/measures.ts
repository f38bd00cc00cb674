// How measured things look: room and time, in the unit that a reader compares them by.

import i18next from "i18next";

const SIZES = ["B", "KiB", "MiB", "GiB", "TiB"];
const STEP = 1024;
/** Seconds of a minute, an hour and a day. */
const SPANS = [["d", 86_400], ["h", 3_600], ["min", 60]] as const;

export function bytes(count: number): string {
  let [size, at] = [count, 0];
  while (size >= STEP && at < SIZES.length - 1) [size, at] = [size / STEP, at + 1];
  return `${at === 0 || size >= 100 ? Math.round(size) : size.toFixed(1)} ${SIZES[at]}`;
}

/** A span of time by its largest unit: 90 minutes are one hour. */
export function span(seconds: number): string {
  const found = SPANS.find(([, length]) => seconds >= length);
  const [unit, count] = found ? [found[0], Math.floor(seconds / found[1])] : (["s", Math.round(seconds)] as const);
  return i18next.t(`span.${unit}`, { n: count });
}
