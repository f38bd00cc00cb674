import { useQuery } from "@tanstack/react-query";
import { Select, Table } from "antd";
import { useMemo, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { wordText } from "../../app/i18n";
import { useMay } from "../../api/permissions";
import { campaignsQuery, productsQuery } from "../../api/queries";
import { number, yuan } from "../../shared/format";
import { LazyChart } from "../../shared/LazyChart";
import { Section } from "../../shared/Page";
import { useUrl } from "../../shared/useUrl";
import { numbers, type Answer, type Cell } from "./answers";
import { usePlaceName } from "./places";

const HEIGHT = 280;
/** More bars than these say nothing. */
const BARS_MAX = 60;
const PAGE = 50;

const isMoney = (metric: string) => metric.endsWith("_fen") || metric.startsWith("fen_");
const show = (metric: string, value: Cell) => (value === null ? "–" : isMoney(metric) ? yuan(Number(value)) : number(Number(value)));

/** A report's rows as a chart of one metric and a table of all. */
export function ReportTable({ answer, exporter }: { answer: Answer; exporter: ReactNode }) {
  const { t } = useTranslation();
  const [chosen, setMetric] = useUrl("metric");
  const key = answer.by === "total" ? null : answer.by;
  const metrics = answer.columns.map(({ name }) => name).filter((name) => name !== key);
  const metric = metrics.includes(chosen) ? chosen : metrics[0]!;
  const keyText = useKeyText(answer.by);
  const keys = key === null ? [] : answer.rows.map((row) => row[0] as Cell);
  const option = useMemo(() => {
    const values = numbers(answer, metric).slice(0, BARS_MAX);
    return {
      grid: { left: 8, right: 8, top: 12, bottom: 4, containLabel: true },
      xAxis: { type: "category", data: keys.slice(0, BARS_MAX).map(keyText), axisTick: { show: false }, axisLabel: { hideOverlap: true } },
      yAxis: { type: "value", splitNumber: 4, axisLabel: isMoney(metric) ? { formatter: (fen: number) => `¥${number(fen / 100)}` } : {} },
      tooltip: { trigger: "axis", renderMode: "richText", confine: true, valueFormatter: (value: unknown) => show(metric, Number(value)) },
      series: [{ type: "bar", name: wordText("metric", metric), data: values, barMaxWidth: 28 }],
    };
    // eslint-disable-next-line react-hooks/exhaustive-deps -- the keys are of the answer
  }, [answer, metric, keyText]);

  const rows = answer.rows.map((row, at) => ({ at, cells: row as Cell[] }));
  const additive = new Set(answer.metrics.filter((one) => one.additive).map(({ name }) => name));
  return (
    <>
      {key !== null && (
        <Section
          title={t("reports.chart")}
          extra={<Select aria-label={t("reports.metric")} value={metric} onChange={setMetric} popupMatchSelectWidth={false} options={metrics.map((value) => ({ value, label: wordText("metric", value) }))} />}
        >
          <LazyChart option={option} height={HEIGHT} label={t("reports.chartOf", { metric: wordText("metric", metric), by: t(`by.${answer.by}`) })} />
        </Section>
      )}
      <Section title={wordText("report", answer.report)} extra={exporter} flush>
        <Table
          size="small" rowKey="at" dataSource={rows} scroll={{ x: "max-content" }}
          pagination={rows.length > PAGE ? { pageSize: PAGE, showSizeChanger: false } : false}
          columns={answer.columns.map(({ name }, index) =>
            name === key
              ? { title: t(`by.${answer.by}`), key: name, render: (_: unknown, { cells }: { cells: Cell[] }) => <KeyCell by={answer.by} value={cells[index]!} text={keyText(cells[index]!)} /> }
              : {
                  title: wordText("metric", name), key: name, align: "right" as const,
                  sorter: (one: { cells: Cell[] }, other: { cells: Cell[] }) => Number(one.cells[index]) - Number(other.cells[index]),
                  render: (_: unknown, { cells }: { cells: Cell[] }) => <span className="num">{show(name, cells[index]!)}</span>,
                },
          )}
          summary={() =>
            key !== null && rows.length > 1 && !answer.has_more ? (
              <Table.Summary.Row>
                {answer.columns.map(({ name }, index) => (
                  <Table.Summary.Cell key={name} index={index} align={name === key ? "left" : "right"}>
                    <strong className="num">{name === key ? t("reports.total") : additive.has(name) ? show(name, numbers(answer, name).reduce((one, other) => one + other, 0)) : ""}</strong>
                  </Table.Summary.Cell>
                ))}
              </Table.Summary.Row>
            ) : null
          }
        />
        {answer.has_more && <p className="table-foot muted">{t("reports.cut")}</p>}
      </Section>
    </>
  );
}

/** What the rows are called: days as they are, places, products and campaigns by name. */
function useKeyText(by: Answer["by"]): (value: Cell) => string {
  const { t } = useTranslation();
  const may = useMay();
  const place = usePlaceName();
  const products = useQuery({ ...productsQuery, enabled: by === "product" && may("GET /products") });
  const campaigns = useQuery({ ...campaignsQuery, enabled: by === "campaign" && may("GET /campaigns") });
  return (value) => {
    if (value === null) return by === "province" || by === "city" ? t("reports.unknownPlace") : t("reports.nothing");
    const text = String(value);
    if (by === "province" || by === "city") return place(text);
    const named = by === "product" ? products.data : by === "campaign" ? campaigns.data : undefined;
    return named?.find(({ id }) => id === text)?.name ?? text;
  };
}

function KeyCell({ by, value, text }: { by: Answer["by"]; value: Cell; text: string }) {
  if (by === "campaign" && value !== null) return <Link to={`/campaigns/${String(value)}`}>{text}</Link>;
  return <span className="nowrap">{text}</span>;
}
