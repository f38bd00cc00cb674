// The provinces of China as tiles of one size: how much each has, in shades and as a number.

import { Link, type To } from "react-router";

import { language, wordText } from "../app/i18n";
import { number } from "./format";
import { TILES } from "./provinces";
import "./provinces.css";

/** Shades from nothing to the most of any province. */
const SHADES = 5;

/** Figures that a tile has room for; the whole number is told on hovering. */
const WHOLE_MAX = 99_999;

function short(count: number): string {
  return count <= WHOLE_MAX ? number(count) : new Intl.NumberFormat(language(), { notation: "compact", maximumFractionDigits: 1 }).format(count);
}

interface Props {
  /** By the adcode of a province. */
  counts: ReadonlyMap<string, number>;
  /** What a tile leads to. */
  to: (province: string) => To;
  chosen?: string | undefined;
}

export function ProvinceTiles({ counts, to, chosen }: Props) {
  const most = Math.max(1, ...counts.values());
  return (
    <div className="tiles">
      {TILES.map(([code, row, at]) => {
        const count = counts.get(code) ?? 0;
        const shade = count === 0 ? 0 : Math.max(1, Math.ceil((SHADES * Math.sqrt(count)) / Math.sqrt(most)));
        const name = wordText("province", code);
        return (
          <Link
            key={code} to={to(code)} className={`tile tile-${shade}${chosen === code ? " tile-chosen" : ""}`} title={`${name} ${number(count)}`}
            aria-current={chosen === code ? "true" : undefined} style={{ gridRow: row + 1, gridColumn: at + 1 }}
          >
            <span className="tile-name" aria-hidden>
              {wordText("provinceShort", code)}
            </span>
            <span className="visually-hidden">{name}</span>
            <span className="tile-count">{count === 0 ? <span className="visually-hidden">0</span> : short(count)}</span>
          </Link>
        );
      })}
    </div>
  );
}
