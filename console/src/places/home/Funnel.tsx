import { useQuery } from "@tanstack/react-query";
import { Skeleton } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { reportQuery } from "../../api/queries";
import { number, percent } from "../../shared/format";
import { Section } from "../../shared/Page";
import { numbers, reportLink } from "../data/answers";

export interface Range {
  from: string;
  to: string;
}

const STEPS = ["scans", "genuine_scans", "rewarded_scans", "joined"] as const;

export function Funnel({ range }: { range: Range }) {
  const { t } = useTranslation();
  const asked = useQuery(reportQuery("funnel", { by: "total", ...range }));
  const data = asked.data;
  const values = data ? STEPS.map((step) => numbers(data, step)[0] ?? 0) : [];
  return (
    <Section title={t("home.funnel")}>
      {!data && <Skeleton active />}
      <ol className="funnel">
        {data &&
          STEPS.map((step, at) => {
            const value = values[at]!;
            const before = values[at - 1];
            return (
              <li key={step}>
                <Link to={reportLink("funnel", { by: "day", ...range })}>
                  <span className="funnel-head">
                    <span>{t(`metric.${step}`)}</span>
                    <strong>{number(value)}</strong>
                  </span>
                  <span className="funnel-bar" aria-hidden>
                    <span style={{ width: `${values[0] ? (100 * value) / values[0] : 0}%` }} />
                  </span>
                  {before !== undefined && <span className="muted small">{t("home.funnelOf", { percent: percent(value, before) })}</span>}
                </Link>
              </li>
            );
          })}
      </ol>
    </Section>
  );
}
