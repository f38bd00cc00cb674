// Every report as chart and table. What is asked stands in the address; the table is what numbers elsewhere lead to.

import { useQuery } from "@tanstack/react-query";
import { Collapse, DatePicker, Select, Skeleton, Table } from "antd";
import dayjs from "dayjs";
import { useTranslation } from "react-i18next";

import type { Schemas } from "../../api/client";
import { useMay } from "../../api/permissions";
import { campaignsQuery, productsQuery, reportQuery, reportsQuery } from "../../api/queries";
import { wordText } from "../../app/i18n";
import { ErrorPanel } from "../../shared/ErrorPanel";
import { ExportMenu } from "../../shared/ExportMenu";
import { time } from "../../shared/format";
import { Nothing } from "../../shared/Nothing";
import { Page, Section } from "../../shared/Page";
import { useUrl } from "../../shared/useUrl";
import type { Answer } from "./answers";
import { ReportTable } from "./ReportTable";
import "./data.css";

type Breakdown = Schemas["Breakdown"];

export default function Reports() {
  const { t } = useTranslation();
  const may = useMay();
  const [name, setName] = useUrl("report", "overview");
  const [by, setBy] = useUrl("by");
  const [from, setFrom] = useUrl("from");
  const [to, setTo] = useUrl("to");
  const [campaign, setCampaign] = useUrl("campaign");
  const [product, setProduct] = useUrl("product");
  const reports = useQuery(reportsQuery);
  const entry = reports.data?.find((one) => one.name === name);
  const wanted = entry?.by.find((one) => one === by) ?? entry?.by[0];
  const asked = useQuery({
    ...reportQuery(name, {
      by: wanted, from: from || undefined, to: to || undefined, product: product || undefined,
      campaign: (entry?.campaign_filter && campaign) || undefined,
    }),
    enabled: entry !== undefined,
  });
  const campaigns = useQuery({ ...campaignsQuery, enabled: may("GET /campaigns") });
  const products = useQuery({ ...productsQuery, enabled: may("GET /products") });
  const answer = asked.data;
  const days = [from || answer?.from, to || answer?.to].map((day) => (day ? dayjs(day) : null)) as [dayjs.Dayjs | null, dayjs.Dayjs | null];
  return (
    <Page title={t("reports.title")} lead={answer && `${t("reports.asOf", { time: time(answer.as_of), zone: answer.zone })}${answer.current ? "" : ` · ${t("reports.behind")}`}`}>
      <Section>
        <div className="filters">
          <label>
            <span>{t("reports.report")}</span>
            <Select value={name} onChange={setName} options={reports.data?.map((one) => ({ value: one.name, label: wordText("report", one.name) }))} />
          </label>
          <label>
            <span>{t("reports.by")}</span>
            <Select value={wanted} onChange={(value: Breakdown) => setBy(value)} options={entry?.by.map((value) => ({ value, label: t(`by.${value}`) }))} />
          </label>
          <label>
            <span>
              {t("reports.from")} – {t("reports.to")}
            </span>
            <DatePicker.RangePicker
              allowClear={false} value={days} maxDate={dayjs().add(1, "day")}
              onChange={(chosen) => {
                if (!chosen?.[0] || !chosen[1]) return;
                setFrom(chosen[0].format("YYYY-MM-DD"));
                setTo(chosen[1].format("YYYY-MM-DD"));
              }}
            />
          </label>
          {entry?.campaign_filter && campaigns.data && (
            <label>
              <span>{t("reports.campaign")}</span>
              <Select allowClear placeholder={t("common.all")} value={campaign || undefined} onChange={(id?: string) => setCampaign(id ?? "")} options={campaigns.data.map(({ id, name: label }) => ({ value: id, label }))} />
            </label>
          )}
          {products.data && (
            <label>
              <span>{t("reports.product")}</span>
              <Select allowClear placeholder={t("common.all")} value={product || undefined} onChange={(id?: string) => setProduct(id ?? "")} options={products.data.map(({ id, name: label }) => ({ value: id, label }))} />
            </label>
          )}
        </div>
      </Section>
      {(reports.error ?? asked.error) && <ErrorPanel error={reports.error ?? asked.error} retry={() => void asked.refetch()} />}
      {!answer && !asked.error && <Skeleton active paragraph={{ rows: 8 }} />}
      {answer && answer.rows.length === 0 && (
        <Section>
          <Nothing title={t("reports.none")} hint={t("reports.noneHint")} />
        </Section>
      )}
      {answer && answer.rows.length > 0 && <ReportTable answer={answer} exporter={<Exporter answer={answer} />} />}
      {answer && <Explained answer={answer} />}
    </Page>
  );
}

/** The report as it is asked here, as a file. */
function Exporter({ answer }: { answer: Answer }) {
  const { report, by, from, to, campaign, product } = answer;
  return <ExportMenu framed list={{ list: "report", filters: { report, by, from, to, campaign, product } }} />;
}

/** What each number means, and the statement that counts the same elsewhere. */
function Explained({ answer }: { answer: Answer }) {
  const { t } = useTranslation();
  const metrics = (
    <Table
      size="small" pagination={false} rowKey="name" dataSource={answer.metrics} scroll={{ x: "max-content" }}
      columns={[
        { title: t("reports.metric"), dataIndex: "name", render: (name: string) => wordText("metric", name) },
        { title: t("reports.meaning"), dataIndex: "meaning", render: (meaning: string) => <span className="wide-text">{meaning}</span> },
        { title: t("reports.definition"), dataIndex: "sql", render: (sql: string, { table }) => <code className="wide-text">{table ? `${table}: ${sql}` : sql}</code> },
      ]}
    />
  );
  return (
    <Collapse
      items={[
        { key: "metrics", label: t("reports.metrics"), children: metrics },
        { key: "sql", label: t("reports.sql"), children: <pre className="pre">{answer.sql}</pre> },
      ]}
    />
  );
}
