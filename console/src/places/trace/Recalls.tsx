// Goods that the brand calls back, the latest first.

import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useSearchParams } from "react-router";

import { language } from "../../app/i18n";
import { useMay } from "../../api/permissions";
import { DataTable, type Choice, type Column } from "../../shared/DataTable";
import { Id, number, Time } from "../../shared/format";
import { Nothing } from "../../shared/Nothing";
import { Page, Section } from "../../shared/Page";
import { Tag } from "../../shared/Tag";
import { NewRecall } from "./NewRecall";
import { messageOf, recallsQuery, type One } from "./recalls";
import "./trace.css";

export default function Recalls() {
  const { t } = useTranslation();
  const may = useMay();
  const navigate = useNavigate();
  const [params, setParams] = useSearchParams();
  const recalls = useQuery(recallsQuery);
  const isOpen = params.has("new") && may("POST /recalls");
  const open = () => setParams({ new: "" });
  const button = may("POST /recalls") && <Button danger onClick={open}>{t("recalls.add")}</Button>;
  const columns: Column<One>[] = [
    { key: "message", title: t("recalls.message"), plain: ({ texts }) => messageOf(texts, language()), show: ({ id, texts }) => <Link to={`/trace/recalls/${id}`}>{messageOf(texts, language())}</Link> },
    { key: "state", title: t("common.status"), plain: ({ lifted_at }) => t(lifted_at ? "recalls.state.lifted" : "recalls.state.standing"), show: ({ lifted_at }) => <RecallState lifted={lifted_at != null} /> },
    { key: "scope", title: t("recalls.scope"), plain: ({ scope }) => t(`recalls.kind.${scope.kind}`), show: ({ scope }) => t(`recalls.kind.${scope.kind}`) },
    { key: "items", title: t("recalls.items"), number: true, plain: ({ items }) => items, show: ({ items }) => number(items) },
    { key: "at", title: t("common.at"), plain: ({ at }) => at, show: ({ at }) => <Time at={at} /> },
    { key: "reason", title: t("common.reason"), spare: true, plain: ({ reason }) => reason, show: ({ reason }) => <span className="wide-text">{reason}</span> },
    { key: "id", title: t("common.id"), spare: true, plain: ({ id }) => id, show: ({ id }) => <Id value={id} /> },
  ];
  const states: Choice<One> = {
    key: "state", title: t("common.status"), options: (["standing", "lifted"] as const).map((value) => ({ value, label: t(`recalls.state.${value}`) })),
    fits: ({ lifted_at }, value) => (lifted_at != null) === (value === "lifted"),
  };
  return (
    <Page title={t("recalls.title")} lead={t("recalls.lead")} actions={button}>
      <Section flush>
        <DataTable<One>
          name="recalls" rows={recalls.data} rowKey={({ id }) => id} columns={columns} choices={[states]} error={recalls.error} retry={() => void recalls.refetch()}
          empty={<Nothing title={t("recalls.none")} hint={t("recalls.noneHint")} action={button} />}
        />
      </Section>
      {isOpen && <NewRecall batch={params.get("batch")} operation={params.get("operation")} onClose={() => setParams({})} onDone={(id) => void navigate(`/trace/recalls/${id}`)} />}
    </Page>
  );
}

export function RecallState({ lifted }: { lifted: boolean }) {
  const { t } = useTranslation();
  return <Tag tone={lifted ? "plain" : "bad"}>{t(lifted ? "recalls.state.lifted" : "recalls.state.standing")}</Tag>;
}
