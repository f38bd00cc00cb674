import type { ReactNode } from "react";

export type Tone = "plain" | "good" | "warn" | "bad" | "info";

/** A state in a word. Its colour only repeats what the word says. */
export function Tag({ tone = "plain", children }: { tone?: Tone; children: ReactNode }) {
  return <span className={`tag tag-${tone}`}>{children}</span>;
}
