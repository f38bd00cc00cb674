import { useQuery } from "@tanstack/react-query";
import { App, Button, Dropdown, Form, Input, Modal, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api, type Schemas } from "../../api/client";
import { DataTable, type Column } from "../../shared/DataTable";
import { FormDrawer } from "../../shared/FormDrawer";
import { Id, joined, number, Time } from "../../shared/format";
import { Nothing } from "../../shared/Nothing";
import { Page, Section } from "../../shared/Page";
import { Secret } from "../../shared/Secret";
import { Tag, type Tone } from "../../shared/Tag";
import { useCommand } from "../../shared/useCommand";

type Webhook = Schemas["Webhook"];
type Standing = "on" | "failing" | "off";

const TONES: Record<Standing, Tone> = { on: "good", failing: "warn", off: "bad" };
/** While something waits or fails, the page looks again. */
const LOOK_AGAIN_MS = 3_000;

function standingOf({ state, failures }: Webhook): Standing {
  if (state === "off") return "off";
  return failures > 0 ? "failing" : "on";
}

export default function Webhooks() {
  const { t } = useTranslation();
  const { modal } = App.useApp();
  const [edited, setEdited] = useState<Webhook | "new" | null>(null);
  const [secret, setSecret] = useState<string | null>(null);
  const webhooks = useQuery({
    queryKey: ["webhooks"],
    queryFn: () => answer(api.GET("/v1/webhooks")),
    refetchInterval: ({ state }) => (state.data?.some(({ waiting, failures }) => waiting > 0 || failures > 0) ? LOOK_AGAIN_MS : false),
  });
  const changes = [["webhooks"]];
  const path = (id: string) => ({ params: { path: { id } } });
  const remove = useCommand({ run: (id: string) => answer(api.DELETE("/v1/webhooks/{id}", path(id))), done: t("webhooks.removed"), changes, tells: true });
  const test = useCommand({ run: (id: string) => answer(api.POST("/v1/webhooks/{id}/test", path(id))), done: t("webhooks.tested"), changes, tells: true });
  const turn = useCommand({
    run: ({ id, url, events, state }: Webhook) => answer(api.PUT("/v1/webhooks/{id}", { ...path(id), body: { url, events, state: state === "on" ? "off" : "on" } })),
    changes, tells: true,
  });
  const renew = useCommand({ run: (id: string) => answer(api.POST("/v1/webhooks/{id}/secret", path(id))), changes, tells: true, then: (made) => setSecret(made.secret) });
  const ask = (title: string, content: string, run: () => void, danger = false) =>
    void modal.confirm({ title, content, okText: title, okButtonProps: { danger }, onOk: run });
  const deeds = (one: Webhook) => [
    { key: "test", label: t("webhooks.test"), disabled: one.state === "off", onClick: () => test.mutate(one.id) },
    { key: "edit", label: t("webhooks.edit"), onClick: () => setEdited(one) },
    { key: "turn", label: t(one.state === "on" ? "webhooks.turnOff" : "webhooks.turnOn"), onClick: () => (one.state === "on" ? ask(t("webhooks.turnOff"), t("webhooks.turnOffLead"), () => turn.mutate(one)) : turn.mutate(one)) },
    { key: "renew", label: t("webhooks.renew"), onClick: () => ask(t("webhooks.renew"), t("webhooks.renewLead"), () => renew.mutate(one.id)) },
    { key: "remove", danger: true, label: t("webhooks.remove"), onClick: () => ask(t("webhooks.remove"), t("webhooks.removeLead"), () => remove.mutate(one.id), true) },
  ];
  const button = <Button type="primary" onClick={() => setEdited("new")}>{t("webhooks.add")}</Button>;
  const columns: Column<Webhook>[] = [
    { key: "url", title: t("webhooks.url"), plain: ({ url }) => url, show: ({ url }) => <strong className="breaks">{url}</strong> },
    { key: "events", title: t("webhooks.events"), plain: ({ events }) => joined(events), show: ({ events }) => <span className="row">{events.map((name) => <code key={name}>{name}</code>)}</span> },
    {
      key: "state", title: t("webhooks.state"), plain: (one) => t(`webhooks.state.${standingOf(one)}`),
      show: (one) => (
        <span className="stack tight">
          <span><Tag tone={TONES[standingOf(one)]}>{t(`webhooks.state.${standingOf(one)}`)}</Tag></span>
          {one.last_error && <span className="muted">{one.last_error}</span>}
          {one.next_at && <span className="muted">{t("webhooks.next")} <Time at={one.next_at} /></span>}
        </span>
      ),
    },
    { key: "told", title: t("webhooks.told"), right: true, plain: ({ told }) => String(told), show: ({ told }) => number(told) },
    { key: "waiting", title: t("webhooks.waiting"), right: true, plain: ({ waiting }) => String(waiting), show: ({ waiting }) => number(waiting) },
    { key: "last", title: t("webhooks.last"), plain: ({ told_at }) => told_at ?? "", show: ({ told_at }) => (told_at ? <Time at={told_at} /> : <span className="muted">–</span>) },
    { key: "id", title: t("common.id"), spare: true, plain: ({ id }) => id, show: ({ id }) => <Id value={id} /> },
    {
      key: "do", title: t("common.actions"),
      show: (one) => (
        <Dropdown trigger={["click"]} menu={{ items: deeds(one) }}>
          <Button size="small">{t("common.actions")}</Button>
        </Dropdown>
      ),
    },
  ];
  return (
    <Page title={t("webhooks.title")} lead={t("webhooks.lead")} actions={button}>
      <Section flush>
        <DataTable<Webhook>
          name="webhooks" rows={webhooks.data} rowKey={({ id }) => id} columns={columns} error={webhooks.error} retry={() => void webhooks.refetch()}
          empty={<Nothing title={t("webhooks.none")} action={button} />}
        />
      </Section>
      <WebhookForm of={edited} onClose={() => setEdited(null)} onMade={setSecret} />
      <Modal open={secret !== null} title={t("webhooks.secretTitle")} onCancel={() => setSecret(null)} footer={<Button onClick={() => setSecret(null)}>{t("common.close")}</Button>} destroyOnHidden>
        <div className="stack tight">
          <p>{t("webhooks.secretLead")}</p>
          {secret && <Secret value={secret} copy={t("webhooks.copy")} />}
        </div>
      </Modal>
    </Page>
  );
}

interface Values {
  url: string;
  events: string[];
}

function WebhookForm({ of, onClose, onMade }: { of: Webhook | "new" | null; onClose: () => void; onMade: (secret: string) => void }) {
  const { t } = useTranslation();
  const [form] = Form.useForm<Values>();
  const known = of === "new" || of === null ? null : of;
  const catalogue = useQuery({ queryKey: ["catalogue"], queryFn: () => answer(api.GET("/v1/catalog")), enabled: of !== null });
  const names = (catalogue.data ?? []).map(({ name }) => name).filter((name) => !name.startsWith("dim."));
  const domains = [...new Set(names.map((name) => `${name.split(".")[0]}.*`))];
  const save = useCommand({
    run: async (values: Values) => {
      if (known) {
        await answer(api.PUT("/v1/webhooks/{id}", { params: { path: { id: known.id } }, body: { ...values, state: known.state } }));
        return null;
      }
      return (await answer(api.POST("/v1/webhooks", { body: { ...values, state: "on" } }))).secret;
    },
    changes: [["webhooks"]],
    then: (secret) => {
      onClose();
      if (secret) onMade(secret);
    },
  });
  return (
    <FormDrawer<Values>
      key={known?.id ?? "new"} form={form} open={of !== null} title={t(known ? "webhooks.edit" : "webhooks.add")} submit={t(known ? "common.save" : "webhooks.add")}
      busy={save.isPending} error={save.error} initial={{ url: known?.url ?? "", events: known?.events ?? ["goods.*"] }} onSubmit={(values) => save.mutate(values)} onClose={onClose}
    >
      <Form.Item name="url" label={t("webhooks.url")} extra={t("webhooks.urlHint")} rules={[{ required: true, whitespace: true, message: t("common.needed") }]}>
        <Input maxLength={500} autoComplete="off" inputMode="url" placeholder="https://erp.example/hooks" />
      </Form.Item>
      <Form.Item name="events" label={t("webhooks.events")} extra={t("webhooks.eventsHint")} rules={[{ required: true, message: t("common.needed") }]}>
        <Select mode="multiple" loading={catalogue.isLoading} options={["*", ...domains, ...names].map((value) => ({ value, label: value }))} />
      </Form.Item>
    </FormDrawer>
  );
}
