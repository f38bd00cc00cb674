import { useQuery } from "@tanstack/react-query";
import { Segmented } from "antd";
import dayjs from "dayjs";
import { useTranslation } from "react-i18next";

import { useMay } from "../../api/permissions";
import { liveReportQuery } from "../../api/queries";
import { ErrorPanel } from "../../shared/ErrorPanel";
import { dayStart, number, time, yuan } from "../../shared/format";
import { NumberCard } from "../../shared/NumberCard";
import { Page, Section } from "../../shared/Page";
import { useUrl } from "../../shared/useUrl";
import { numbers, reportLink, type Answer } from "../data/answers";
import { Budgets } from "./Budgets";
import { Funnel } from "./Funnel";
import { ProvinceMap } from "./ProvinceMap";
import { Todos } from "./Todos";
import { Trends } from "./Trends";
import "./home.css";

const DAYS = [7, 30, 90];
const TODAY = ["scans", "genuine_scans", "new_people", "joined", "rewards", "cost_fen"] as const;

/** The scans that a number of the day counts, one by one; nothing for what is no count of scans. */
function scansOf(metric: string, { to, zone }: Answer): string | undefined {
  if (metric !== "scans" && metric !== "genuine_scans") return undefined;
  const params = new URLSearchParams({ from: dayStart(to, zone), until: dayStart(dayjs(to).add(1, "day").format("YYYY-MM-DD"), zone) });
  if (metric === "genuine_scans") params.set("verdict", "genuine");
  return `/codes/scans?${params.toString()}`;
}

export default function Home() {
  const { t } = useTranslation();
  const may = useMay();
  const [days, setDays] = useUrl("days", "7");
  const counts = may("GET /reports/{name}");
  // Without days the server answers for its own today, in the brand's zone: the browser's may be another.
  const today = useQuery({ ...liveReportQuery("overview", { by: "day" }), enabled: counts });
  const last = today.data?.to;
  const seesScans = may("GET /scans");
  const range = last ? { from: dayjs(last).subtract(Number(days) - 1, "day").format("YYYY-MM-DD"), to: last } : undefined;
  const choose = counts && (
    <Segmented value={days} onChange={setDays} options={DAYS.map((count) => ({ value: String(count), label: t("home.lastDays", { count }) }))} />
  );
  return (
    <Page title={t("home.title")} lead={today.data && t("home.asOf", { time: time(today.data.as_of) })} actions={choose}>
      {today.error && <ErrorPanel error={today.error} retry={() => void today.refetch()} />}
      {counts && (
        <section aria-label={t("home.today")} className="numbers">
          {TODAY.map((metric) => {
            const value = today.data ? (numbers(today.data, metric).at(-1) ?? 0) : 0;
            return (
              <NumberCard
                key={metric} label={`${t("home.today")} · ${t(`metric.${metric}`)}`} loading={today.isPending}
                value={metric.endsWith("_fen") ? yuan(value) : number(value)}
                to={(seesScans && today.data && scansOf(metric, today.data)) || reportLink("overview", { by: "day", from: last, to: last })}
              />
            );
          })}
        </section>
      )}
      <div className="home-grid">
        <div className="stack">
          {range && <Trends range={range} />}
          {range && (
            <div className="home-pair">
              <ProvinceMap range={range} />
              <Funnel range={range} />
            </div>
          )}
          {!counts && <Section>{t("home.noReports")}</Section>}
        </div>
        <div className="stack">
          <Todos />
          {may("GET /campaigns") && <Budgets />}
        </div>
      </div>
    </Page>
  );
}
