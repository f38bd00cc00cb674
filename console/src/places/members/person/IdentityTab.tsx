// Why these accounts are one person: the evidence as a picture and as a table, the chain between two of them, and what
// can be done about it.

import { useQuery } from "@tanstack/react-query";
import { Segmented, Skeleton, Table } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import type { Schemas } from "../../../api/client";
import { useMay } from "../../../api/permissions";
import { personOfAccount } from "../../../app/meanings";
import { ErrorPanel } from "../../../shared/ErrorPanel";
import { Id, Time } from "../../../shared/format";
import { Nothing } from "../../../shared/Nothing";
import { Section } from "../../../shared/Page";
import { Tag, type Tone } from "../../../shared/Tag";
import { Chain } from "./Chain";
import { EvidenceGraph } from "./EvidenceGraph";
import { Join } from "./Join";
import { Part } from "./Part";
import type { Whole } from "./Person";
import { identityQuery } from "./queries";

export type Labels = (account: string) => string;

const TONES: Record<Schemas["EvidenceView"]["state"], Tone> = { holds: "good", contested: "warn", retracted: "plain" };

export function IdentityTab({ person }: { person: Whole }) {
  const may = useMay();
  const identity = useQuery(identityQuery(person.person));
  const labels = useLabels(person);
  if (identity.error) return <ErrorPanel error={identity.error} retry={() => void identity.refetch()} />;
  if (!identity.data) return <Skeleton active paragraph={{ rows: 8 }} />;
  const { accounts, evidence } = identity.data;
  return (
    <div className="stack">
      <EvidenceSection accounts={accounts} evidence={evidence} labels={labels} />
      <div className="grid-2">
        {accounts.length > 1 && <Part person={person} labels={labels} />}
        <div className="stack">
          {accounts.length > 1 && <Chain accounts={accounts.map(({ id }) => id)} labels={labels} />}
          {may("POST /identity/joining") && <Join person={person} />}
        </div>
      </div>
    </div>
  );
}

/** What an account is called: its kind and as much of its value as is shown. */
function useLabels(person: Whole): Labels {
  const { t } = useTranslation();
  return useMemo(() => {
    const texts = new Map(person.identifiers.map(({ account, kind, value }) => [account, `${t(`idKind.${kind}`)} ${value ?? account.slice(-4)}`]));
    return (account) => texts.get(account) ?? `${t("why.outside")} ${account.slice(-4)}`;
  }, [person, t]);
}

interface SectionProps {
  accounts: Schemas["AccountView"][];
  evidence: Schemas["EvidenceView"][];
  labels: Labels;
}

function EvidenceSection({ accounts, evidence, labels }: SectionProps) {
  const { t } = useTranslation();
  const [as, setAs] = useState<"graph" | "table">("graph");
  const own = useMemo(() => new Set(accounts.map(({ id }) => id)), [accounts]);
  if (evidence.length === 0) {
    return (
      <Section title={t("why.graph")}>
        <Nothing title={t("why.none")} hint={t("why.noneHint")} />
      </Section>
    );
  }
  return (
    <Section
      title={t("why.graph")}
      hint={t("why.graphHint")}
      flush={as === "table"}
      extra={
        <Segmented
          value={as} onChange={setAs}
          options={[{ value: "graph", label: t("why.asGraph") }, { value: "table", label: t("why.asTable") }]}
        />
      }
    >
      {as === "graph" ? (
        <EvidenceGraph accounts={own} evidence={evidence} labels={labels} />
      ) : (
        <Table
          size="small" pagination={false} scroll={{ x: "max-content" }} dataSource={evidence} rowKey={({ a, b }) => a + b}
          columns={[
            { title: t("why.a"), dataIndex: "a", render: (id: string) => <Account id={id} own={own} labels={labels} /> },
            { title: t("why.b"), dataIndex: "b", render: (id: string) => <Account id={id} own={own} labels={labels} /> },
            { title: t("why.rule"), dataIndex: "rule", render: (rule: Schemas["EvidenceRule"]) => t(`rule.${rule}`) },
            { title: t("why.state"), key: "state", render: (_, one) => <Standing one={one} /> },
            { title: t("why.firstSeen"), dataIndex: "first_seen", render: (at: string) => <Time at={at} /> },
          ]}
        />
      )}
    </Section>
  );
}

export function Standing({ one }: { one: Schemas["EvidenceView"] }) {
  const { t } = useTranslation();
  return (
    <span className="stack tight">
      <span>
        <Tag tone={TONES[one.state]}>{t(`standing.${one.state}`)}</Tag>
      </span>
      {one.state === "contested" && <span className="muted small">{one.reason}</span>}
      {one.state === "retracted" && <Id value={one.by} bare />}
    </span>
  );
}

function Account({ id, own, labels }: { id: string; own: Set<string>; labels: Labels }) {
  if (own.has(id)) return <span title={id}>{labels(id)}</span>;
  return <Link to={`/members/people/${personOfAccount(id)}`}>{labels(id)}</Link>;
}
