import { DownOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Dropdown, Progress } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import "./imports.css";

import { answer, api, type Schemas } from "../../api/client";
import { useMay } from "../../api/permissions";
import { Actor } from "../../shared/actors";
import { DataTable, type Choice, type Column } from "../../shared/DataTable";
import { Id, number, Time } from "../../shared/format";
import { Nothing } from "../../shared/Nothing";
import { Page, Section } from "../../shared/Page";
import { Tag, type Tone } from "../../shared/Tag";
import { isUnderWay, KINDS, newImport, type Run } from "./kinds";

const POLL_MS = 1_000;
const LISTED_MAX = 200;

export default function Imports() {
  const { t } = useTranslation();
  const may = useMay();
  const asked = useQuery({
    queryKey: ["imports"],
    queryFn: () => answer(api.GET("/v1/imports", { params: { query: { limit: LISTED_MAX } } })),
    refetchInterval: ({ state }) => (state.data?.items.some(isUnderWay) ? POLL_MS : false),
  });
  const columns: Column<Run>[] = [
    { key: "file", title: t("imports.file"), plain: ({ file }) => file, show: ({ id, file }) => <Link className="clip" to={`/members/imports/${id}`}>{file || id}</Link> },
    { key: "kind", title: t("common.kind"), plain: ({ kind }) => t(`imports.kind.${kind}`), show: ({ kind }) => t(`imports.kind.${kind}`) },
    { key: "state", title: t("common.status"), plain: ({ state }) => t(`imports.state.${state}`), show: (run) => <RunState run={run} /> },
    { key: "rows", title: t("imports.accepted"), number: true, plain: ({ rows_accepted }) => rows_accepted, show: ({ rows_accepted }) => number(rows_accepted) },
    { key: "rejects", title: t("imports.rejects"), number: true, plain: ({ rejects }) => rejects, show: ({ rejects }) => number(rejects) },
    { key: "source", title: t("imports.source"), spare: true, plain: ({ source }) => source, show: ({ source }) => source },
    { key: "created", title: t("imports.begun"), plain: ({ created_at }) => created_at, show: ({ created_at }) => <Time at={created_at} /> },
    { key: "by", title: t("common.by"), plain: ({ by }) => by, show: ({ by }) => <Actor id={by} /> },
    { key: "id", title: t("common.id"), spare: true, plain: ({ id }) => id, show: ({ id }) => <Id value={id} /> },
  ];
  const choices: Choice<Run>[] = [
    {
      key: "kind", title: t("common.kind"), fits: ({ kind }, value) => kind === value,
      options: KINDS.map(({ name }) => ({ value: name, label: t(`imports.kind.${name}`) })),
    },
    {
      key: "state", title: t("common.status"), fits: ({ state }, value) => state === value,
      options: (["queued", "running", "done", "failed", "cancelled"] as const).map((value) => ({ value, label: t(`imports.state.${value}`) })),
    },
  ];
  const begins = KINDS.filter(({ route }) => may(route));
  const begin = begins.length > 0 && <BeginButton kinds={begins} />;
  return (
    <Page title={t("imports.title")} lead={t("imports.lead")} actions={begin}>
      <Section flush>
        <DataTable<Run>
          name="imports" rows={asked.data?.items} rowKey={({ id }) => id} columns={columns} choices={choices}
          error={asked.error} retry={() => void asked.refetch()}
          empty={<Nothing title={t("imports.none")} hint={t("imports.noneHint")} action={begin} />}
          more={asked.data?.next ? <span className="muted">{t("imports.cut", { count: LISTED_MAX })}</span> : undefined}
        />
      </Section>
    </Page>
  );
}

/** One button where files can be one thing, a menu where they can be several. */
function BeginButton({ kinds }: { kinds: typeof KINDS }) {
  const { t } = useTranslation();
  if (kinds.length === 1) {
    return (
      <Link to={newImport(kinds[0]!.name)}>
        <Button type="primary" tabIndex={-1}>{t(`imports.new.${kinds[0]!.name}`)}</Button>
      </Link>
    );
  }
  return (
    <Dropdown autoFocus trigger={["click"]} menu={{ items: kinds.map(({ name }) => ({ key: name, label: <Link to={newImport(name)}>{t(`imports.new.${name}`)}</Link> })) }}>
      <Button type="primary">{t("imports.beginOne")} <DownOutlined /></Button>
    </Dropdown>
  );
}

const TONES: Record<Schemas["State"], Tone> = { queued: "plain", running: "info", done: "good", failed: "bad", cancelled: "warn" };

export function RunState({ run }: { run: Run }) {
  const { t } = useTranslation();
  return (
    <span className="row nowrap">
      <Tag tone={TONES[run.state]}>{t(`imports.state.${run.state}`)}</Tag>
      {run.state === "running" && run.rows_total ? (
        <Progress className="imports-small" size="small" percent={Math.floor((100 * run.rows_read) / run.rows_total)} aria-label={t("imports.progress")} />
      ) : null}
    </span>
  );
}
