import { useQuery } from "@tanstack/react-query";
import { Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../../../api/client";
import { ErrorPanel } from "../../../shared/ErrorPanel";
import { Time } from "../../../shared/format";
import { Section } from "../../../shared/Page";
import { Tag } from "../../../shared/Tag";
import type { Labels } from "./IdentityTab";

/** The shortest chain of evidence between two accounts. */
export function Chain({ accounts, labels }: { accounts: string[]; labels: Labels }) {
  const { t } = useTranslation();
  const [from, setFrom] = useState<string>();
  const [to, setTo] = useState<string>();
  const asked = useQuery({
    queryKey: ["why", from, to],
    queryFn: () => answer(api.GET("/v1/identity/why", { params: { query: { from: from!, to: to! } } })),
    enabled: from !== undefined && to !== undefined && from !== to,
  });
  const options = accounts.map((value) => ({ value, label: labels(value) }));
  return (
    <Section title={t("chain.title")} hint={t("chain.hint")}>
      <div className="grid-form">
        <Select aria-label={t("chain.from")} placeholder={t("chain.from")} options={options} value={from} onChange={setFrom} />
        <Select aria-label={t("chain.to")} placeholder={t("chain.to")} options={options.filter(({ value }) => value !== from)} value={to} onChange={setTo} />
      </div>
      {asked.error && <ErrorPanel error={asked.error} />}
      {asked.data && (
        <div className="chain">
          <p>{asked.data.one_person ? t("chain.one", { count: asked.data.evidence.length }) : t("chain.two")}</p>
          {asked.data.evidence.map(({ a, b, rule, first_seen }) => (
            <div className="chain-step" key={a + b}>
              <Tag tone="info">{labels(a)}</Tag>
              <span className="muted small">{t(`rule.${rule}`)}</span>
              <span aria-hidden>→</span>
              <Tag tone="info">{labels(b)}</Tag>
              <span className="muted small">
                <Time at={first_seen} />
              </span>
            </div>
          ))}
        </div>
      )}
    </Section>
  );
}
