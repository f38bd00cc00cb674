import { useQueries, useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import type { Schemas } from "../../api/client";
import { useMay } from "../../api/permissions";
import { balanceQuery, campaignsQuery } from "../../api/queries";
import { DataTable, type Choice, type Column } from "../../shared/DataTable";
import { Id, number, Time } from "../../shared/format";
import { Nothing } from "../../shared/Nothing";
import { Page, Section } from "../../shared/Page";
import { Tag, type Tone } from "../../shared/Tag";
import { BudgetBar } from "./BudgetBar";

type AnyCampaign = Schemas["Campaign"];
type Status = Schemas["LifecycleStatus"];

const TONES: Record<Status, Tone> = { draft: "plain", running: "good", paused: "warn", ended: "plain" };
export const STATUSES = Object.keys(TONES) as Status[];

/** Whether a campaign or a rule counts. */
export function Lifecycle({ status }: { status: Status }) {
  const { t } = useTranslation();
  return <Tag tone={TONES[status]}>{t(`lifecycle.${status}`)}</Tag>;
}

export default function Campaigns() {
  const { t } = useTranslation();
  const may = useMay();
  const campaigns = useQuery(campaignsQuery);
  const rows = campaigns.data ? [...campaigns.data].reverse() : undefined;
  const balances = useQueries({ queries: (rows ?? []).map(({ id }) => ({ ...balanceQuery(id, "budget"), enabled: may("GET /balances") })) });
  const leftOf = (id: string) => balances[(rows ?? []).findIndex((one) => one.id === id)]?.data?.available;
  const button = may("POST /campaigns") && (
    <Link to="/campaigns/new">
      <Button type="primary">{t("campaigns.add")}</Button>
    </Link>
  );
  const columns: Column<AnyCampaign>[] = [
    { key: "name", title: t("campaigns.name"), plain: (one) => one.name, show: (one) => <Link to={`/campaigns/${one.id}`}>{one.name}</Link> },
    { key: "state", title: t("common.status"), plain: (one) => t(`lifecycle.${one.status}`), show: (one) => <Lifecycle status={one.status} /> },
    { key: "starts", title: t("campaigns.starts"), plain: (one) => one.starts, show: (one) => <Time at={one.starts} /> },
    { key: "ends", title: t("campaigns.ends"), plain: (one) => one.ends, show: (one) => <Time at={one.ends} /> },
    { key: "prizes", title: t("campaigns.prizes"), number: true, plain: (one) => one.prizes.length, show: (one) => number(one.prizes.length) },
    {
      key: "budget", title: t("campaigns.budgetLeft"), plain: (one) => leftOf(one.id) ?? 0,
      show: (one) => (one.budget_fen > 0 ? <BudgetBar left={leftOf(one.id)} whole={one.budget_fen} unit="CNY" /> : <span className="muted">–</span>),
    },
    { key: "id", title: t("common.id"), spare: true, plain: (one) => one.id, show: (one) => <Id value={one.id} /> },
  ];
  const choices: Choice<AnyCampaign>[] = [
    { key: "status", title: t("common.status"), options: STATUSES.map((value) => ({ value, label: t(`lifecycle.${value}`) })), fits: (one, value) => one.status === value },
  ];
  return (
    <Page title={t("campaigns.title")} lead={t("campaigns.lead")} actions={button}>
      <Section flush>
        <DataTable<AnyCampaign>
          name="campaigns" rows={rows} rowKey={({ id }) => id} columns={columns} choices={choices} error={campaigns.error}
          retry={() => void campaigns.refetch()} empty={<Nothing title={t("campaigns.none")} hint={t("campaigns.noneHint")} action={button} />}
        />
      </Section>
    </Page>
  );
}
