import { useQuery } from "@tanstack/react-query";
import { Alert, App, Button, Progress, Skeleton } from "antd";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import "./imports.css";

import { answer, api } from "../../api/client";
import { useMay } from "../../api/permissions";
import { refusalText } from "../../app/i18n";
import { Actor } from "../../shared/actors";
import { ErrorPanel } from "../../shared/ErrorPanel";
import { ExportMenu } from "../../shared/ExportMenu";
import { Id, number, Time } from "../../shared/format";
import { NumberCard } from "../../shared/NumberCard";
import { Facts, Page, Section } from "../../shared/Page";
import { useCommand } from "../../shared/useCommand";
import { RunState } from "./Imports";
import { isUnderWay, type Run } from "./kinds";

const POLL_MS = 700;

/** An import: how far it is, what came of it, and what was left out. */
export default function Import() {
  const { t } = useTranslation();
  const { id = "" } = useParams();
  const asked = useQuery({
    queryKey: ["imports", id],
    queryFn: () => answer(api.GET("/v1/imports/{id}", { params: { path: { id } } })),
    refetchInterval: ({ state }) => (isUnderWay(state.data) ? POLL_MS : false),
  });
  const run = asked.data;
  return (
    <Page title={run?.file || t("imports.title")} up={["/members/imports", t("imports.title")]} actions={run && <Actions run={run} />}>
      {asked.error && <ErrorPanel error={asked.error} retry={() => void asked.refetch()} />}
      {asked.isPending && <Skeleton active paragraph={{ rows: 6 }} />}
      {run?.error && <Alert type="error" showIcon title={refusalText(run.error_code ?? "", run.error)} description={<code>{run.error_code}</code>} />}
      {run && isUnderWay(run) && (
        <Section>
          <Progress status="active" aria-label={t("imports.progress")} percent={run.rows_total ? Math.floor((100 * run.rows_read) / run.rows_total) : 0} />
          <p className="muted" role="status">
            {run.rows_total ? t("imports.progressOf", { read: number(run.rows_read), total: number(run.rows_total) }) : t("imports.waiting")}
          </p>
        </Section>
      )}
      {run && (
        <div className="numbers" data-testid="import">
          <NumberCard label={t("imports.read")} value={number(run.rows_read)} note={run.rows_total != null ? t("imports.ofTotal", { total: number(run.rows_total) }) : undefined} />
          <NumberCard label={t(`imports.accepted.${run.kind}`)} value={number(run.rows_accepted)} />
          <NumberCard label={t(`imports.refused.${run.kind}`)} value={number(run.rows_refused)} />
          {run.kind === "members" && <NumberCard label={t("imports.suppressed")} value={number(run.rows_suppressed)} note={t("imports.suppressedHint")} />}
          <NumberCard label={t("imports.rejects")} value={number(run.rejects)} note={t(`imports.rejectsHint.${run.kind}`)} />
        </div>
      )}
      {run && (
        <Section>
          <Facts
            items={[
              [t("common.status"), <RunState run={run} />],
              [t("common.kind"), t(`imports.kind.${run.kind}`)],
              [t("imports.source"), run.source],
              [t("imports.begun"), <Time at={run.created_at} />],
              [t("imports.ended"), <Time at={run.finished_at} />],
              [t("common.by"), <Actor id={run.by} />],
              [t("common.id"), <Id value={run.id} />],
              ["SHA-256", <code className="imports-hash">{run.sha256}</code>],
            ]}
          />
        </Section>
      )}
    </Page>
  );
}

function Actions({ run }: { run: Run }) {
  const { t } = useTranslation();
  const { modal } = App.useApp();
  const may = useMay();
  const path = { params: { path: { id: run.id } } };
  const cancel = useCommand({
    run: () => answer(api.POST("/v1/imports/{id}/cancel", path)),
    done: t("imports.cancelled"),
    changes: [["imports"]],
    tells: true,
  });
  const ask = () =>
    void modal.confirm({
      title: t("imports.cancelTitle"), content: t("imports.cancelLead"), okText: t("imports.cancel"), cancelText: t("imports.goOn"),
      okButtonProps: { danger: true }, onOk: () => cancel.mutate(undefined),
    });
  return (
    <>
      {isUnderWay(run) && may("POST /imports/{id}/cancel") && <Button danger loading={cancel.isPending} onClick={ask}>{t("imports.cancel")}</Button>}
      {run.kind === "orders" && run.state === "done" && may("GET /orders") && <Link to="/channel/orders"><Button tabIndex={-1}>{t("imports.toOrders")}</Button></Link>}
      {run.kind === "operations" && run.state === "done" && may("GET /operations") && <Link to="/trace/operations"><Button tabIndex={-1}>{t("imports.toOperations")}</Button></Link>}
      {run.rejects > 0 && <ExportMenu framed list={{ list: "import_rejects", filters: { import: run.id } }} label={t("imports.rejectsGet")} />}
    </>
  );
}
