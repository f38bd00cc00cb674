import { useQuery } from "@tanstack/react-query";
import { Skeleton } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, Link } from "react-router";

import { reportQuery } from "../../api/queries";
import { ErrorPanel } from "../../shared/ErrorPanel";
import { number, yuan } from "../../shared/format";
import { LazyChart } from "../../shared/LazyChart";
import { Section } from "../../shared/Page";
import { column, numbers, reportLink } from "../data/answers";
import type { Range } from "./Funnel";

const HEIGHT = 220;

/** Each day's scans and cost; a click on a day opens its report. */
export function Trends({ range }: { range: Range }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const asked = useQuery(reportQuery("overview", { by: "day", ...range }));
  const data = asked.data;
  const [scans, cost] = useMemo(() => {
    if (!data) return [null, null];
    const days = column(data, "day").map(String);
    const grid = { left: 8, right: 8, top: 34, bottom: 4, containLabel: true };
    const axis = { xAxis: { type: "category", data: days, axisTick: { show: false }, axisLabel: { formatter: (day: string) => day.slice(5), hideOverlap: true } }, yAxis: { type: "value", minInterval: 1, splitNumber: 3 } };
    const legend = { top: 0, left: 0, itemWidth: 12, itemHeight: 8 };
    return [
      {
        grid, legend, ...axis,
        series: [
          { type: "bar", name: t("metric.scans"), data: numbers(data, "scans"), barMaxWidth: 22 },
          { type: "line", name: t("metric.new_people"), data: numbers(data, "new_people"), symbolSize: 6 },
        ],
      },
      {
        grid, legend, ...axis,
        yAxis: { ...axis.yAxis, axisLabel: { formatter: (fen: number) => `¥${number(fen / 100)}` } },
        tooltip: { trigger: "axis", renderMode: "richText", confine: true, valueFormatter: (fen: unknown) => yuan(Number(fen)) },
        series: [
          { type: "bar", stack: "cost", name: t("metric.reward_fen"), data: numbers(data, "reward_fen"), barMaxWidth: 22 },
          { type: "bar", stack: "cost", name: t("metric.rebate_fen"), data: numbers(data, "rebate_fen"), barMaxWidth: 22 },
        ],
      },
    ];
  }, [data, t]);
  const open = (day: string) => void navigate(reportLink("overview", { by: "day", from: day, to: day }));
  const sum = (metric: string) => (data ? numbers(data, metric).reduce((one, other) => one + other, 0) : 0);
  return (
    <div className="home-pair">
      <Section title={t("home.trend")} extra={data && <Link to={reportLink("overview", { by: "day", ...range })}>{number(sum("scans"))}</Link>}>
        {asked.error && <ErrorPanel error={asked.error} />}
        {scans ? <LazyChart option={scans} height={HEIGHT} label={t("home.trend")} onPick={open} /> : <Skeleton active />}
      </Section>
      <Section title={t("home.trendCost")} extra={data && <Link to={reportLink("costs", { by: "day", ...range })}>{yuan(sum("cost_fen"))}</Link>}>
        {cost ? <LazyChart option={cost} height={HEIGHT} label={t("home.trendCost")} onPick={open} /> : <Skeleton active />}
      </Section>
    </div>
  );
}
