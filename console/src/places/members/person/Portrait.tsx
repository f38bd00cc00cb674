import { useQuery } from "@tanstack/react-query";
import { Table, Tooltip } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import type { Schemas } from "../../../api/client";
import { useSeesPeople } from "../../../api/permissions";
import { Id, Time } from "../../../shared/format";
import { Section } from "../../../shared/Page";
import { Tag } from "../../../shared/Tag";
import { Consents } from "./Consents";
import type { Whole } from "./Person";
import { Profile } from "./Profile";
import { identityQuery } from "./queries";
import { Tags } from "./Tags";
import { Wallets } from "./Wallets";

export function Portrait({ person }: { person: Whole }) {
  return (
    <div className="stack">
      <Identifiers person={person} />
      <div className="grid-2">
        <Profile person={person} />
        <div className="stack">
          <Tags person={person} />
          <Consents person={person} />
          <Wallets person={person} />
          <NearPeople person={person} />
        </div>
      </div>
    </div>
  );
}

function Identifiers({ person }: { person: Whole }) {
  const { t } = useTranslation();
  const identity = useQuery(identityQuery(person.person));
  const counts = new Map<string, { holds: number; contested: number }>();
  for (const { a, b, state } of identity.data?.evidence ?? []) {
    for (const account of [a, b]) {
      const count = counts.get(account) ?? { holds: 0, contested: 0 };
      if (state !== "retracted") count[state] += 1;
      counts.set(account, count);
    }
  }
  return (
    <Section title={t("person.identifiers")} hint={t("person.identifiersHint")} flush>
      <Table
        size="small"
        rowKey="account"
        pagination={false}
        scroll={{ x: "max-content" }}
        dataSource={person.identifiers}
        columns={[
          { title: t("common.kind"), dataIndex: "kind", render: (kind: Schemas["IdentifierKind"]) => t(`idKind.${kind}`) },
          { title: t("person.value"), key: "value", render: (_, one) => <IdentifierValue one={one} /> },
          { title: t("person.evidence"), key: "evidence", render: (_, { account }) => <Evidence count={counts.get(account)} loading={!identity.data} /> },
          { title: t("person.since"), dataIndex: "since", render: (at: string) => <Time at={at} /> },
          { title: t("person.account"), dataIndex: "account", render: (account: string) => <Id value={account} /> },
        ]}
      />
    </Section>
  );
}

function IdentifierValue({ one }: { one: Schemas["ShownIdentifier"] }) {
  const { t } = useTranslation();
  const sees = useSeesPeople();
  return (
    <span className="row">
      <Value value={one.value} sees={sees || one.kind === "device"} />
      {one.shared && (
        <Tooltip title={t("person.sharedHint")}>
          <span tabIndex={0}>
            <Tag tone="warn">{t("person.shared")}</Tag>
          </span>
        </Tooltip>
      )}
      {one.erased_at && <Tag tone="bad">{t("person.erased")}</Tag>}
    </span>
  );
}

/** As much of a value as the caller sees. */
export function Value({ value, sees }: { value: string | null | undefined; sees: boolean }) {
  const { t } = useTranslation();
  if (value) return <span className="num">{value}</span>;
  return <span className="muted">{sees ? t("person.noValue") : t("person.unseen")}</span>;
}

function Evidence({ count, loading }: { count: { holds: number; contested: number } | undefined; loading: boolean }) {
  const { t } = useTranslation();
  if (loading) return <span className="muted">…</span>;
  if (!count || count.holds + count.contested === 0) return <span className="muted">{t("person.evidence.none")}</span>;
  return (
    <span className="row">
      {count.holds > 0 && <Tag tone="good">{t("person.evidence.holds", { count: count.holds })}</Tag>}
      {count.contested > 0 && <Tag tone="warn">{t("person.evidence.contested", { count: count.contested })}</Tag>}
    </span>
  );
}

function NearPeople({ person }: { person: Whole }) {
  const { t } = useTranslation();
  return (
    <Section title={t("person.near")} hint={t("person.nearHint")}>
      {person.near.length === 0 ? (
        <span className="muted">{t("person.nearNone")}</span>
      ) : (
        <ul className="link-list">
          {person.near.map(({ person: near, device }) => (
            <li key={near + device}>
              <Link to={`/members/people/${near}`}>
                <Id value={near} bare />
              </Link>
              <span className="muted small">
                {t("person.device")} <Id value={device} bare />
              </span>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
