import { useQuery } from "@tanstack/react-query";
import { Alert, Skeleton, Table } from "antd";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import "../members.css";

import { answer, api } from "../../../api/client";
import { personOfAccount } from "../../../app/meanings";
import { Actor } from "../../../shared/actors";
import { ErrorPanel } from "../../../shared/ErrorPanel";
import { Id, number, Points, Time, yuan } from "../../../shared/format";
import { NumberCard } from "../../../shared/NumberCard";
import { Facts, Page, Section } from "../../../shared/Page";
import { Tag } from "../../../shared/Tag";
import { isUnderWay, RunState, type Result } from "./Runs";

const POLL_MS = 800;

export default function Run() {
  const { t } = useTranslation();
  const { id = "" } = useParams();
  const asked = useQuery({
    queryKey: ["identity-run", id],
    queryFn: () => answer(api.GET("/v1/identity/runs/{id}", { params: { path: { id } } })),
    refetchInterval: ({ state }) => (isUnderWay(state.data) ? POLL_MS : false),
  });
  const run = asked.data;
  const result = run?.result as Result | null | undefined;
  return (
    <Page title={run ? t(`runs.kind.${run.kind}`) : t("runs.title")} up={["/members/runs", t("runs.title")]}>
      {asked.error && <ErrorPanel error={asked.error} retry={() => void asked.refetch()} />}
      {asked.isPending && <Skeleton active paragraph={{ rows: 6 }} />}
      {isUnderWay(run) && <Alert type="info" showIcon title={t("runs.wait")} />}
      {run?.error && <Alert type="error" showIcon title={run.error} />}
      {result && <Cards result={result} />}
      {run && (
        <Section>
          <Facts
            items={[
              [t("common.status"), <RunState run={run} />],
              [t("common.by"), <Actor id={run.by} />],
              [t("runs.asked"), <Time at={run.asked_at} />],
              [t("runs.took"), run.started_at && run.ended_at ? t("runs.seconds", { seconds: secondsBetween(run.started_at, run.ended_at) }) : "–"],
              [t("common.id"), <Id value={run.id} />],
            ]}
          />
        </Section>
      )}
      {run?.policy != null && (
        <Section title={t("runs.policyAsked")}>
          <pre className="pre">{JSON.stringify(run.policy, null, 2)}</pre>
        </Section>
      )}
      {result && <Examples result={result} />}
    </Page>
  );
}

function secondsBetween(from: string, to: string): string {
  return ((Date.parse(to) - Date.parse(from)) / 1000).toFixed(1);
}

function Cards({ result }: { result: Result }) {
  const { t } = useTranslation();
  return (
    <div className="numbers" data-testid="outcome">
      <NumberCard label={t("runs.before")} value={number(result.persons_before)} />
      <NumberCard label={t("runs.after")} value={number(result.persons_after)} />
      <NumberCard label={t("runs.split")} value={number(result.split)} />
      <NumberCard label={t("runs.merged")} value={number(result.merged)} />
      <NumberCard label={t("runs.moved")} value={number(result.moved)} />
      <NumberCard label={t("runs.movedMoney")} value={yuan(result.moved_cny_fen)} />
      <NumberCard label={t("runs.movedPoints")} value={<Points points={result.moved_points} />} />
      <NumberCard label={t("runs.evidence")} value={number(result.evidence)} note={`${number(result.accounts)} ${t("runs.accounts")}`} />
    </div>
  );
}

function Examples({ result }: { result: Result }) {
  const { t } = useTranslation();
  const examples = result.examples ?? [];
  return (
    <Section title={t("runs.examples")} hint={t("runs.examplesHint")}>
      {examples.length === 0 && <span className="muted">{t("runs.nobody")}</span>}
      <div className="examples">
        {examples.map(({ accounts }, at) => (
          <div key={at}>
            <h3>{t("runs.exampleOf", { count: at + 1 })}</h3>
            <Table
              size="small" pagination={false} scroll={{ x: "max-content" }} rowKey="account" dataSource={accounts}
              columns={[
                {
                  title: t("person.account"), dataIndex: "account",
                  render: (account: string) => <Link to={`/members/people/${personOfAccount(account)}?tab=identity`}><Id value={account} bare /></Link>,
                },
                { title: t("runs.was"), dataIndex: "before", render: (id: string) => <Id value={id} bare /> },
                {
                  title: t("runs.would"), dataIndex: "after",
                  render: (after: string, { before }) => (
                    <span className="row">
                      <Id value={after} bare />
                      {after !== before && <Tag tone="warn">{t("part.moving")}</Tag>}
                    </span>
                  ),
                },
              ]}
            />
          </div>
        ))}
      </div>
    </Section>
  );
}
