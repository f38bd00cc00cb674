import { useMutation, useQuery } from "@tanstack/react-query";
import { Alert, Button, Input, Segmented, Select, Skeleton, Table } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api, type Schemas } from "../../api/client";
import { ErrorPanel } from "../../shared/ErrorPanel";
import { ExportMenu } from "../../shared/ExportMenu";
import { number } from "../../shared/format";
import { LazyChart } from "../../shared/LazyChart";
import { Nothing } from "../../shared/Nothing";
import { Page, Section } from "../../shared/Page";
import { useUrl } from "../../shared/useUrl";
import { catalogueQuery } from "./Catalogue";
import "./data.css";

const FIRST = "SELECT verdict, COUNT(*) AS scans\nFROM scan_decided\nGROUP BY verdict\nORDER BY scans DESC";
const LIMITS = [100, 1000, 10_000];
/** Rows of a file, as the API has it. */
const FILE_ROWS_MAX = 1_000_000;

export default function Sql() {
  const { t } = useTranslation();
  const [table] = useUrl("table");
  const [sql, setSql] = useState(() => (/^[a-z_0-9]+$/.test(table) ? `SELECT *\nFROM ${table}\nLIMIT 20` : FIRST));
  const [limit, setLimit] = useState(LIMITS[0]!);
  const run = useMutation({ mutationFn: (body: Schemas["Query"]) => answer(api.POST("/v1/query", { body })) });
  const ask = () => run.mutate({ sql, limit });
  return (
    <Page title={t("sql.title")} lead={t("sql.lead")}>
      <div className="sql-grid">
        <Section>
          <div className="stack tight">
            <Input.TextArea
              className="mono" aria-label={t("sql.statement")} rows={9} spellCheck={false} value={sql}
              onChange={(event) => setSql(event.target.value)}
              onKeyDown={(event) => {
                if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) ask();
              }}
            />
            <div className="row">
              <Button type="primary" onClick={ask} loading={run.isPending} disabled={sql.trim() === ""}>
                {t("sql.run")}
              </Button>
              <span className="muted small only-wide">{t("sql.hint")}</span>
              <label className="row">
                <span className="muted small">{t("sql.limit")}</span>
                <Select value={limit} onChange={setLimit} aria-label={t("sql.limit")} options={LIMITS.map((value) => ({ value, label: number(value) }))} />
              </label>
            </div>
          </div>
        </Section>
        <Tables insert={(name) => setSql((before) => `${before.trimEnd()} ${name}`)} />
      </div>
      {run.error && <ErrorPanel error={run.error} />}
      {run.isPending && <Skeleton active />}
      {run.data && <Results result={run.data} sql={run.variables.sql} />}
    </Page>
  );
}

function Tables({ insert }: { insert: (name: string) => void }) {
  const { t } = useTranslation();
  const catalogue = useQuery(catalogueQuery);
  return (
    <Section title={t("sql.tables")}>
      <div className="sql-tables">
        {catalogue.isPending && <Skeleton active title={false} />}
        {catalogue.data?.map(({ table }) => (
          <Button key={table} type="text" size="small" title={t("sql.insert", { name: table })} onClick={() => insert(table)}>
            <code>{table}</code>
          </Button>
        ))}
      </div>
    </Section>
  );
}

type Cell = string | number | boolean | null | object;

const text = (cell: Cell): string => (cell === null ? "" : typeof cell === "object" ? JSON.stringify(cell) : String(cell));

function Results({ result, sql }: { result: Schemas["QueryAnswer"]; sql: string }) {
  const { t } = useTranslation();
  const rows = result.rows as Cell[][];
  const isNumber = result.columns.map((_, at) => rows.length > 0 && rows.every((row) => row[at] === null || typeof row[at] === "number"));
  const measure = isNumber.indexOf(true);
  const canChart = measure > 0 && rows.length > 1;
  const [as, setAs] = useState<"table" | "chart">("table");
  const option = useMemo(
    () => ({
      grid: { left: 8, right: 8, top: 32, bottom: 4, containLabel: true },
      legend: { top: 0, left: 0 },
      xAxis: { type: "category", data: rows.map((row) => text(row[0]!)), axisLabel: { hideOverlap: true } },
      yAxis: { type: "value" },
      series: result.columns.flatMap(({ name }, at) => (at > 0 && isNumber[at] ? [{ type: "bar", name, data: rows.map((row) => row[at]), barMaxWidth: 28 }] : [])),
    }),
    // eslint-disable-next-line react-hooks/exhaustive-deps -- all of it is of the result
    [result],
  );
  if (rows.length === 0) {
    return (
      <Section>
        <Nothing title={t("sql.none")} hint={t("sql.noneHint")} />
      </Section>
    );
  }
  const exporter = (
    <>
      {canChart && <Segmented value={as} onChange={setAs} options={[{ value: "table", label: t("sql.table") }, { value: "chart", label: t("sql.chart") }]} />}
      <ExportMenu framed label={t("sql.export")} rowsMax={FILE_ROWS_MAX} list={{ list: "query", filters: { sql, limit: FILE_ROWS_MAX } }} />
    </>
  );
  return (
    <Section title={t("sql.rows", { count: rows.length })} extra={exporter} flush={as === "table"}>
      {result.has_more && <Alert type="info" banner title={t("sql.more", { max: number(FILE_ROWS_MAX) })} />}
      {as === "chart" && canChart ? (
        <LazyChart option={option} height={320} label={t("sql.chart")} />
      ) : (
        <Table
          size="small" scroll={{ x: "max-content" }} rowKey="at" pagination={rows.length > 50 ? { pageSize: 50, showSizeChanger: false } : false}
          dataSource={rows.map((cells, at) => ({ at, cells }))}
          columns={result.columns.map(({ name }, at) => ({
            title: name, key: `${at}`, align: isNumber[at] ? ("right" as const) : ("left" as const),
            render: (_: unknown, { cells }: { cells: Cell[] }) =>
              cells[at] === null ? <span className="muted">null</span> : <span className={isNumber[at] ? "num" : "mono"}>{isNumber[at] ? number(cells[at] as number) : text(cells[at]!)}</span>,
          }))}
        />
      )}
    </Section>
  );
}
