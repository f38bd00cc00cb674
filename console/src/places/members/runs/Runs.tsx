import { useQuery } from "@tanstack/react-query";
import { App, Button } from "antd";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import "../members.css";

import { answer, api, type Schemas } from "../../../api/client";
import { useMay } from "../../../api/permissions";
import { Actor } from "../../../shared/actors";
import { DataTable, type Column } from "../../../shared/DataTable";
import { Id, Time } from "../../../shared/format";
import { Nothing } from "../../../shared/Nothing";
import { Page, Section } from "../../../shared/Page";
import { Tag, type Tone } from "../../../shared/Tag";
import { useCommand } from "../../../shared/useCommand";
import { Rules } from "./Rules";

type AnyRun = Schemas["IdentityRun"];

const POLL_MS = 1_000;
const LISTED_MAX = 100;

export const isUnderWay = (run: AnyRun | undefined) => run?.state === "waiting" || run?.state === "running";

export default function Runs() {
  const { t } = useTranslation();
  const { modal } = App.useApp();
  const navigate = useNavigate();
  const may = useMay();
  const runs = useQuery({
    queryKey: ["identity-runs"],
    queryFn: () => answer(api.GET("/v1/identity/runs", { params: { query: { limit: LISTED_MAX } } })),
    refetchInterval: ({ state }) => (state.data?.items.some(isUnderWay) ? POLL_MS : false),
  });
  const rebuild = useCommand({
    run: () => answer(api.POST("/v1/identity/runs", { body: {} })),
    changes: [["identity-runs"], ["tasks"]],
    then: ({ id }) => void navigate(`/members/runs/${id}`),
    tells: true,
  });
  const ask = () =>
    void modal.confirm({ title: t("runs.rebuild"), content: t("runs.rebuildLead"), okText: t("runs.rebuild"), onOk: () => rebuild.mutate(undefined) });
  const columns: Column<AnyRun>[] = [
    {
      key: "kind", title: t("common.kind"), plain: (run) => t(`runs.kind.${run.kind}`),
      show: (run) => <Link to={`/members/runs/${run.id}`}>{t(`runs.kind.${run.kind}`)}</Link>,
    },
    { key: "state", title: t("common.status"), plain: (run) => t(`runs.state.${run.state}`), show: (run) => <RunState run={run} /> },
    { key: "outcome", title: t("runs.outcome"), show: (run) => <Outcome run={run} /> },
    { key: "asked", title: t("runs.asked"), plain: (run) => run.asked_at, show: (run) => <Time at={run.asked_at} /> },
    { key: "by", title: t("common.by"), plain: (run) => run.by, show: (run) => <Actor id={run.by} /> },
    { key: "id", title: t("common.id"), spare: true, plain: (run) => run.id, show: (run) => <Id value={run.id} /> },
  ];
  const writes = may("POST /identity/runs");
  return (
    <Page title={t("runs.title")} lead={t("runs.lead")} actions={writes && <Button onClick={ask} loading={rebuild.isPending}>{t("runs.rebuild")}</Button>}>
      {writes && <Rules />}
      <Section title={t("runs.history")} flush>
        <DataTable<AnyRun>
          name="identity-runs" rows={runs.data?.items} rowKey={({ id }) => id} columns={columns}
          error={runs.error} retry={() => void runs.refetch()} empty={<Nothing title={t("runs.none")} hint={t("runs.noneHint")} />}
        />
      </Section>
    </Page>
  );
}

const TONES: Record<Schemas["RunState"], Tone> = { waiting: "plain", running: "info", done: "good", failed: "bad" };

export function RunState({ run }: { run: AnyRun }) {
  const { t } = useTranslation();
  return <Tag tone={TONES[run.state]}>{t(`runs.state.${run.state}`)}</Tag>;
}

export interface Result {
  accounts: number;
  evidence: number;
  persons_before: number;
  persons_after: number;
  split: number;
  merged: number;
  moved: number;
  moved_cny_fen: number;
  moved_points: number;
  examples?: { accounts: { account: string; before: string; after: string }[] }[];
}

function Outcome({ run }: { run: AnyRun }) {
  const { t } = useTranslation();
  if (run.error) return <span className="muted">{run.error}</span>;
  const result = run.result as Result | null | undefined;
  if (!result) return <span className="muted">–</span>;
  return (
    <span className="num">
      {result.persons_before} → {result.persons_after}
      <span className="muted small">
        {"  "}
        {t("runs.moved")} {result.moved}
      </span>
    </span>
  );
}
