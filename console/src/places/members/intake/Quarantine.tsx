import { useQuery } from "@tanstack/react-query";
import { App, Button } from "antd";
import { useTranslation } from "react-i18next";

import { answer, api, type Schemas } from "../../../api/client";
import { toApiError } from "../../../api/errors";
import { useMay } from "../../../api/permissions";
import { quarantineQuery } from "../../../api/queries";
import { Actor } from "../../../shared/actors";
import { DataTable, type Choice, type Column } from "../../../shared/DataTable";
import { Id, number, Time } from "../../../shared/format";
import { Nothing } from "../../../shared/Nothing";
import { Page, Section } from "../../../shared/Page";
import { useCommand } from "../../../shared/useCommand";

type Entry = Schemas["QuarantinedEvent"];

const LISTED_MAX = 500;

const replay = (id: string) => answer(api.POST("/v1/intake/quarantine/{id}/replay", { params: { path: { id } } }));

export default function Quarantine() {
  const { t } = useTranslation();
  const { modal, message } = App.useApp();
  const may = useMay();
  const asked = useQuery(quarantineQuery);
  const items = asked.data?.items ?? [];
  const changes = [["quarantine"], ["event-names"]];
  const one = useCommand({ run: replay, done: t("quarantine.replayed"), changes, tells: false });
  const all = useCommand({
    run: replayEach,
    changes,
    then: ({ done, still }) => void message.info(t("quarantine.replayedAll", { done, still }), 6),
  });
  const discard = useCommand({
    run: (id: string) => answer(api.DELETE("/v1/intake/quarantine/{id}", { params: { path: { id } } })),
    done: t("quarantine.discarded"),
    changes,
    tells: true,
  });
  const replayOne = (id: string) =>
    one.mutate(id, { onError: (error) => void message.warning(t("quarantine.still", { why: toApiError(error).message }), 6) });
  const confirmDiscard = (id: string) =>
    void modal.confirm({
      title: t("quarantine.discardTitle"), content: t("quarantine.discardLead"), okText: t("quarantine.discard"),
      okButtonProps: { danger: true }, onOk: () => discard.mutate(id),
    });

  const codes = [...new Set(items.map(({ code }) => code))].sort();
  const choices: Choice<Entry>[] = [
    { key: "code", title: t("quarantine.code"), options: codes.map((value) => ({ value, label: value })), fits: (entry, value) => entry.code === value },
  ];
  const replays = may("POST /intake/quarantine/{id}/replay");
  const discards = may("DELETE /intake/quarantine/{id}");
  const columns: Column<Entry>[] = [
    { key: "received", title: t("quarantine.received"), plain: (entry) => entry.received_at, show: (entry) => <Time at={entry.received_at} /> },
    { key: "code", title: t("quarantine.code"), plain: (entry) => entry.code, show: (entry) => <code>{entry.code}</code> },
    { key: "reason", title: t("quarantine.reason"), plain: (entry) => entry.reason, show: (entry) => <span className="wide-text">{entry.reason}</span> },
    { key: "source", title: t("quarantine.source"), plain: (entry) => entry.source ?? "", show: (entry) => (entry.source ? <Actor id={entry.source} /> : "–") },
    { key: "endpoint", title: t("quarantine.endpoint"), plain: (entry) => entry.endpoint, show: (entry) => <code>{entry.endpoint}</code> },
    { key: "bytes", title: t("quarantine.bytes"), number: true, plain: (entry) => entry.bytes, show: (entry) => number(entry.bytes) },
    { key: "id", title: t("common.id"), spare: true, plain: (entry) => entry.id, show: (entry) => <Id value={entry.id} /> },
    ...(replays || discards
      ? [{
          key: "do", title: t("common.actions"),
          show: ({ id }: Entry) => (
            <span className="nowrap">
              {replays && <Button type="link" size="small" loading={one.isPending && one.variables === id} onClick={() => replayOne(id)}>{t("quarantine.replay")}</Button>}
              {discards && <Button type="link" size="small" danger onClick={() => confirmDiscard(id)}>{t("quarantine.discard")}</Button>}
            </span>
          ),
        }]
      : []),
  ];
  const replayAll = replays && items.length > 0 && (
    <Button loading={all.isPending} onClick={() => all.mutate(items.map(({ id }) => id))}>
      {t("quarantine.replayAll", { count: items.length })}
    </Button>
  );
  return (
    <Page title={t("quarantine.title")} lead={t("quarantine.lead")} actions={replayAll}>
      <Section flush>
        <DataTable<Entry>
          name="quarantine" rows={asked.data?.items} rowKey={({ id }) => id} columns={columns} choices={choices}
          error={asked.error} retry={() => void asked.refetch()}
          empty={<Nothing title={t("quarantine.none")} hint={t("quarantine.noneHint")} />}
          more={items.length === LISTED_MAX ? <span className="muted">{t("quarantine.cut")}</span> : undefined}
        />
      </Section>
    </Page>
  );
}

/** One after the other: a replay is a question to the database, and nobody waits for it. */
async function replayEach(ids: string[]): Promise<{ done: number; still: number }> {
  const counts = { done: 0, still: 0 };
  for (const id of ids) {
    try {
      await replay(id);
      counts.done += 1;
    } catch (error) {
      if (toApiError(error).status !== 409 && toApiError(error).status !== 422) throw error;
      counts.still += 1;
    }
  }
  return counts;
}
