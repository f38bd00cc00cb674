// A person as a whole. Values are masked until somebody says why they need them; what was revealed is kept in this page
// alone and goes with it.

import { useQuery } from "@tanstack/react-query";
import { Alert, Button, Skeleton } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";

import type { Schemas } from "../../../api/client";
import { useMay } from "../../../api/permissions";
import { ErrorPanel } from "../../../shared/ErrorPanel";
import { Id, number, Time, yuan } from "../../../shared/format";
import { NumberCard } from "../../../shared/NumberCard";
import { Page } from "../../../shared/Page";
import { TabLine } from "../../../shared/TabLine";
import { useUrl } from "../../../shared/useUrl";
import { rememberPerson } from "../kinds";
import { Actions } from "./Actions";
import { ChangesTab } from "./ChangesTab";
import { IdentityTab } from "./IdentityTab";
import { Orders } from "./Orders";
import { Portrait } from "./Portrait";
import { personQuery } from "./queries";
import { Timeline } from "./Timeline";
import "../members.css";

export type Whole = Schemas["Whole"];

export default function Person() {
  const { id = "" } = useParams();
  // Another person is another page: nothing that was revealed here stays.
  return <PersonOf key={id} id={id} />;
}

function PersonOf({ id }: { id: string }) {
  const { t } = useTranslation();
  const may = useMay();
  const [tab, setTab] = useUrl("tab", "portrait");
  const [revealed, setRevealed] = useState<Whole | null>(null);
  const asked = useQuery(personQuery(id));
  const person = asked.data;
  useEffect(() => {
    if (person) rememberPerson(person.person);
  }, [person]);

  const up: [string, string] = ["/members/search", t("find.title")];
  if (asked.error) {
    return (
      <Page title={t("person.title")} up={up}>
        <ErrorPanel error={asked.error} retry={() => void asked.refetch()} />
      </Page>
    );
  }
  if (!person) {
    return (
      <Page title={t("person.title")} up={up}>
        <Skeleton active paragraph={{ rows: 10 }} />
      </Page>
    );
  }
  const shown = revealed ?? person;
  const tabs = [
    { key: "portrait", label: t("person.tab.portrait"), children: <Portrait person={shown} /> },
    ...(may("GET /people/{id}/timeline") ? [{ key: "timeline", label: t("person.tab.timeline"), children: <Timeline id={person.person} /> }] : []),
    ...(may("GET /people/{id}/orders") ? [{ key: "orders", label: t("person.tab.orders"), children: <Orders id={person.person} /> }] : []),
    { key: "identity", label: t("person.tab.identity"), children: <IdentityTab person={shown} /> },
    { key: "changes", label: t("person.tab.changes"), children: <ChangesTab person={person} /> },
  ];
  return (
    <Page
      up={up}
      name={t("person.title")}
      title={
        <span className="row">
          {t("person.title")} <Id value={person.person} />
        </span>
      }
      lead={id !== person.person ? t("person.formerly", { id }) : undefined}
      actions={<Actions person={person} isRevealed={revealed !== null} onRevealed={setRevealed} />}
    >
      {revealed && (
        <Alert
          type="warning"
          showIcon
          title={t("person.revealed")}
          action={
            <Button size="small" onClick={() => setRevealed(null)}>
              {t("person.hide")}
            </Button>
          }
        />
      )}
      <div className="numbers">
        <NumberCard label={t("person.money")} value={yuan(person.cny_fen)} to={`/members/people/${person.person}?tab=portrait#wallets`} />
        <NumberCard label={t("person.points")} value={number(person.points)} to={`/members/people/${person.person}?tab=portrait#wallets`} />
        <NumberCard label={t("person.tier")} value={person.tier} />
        <NumberCard label={t("person.identifiers")} value={person.identifiers.length} />
        <NumberCard label={t("person.since")} value={<span className="since"><Time at={person.since} /></span>} />
      </div>
      <TabLine label={t("person.title")} tabs={tabs} active={tab} onChange={setTab} />
    </Page>
  );
}
