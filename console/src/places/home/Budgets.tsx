import { useQueries, useQuery } from "@tanstack/react-query";
import { Skeleton } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { balanceQuery, campaignsQuery } from "../../api/queries";
import { useMay } from "../../api/permissions";
import { ErrorPanel } from "../../shared/ErrorPanel";
import { Section } from "../../shared/Page";
import { BudgetBar } from "../campaigns/BudgetBar";

/** What campaigns that run can still give. */
export function Budgets() {
  const { t } = useTranslation();
  const may = useMay();
  const asked = useQuery(campaignsQuery);
  const running = asked.data?.filter(({ status }) => status === "running") ?? [];
  const balances = useQueries({ queries: running.map(({ id }) => ({ ...balanceQuery(id, "budget"), enabled: may("GET /balances") })) });
  return (
    <Section title={t("home.budgets")}>
      {asked.error && <ErrorPanel error={asked.error} />}
      {asked.isPending && <Skeleton active />}
      {asked.data && running.length === 0 && <span className="muted">{t("home.budgetsNone")}</span>}
      <ul className="stack">
        {running.map((campaign, at) => (
          <li key={campaign.id} className="stack tight">
            <Link to={`/campaigns/${campaign.id}`}>{campaign.name}</Link>
            {campaign.budget_fen > 0 && <BudgetBar left={balances[at]?.data?.available} whole={campaign.budget_fen} unit="CNY" />}
          </li>
        ))}
      </ul>
    </Section>
  );
}
