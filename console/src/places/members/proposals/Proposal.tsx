// Whether two people are one: how well they agree, who each is, and the decision.

import { useQuery } from "@tanstack/react-query";
import { App, Button, Skeleton } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import "../members.css";

import { answer, api, type Schemas } from "../../../api/client";
import { useMay } from "../../../api/permissions";
import { wordText } from "../../../app/i18n";
import { Actor } from "../../../shared/actors";
import { AuditLine } from "../../../shared/AuditLine";
import { ConfirmReason } from "../../../shared/ConfirmReason";
import { ErrorPanel } from "../../../shared/ErrorPanel";
import { Id, Money, Points, Time } from "../../../shared/format";
import { Page, Section } from "../../../shared/Page";
import { useCommand } from "../../../shared/useCommand";
import { personQuery } from "../person/queries";
import { Value } from "../person/Portrait";
import { Weights } from "./Agreements";
import { chance, ProposalTag } from "./Proposals";

type Detail = Schemas["ProposalDetail"];

export default function ProposalPage() {
  const { t } = useTranslation();
  const { id = "" } = useParams();
  const asked = useQuery({
    queryKey: ["proposals", id],
    queryFn: () => answer(api.GET("/v1/identity/proposals/{id}", { params: { path: { id } } })),
  });
  const proposal = asked.data;
  return (
    <Page
      name={t("proposals.one")} up={["/members/proposals", t("proposals.title")]} actions={proposal?.state === "open" && <Decide proposal={proposal} />}
      title={proposal ? <span className="row">{t("proposals.chance", { chance: chance(proposal.probability) })} <ProposalTag state={proposal.state} /></span> : t("proposals.one")}
      lead={t("proposals.oneLead")}
    >
      {asked.error && <ErrorPanel error={asked.error} retry={() => void asked.refetch()} />}
      {asked.isPending && <Skeleton active paragraph={{ rows: 8 }} />}
      {proposal?.decided && <Section><Decided decided={proposal.decided} /></Section>}
      {proposal && (
        <>
          <Section title={t("proposals.agreement")} hint={t("proposals.weightHint")}>
            <Weights all={proposal.agreement} />
          </Section>
          <div className="grid-2">
            {proposal.persons.map((side) => <Side key={side.person} side={side} />)}
          </div>
          {proposal.persons.length === 1 && <p className="muted">{t("proposals.oneByNow")}</p>}
        </>
      )}
    </Page>
  );
}

function Decided({ decided }: { decided: Schemas["Decided"] }) {
  const { t } = useTranslation();
  return (
    <AuditLine
      at={decided.at} by={<Actor id={decided.by} />} why={decided.reason}
      what={decided.change ? <Link to="/members/changes">{t("proposals.decidedBy")}</Link> : t("proposals.wasRefused")}
    />
  );
}

/** One of the two: what is known of them, masked. */
function Side({ side }: { side: Detail["persons"][number] }) {
  const { t } = useTranslation();
  const may = useMay();
  const person = useQuery({ ...personQuery(side.person), enabled: may("GET /people/{id}") });
  const values = new Map(person.data?.identifiers.map(({ account, value }) => [account, value]));
  return (
    <Section
      title={<Link to={`/members/people/${side.person}`}><Id value={side.person} bare /></Link>}
      extra={<><Money fen={side.cny_fen} /><Points points={side.points} /></>}
    >
      <dl className="profile">
        {person.data?.profile.map(({ field, value }) => (
          <div key={field}>
            <dt>{wordText("field", field)}</dt>
            <dd><Value value={field === "gender" && value ? wordText("gender", value) : value} sees /></dd>
          </div>
        ))}
        {side.accounts.map(({ id, kind, since }) => (
          <div key={id}>
            <dt>{t(`idKind.${kind}`)}</dt>
            <dd className="said">
              <Value value={values.get(id)} sees />
              <span className="muted small"><Time at={since} /></span>
            </dd>
          </div>
        ))}
      </dl>
    </Section>
  );
}

function Decide({ proposal }: { proposal: Detail }) {
  const { t } = useTranslation();
  const { modal } = App.useApp();
  const may = useMay();
  const [isRefusing, setRefusing] = useState(false);
  const path = { params: { path: { id: proposal.id } } };
  const changes = [["proposals"], ["person"], ["identity-changes"]];
  const accept = useCommand({ run: () => answer(api.POST("/v1/identity/proposals/{id}/accept", path)), done: t("proposals.accepted"), changes, tells: true });
  const refuse = useCommand({
    run: (reason: string) => answer(api.POST("/v1/identity/proposals/{id}/refuse", { ...path, body: { reason } })),
    done: t("proposals.refused"), changes, then: () => setRefusing(false),
  });
  const ask = () =>
    void modal.confirm({ title: t("proposals.acceptTitle"), content: t("proposals.acceptLead"), okText: t("proposals.accept"), cancelText: t("common.cancel"), onOk: () => accept.mutate(undefined) });
  if (!may("POST /identity/proposals/{id}/accept")) return null;
  return (
    <>
      <Button onClick={() => setRefusing(true)}>{t("proposals.refuse")}</Button>
      <Button type="primary" loading={accept.isPending} onClick={ask}>{t("proposals.accept")}</Button>
      <ConfirmReason
        open={isRefusing} title={t("proposals.refuse")} confirm={t("proposals.refuse")} busy={refuse.isPending} error={refuse.error}
        onConfirm={(reason) => refuse.mutate(reason)} onClose={() => setRefusing(false)}
      >
        <p>{t("proposals.refuseLead")}</p>
      </ConfirmReason>
    </>
  );
}
