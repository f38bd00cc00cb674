import { useQuery } from "@tanstack/react-query";
import { App, Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import "./campaigns.css";

import { answer, api, type Schemas } from "../../api/client";
import { useMay } from "../../api/permissions";
import { pointsRulesQuery } from "../../api/queries";
import { DataTable, type Choice, type Column } from "../../shared/DataTable";
import { Id, joined, Time } from "../../shared/format";
import { Nothing } from "../../shared/Nothing";
import { Page, Section } from "../../shared/Page";
import { useCommand } from "../../shared/useCommand";
import { Lifecycle, STATUSES } from "./Campaigns";
import { formula } from "./formula";
import { NewPointsRule } from "./NewPointsRule";

type Rule = Schemas["PointsRule"];

/** By what orders earn points. */
export default function PointsRules() {
  const { t } = useTranslation();
  const may = useMay();
  const [isOpen, setOpen] = useState(false);
  const rules = useQuery(pointsRulesQuery);
  const rows = rules.data ? [...rules.data].reverse() : undefined;
  const button = may("POST /points-rules") && (
    <Button type="primary" onClick={() => setOpen(true)}>
      {t("pointsRules.add")}
    </Button>
  );
  const sources = (one: Rule) => (one.sources.length === 0 ? t("pointsRules.allSources") : joined(one.sources));
  const columns: Column<Rule>[] = [
    { key: "name", title: t("common.name"), plain: (one) => one.name, show: (one) => <strong>{one.name}</strong> },
    { key: "state", title: t("common.status"), plain: (one) => t(`lifecycle.${one.status}`), show: (one) => <Lifecycle status={one.status} /> },
    { key: "gives", title: t("pointsRules.gives"), plain: formula, show: (one) => <span className="num">{formula(one)}</span> },
    { key: "sources", title: t("pointsRules.sources"), plain: sources, show: sources },
    { key: "starts", title: t("campaigns.starts"), plain: (one) => one.starts, show: (one) => <Time at={one.starts} /> },
    { key: "ends", title: t("campaigns.ends"), plain: (one) => one.ends, show: (one) => <Time at={one.ends} /> },
    { key: "id", title: t("common.id"), spare: true, plain: (one) => one.id, show: (one) => <Id value={one.id} /> },
    ...(may("POST /points-rules/{id}/status") ? [{ key: "do", title: t("common.actions"), show: (one: Rule) => <RuleActions rule={one} /> }] : []),
  ];
  const choices: Choice<Rule>[] = [
    { key: "status", title: t("common.status"), options: STATUSES.map((value) => ({ value, label: t(`lifecycle.${value}`) })), fits: (one, value) => one.status === value },
  ];
  return (
    <Page title={t("pointsRules.title")} lead={t("pointsRules.lead")} actions={button}>
      <Section flush>
        <DataTable<Rule>
          name="points-rules" rows={rows} rowKey={({ id }) => id} columns={columns} choices={choices} error={rules.error} retry={() => void rules.refetch()}
          empty={<Nothing title={t("pointsRules.none")} hint={t("pointsRules.noneHint")} action={button} />}
        />
      </Section>
      <NewPointsRule open={isOpen} onClose={() => setOpen(false)} />
    </Page>
  );
}

function RuleActions({ rule: { id, name, status } }: { rule: Rule }) {
  const { t } = useTranslation();
  const { modal } = App.useApp();
  const set = useCommand({
    run: (next: Schemas["LifecycleStatus"]) => answer(api.POST("/v1/points-rules/{id}/status", { params: { path: { id } }, body: { status: next } })),
    done: t("campaign.changed"),
    changes: [["points-rules"]],
    tells: true,
  });
  if (status === "ended") return null;
  const start = () =>
    void modal.confirm({ title: t("pointsRules.startTitle", { name }), content: t("pointsRules.startLead"), okText: t("campaign.start"), onOk: () => set.mutate("running") });
  const end = () =>
    void modal.confirm({
      title: t("pointsRules.endTitle", { name }), content: t("pointsRules.endLead"), okText: t("campaign.end"), okButtonProps: { danger: true }, onOk: () => set.mutate("ended"),
    });
  return (
    <span className="nowrap">
      {status === "draft" && <Button type="link" size="small" loading={set.isPending} onClick={start}>{t("campaign.start")}</Button>}
      {status === "running" && <Button type="link" size="small" loading={set.isPending} onClick={() => set.mutate("paused")}>{t("campaign.pause")}</Button>}
      {status === "paused" && <Button type="link" size="small" loading={set.isPending} onClick={() => set.mutate("running")}>{t("campaign.resume")}</Button>}
      {status !== "draft" && <Button type="link" size="small" danger onClick={end}>{t("campaign.end")}</Button>}
    </span>
  );
}
