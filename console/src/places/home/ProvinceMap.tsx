import { useQuery } from "@tanstack/react-query";
import { Skeleton } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { wordText } from "../../app/i18n";
import { reportQuery } from "../../api/queries";
import { number } from "../../shared/format";
import { Section } from "../../shared/Page";
import { column, numbers, reportLink } from "../data/answers";
import type { Range } from "./Funnel";
import { TILES } from "./tiles";

/** Shades from no scan to the most of any province. */
const SHADES = 5;

export function ProvinceMap({ range }: { range: Range }) {
  const { t } = useTranslation();
  const asked = useQuery(reportQuery("scans", { by: "province", ...range }));
  const data = asked.data;
  const scans = new Map<string | null, number>();
  if (data) {
    const counts = numbers(data, "scans");
    column(data, "province").forEach((place, at) => scans.set(place === null ? null : String(place), counts[at]!));
  }
  const most = Math.max(1, ...[...scans].filter(([place]) => place !== null).map(([, count]) => count));
  const to = reportLink("scans", { by: "province", ...range });
  return (
    <Section title={t("home.map")} hint={t("home.mapHint", { count: scans.get(null) ?? 0 })}>
      {data ? (
        <div className="tiles">
          {TILES.map(([code, row, at]) => {
            const count = scans.get(code) ?? 0;
            const shade = count === 0 ? 0 : Math.max(1, Math.ceil((SHADES * Math.sqrt(count)) / Math.sqrt(most)));
            const name = wordText("province", code);
            return (
              <Link key={code} to={to} className={`tile tile-${shade}`} title={`${name} ${number(count)}`} style={{ gridRow: row + 1, gridColumn: at + 1 }}>
                <span className="tile-name" aria-hidden>
                  {wordText("provinceShort", code)}
                </span>
                <span className="visually-hidden">{name}</span>
                <span className="tile-count">{count === 0 ? <span className="visually-hidden">0</span> : number(count)}</span>
              </Link>
            );
          })}
        </div>
      ) : (
        <Skeleton active paragraph={{ rows: 6 }} />
      )}
    </Section>
  );
}
