import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import type { Schemas } from "../../api/client";
import { useMay } from "../../api/permissions";
import { pointsRulesQuery } from "../../api/queries";
import { signed } from "../../shared/Amount";
import { number } from "../../shared/format";
import { Section } from "../../shared/Page";
import { formula } from "../campaigns/formula";
import { Buyer } from "./Orders";

/** Why an order moved the points that it moved: by which rules, from which accounts, and what is owed. */
export function Why({ order }: { order: Schemas["Order"] }) {
  const { t } = useTranslation();
  const may = useMay();
  const rules = useQuery({ ...pointsRulesQuery, enabled: may("GET /points-rules") });
  const { granted = [], repaid = [], taken = [], owed = 0 } = order.decision;
  const ruleOf = (id: string): ReactNode => {
    const rule = rules.data?.find((one) => one.id === id);
    if (!rule) return <code className="id">{id}</code>;
    return (
      <>
        <Link to="/campaigns/points-rules">{rule.name}</Link> <span className="muted small">{formula(rule)}</span>
      </>
    );
  };
  const isEmpty = granted.length + repaid.length + taken.length === 0 && owed === 0;
  return (
    <Section title={t("orders.why")} hint={order.original ? t("orders.whyReturn") : undefined}>
      {isEmpty && <span className="muted">{order.account ? t("orders.whyNothing") : t("orders.whyNobody")}</span>}
      {!isEmpty && (
        <dl className="why" data-testid="why">
          {granted.map(({ rule, points }) => (
            <Line key={rule} what={ruleOf(rule)} points={signed(points)} />
          ))}
          {repaid.map(({ account, points }) => (
            <Line key={`repaid ${account}`} what={<>{t("orders.whyRepaid")} <Buyer account={account} /></>} points={number(points)} hint />
          ))}
          {taken.map(({ account, points }) => (
            <Line key={`taken ${account}`} what={<>{t("orders.whyTaken")} <Buyer account={account} /></>} points={signed(-points)} />
          ))}
          {owed > 0 && <Line what={t("orders.whyOwed")} points={signed(-owed)} />}
        </dl>
      )}
    </Section>
  );
}

interface LineProps {
  what: ReactNode;
  points: string;
  /** Part of what stands above it. */
  hint?: boolean;
}

function Line({ what, points, hint = false }: LineProps) {
  const { t } = useTranslation();
  return (
    <div className={hint ? "muted" : undefined}>
      <dt>{what}</dt>
      <dd className="num nowrap">
        {points} <span className="unit">{t("unit.points")}</span>
      </dd>
    </div>
  );
}
