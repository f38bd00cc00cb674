import { theme } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";

import type { Schemas } from "../../../api/client";
import { personOfAccount } from "../../../app/meanings";
import { LazyChart } from "../../../shared/LazyChart";
import type { Labels } from "./IdentityTab";

interface Props {
  accounts: Set<string>;
  evidence: Schemas["EvidenceView"][];
  labels: Labels;
}

const HEIGHT = 380;

/** Accounts as points, evidence as lines. A click on somebody else's account leads to that person. */
export function EvidenceGraph({ accounts, evidence, labels }: Props) {
  const { t } = useTranslation();
  const { token } = theme.useToken();
  const navigate = useNavigate();
  const option = useMemo(() => {
    const named = new Set([...accounts, ...evidence.flatMap(({ a, b }) => [a, b])]);
    const colors = { holds: token.colorPrimary, contested: token.colorWarning, retracted: token.colorTextQuaternary };
    return {
      tooltip: { trigger: "item" as const },
      series: [
        {
          type: "graph", layout: "force", roam: true, scaleLimit: { min: 0.5, max: 3 },
          force: { initLayout: "circular", repulsion: 420, edgeLength: 120, layoutAnimation: false },
          label: { show: true, position: "bottom", color: token.colorText, fontSize: 12 },
          data: [...named].map((id) => ({
            id, name: id, symbolSize: accounts.has(id) ? 22 : 14,
            label: { formatter: labels(id) },
            tooltip: { formatter: `${labels(id)}\n${id}` },
            itemStyle: { color: accounts.has(id) ? token.colorPrimary : token.colorTextQuaternary },
          })),
          links: evidence.map(({ a, b, rule, state }) => ({
            source: a, target: b,
            lineStyle: { color: colors[state], width: state === "holds" ? 2 : 1.5, type: state === "holds" ? "solid" : "dashed", curveness: 0 },
            tooltip: { formatter: `${t(`rule.${rule}`)} · ${t(`standing.${state}`)}` },
          })),
        },
      ],
    };
  }, [accounts, evidence, labels, token, t]);
  return (
    <LazyChart
      option={option} height={HEIGHT}
      label={t("why.picture", { accounts: accounts.size, evidence: evidence.length })}
      onPick={(id) => {
        if (id.startsWith("acc_") && !accounts.has(id)) void navigate(`/members/people/${personOfAccount(id)}`);
      }}
    />
  );
}
