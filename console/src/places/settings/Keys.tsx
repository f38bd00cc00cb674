import { useQuery } from "@tanstack/react-query";
import { App, Button, Checkbox, DatePicker, Form, Input, Modal } from "antd";
import dayjs, { type Dayjs } from "dayjs";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api, type Schemas } from "../../api/client";
import { useMay } from "../../api/permissions";
import { apiKeysQuery } from "../../api/queries";
import { DataTable, type Column } from "../../shared/DataTable";
import { FormDrawer } from "../../shared/FormDrawer";
import { Id, joined, Time } from "../../shared/format";
import { Nothing } from "../../shared/Nothing";
import { Page, Section } from "../../shared/Page";
import { Secret } from "../../shared/Secret";
import { Tag } from "../../shared/Tag";
import { useCommand } from "../../shared/useCommand";

type Key = Schemas["ApiKey"];
type Scope = Schemas["Scopes"][number];

const SCOPES: Scope[] = ["track", "scan", "goods", "reprint", "logistics", "partners", "campaigns", "settlement", "orders", "people", "reveal", "erase", "sell", "read", "query", "audit", "owner"];

function stateOf(key: Key): "active" | "revoked" | "expired" {
  if (key.revoked_at) return "revoked";
  return key.expires_at && dayjs(key.expires_at).isBefore(dayjs()) ? "expired" : "active";
}

export default function Keys() {
  const { t } = useTranslation();
  const { modal } = App.useApp();
  const may = useMay();
  const [isOpen, setOpen] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  const keys = useQuery(apiKeysQuery);
  const revoke = useCommand({
    run: (id: string) => answer(api.DELETE("/v1/api-keys/{id}", { params: { path: { id } } })),
    done: t("keys.revoked"),
    changes: [["api-keys"]],
    tells: true,
  });
  const rotate = useCommand({
    run: () => answer(api.POST("/v1/code-keys/rotate", { body: {} })),
    done: ({ epoch }) => t("keys.rotated", { epoch }),
    tells: true,
  });
  const button = (
    <Button type="primary" onClick={() => setOpen(true)}>
      {t("keys.add")}
    </Button>
  );
  const scopes = (one: Key) => joined(one.scopes.map((scope) => t(`scope.${scope}`)));
  const columns: Column<Key>[] = [
    { key: "name", title: t("keys.name"), plain: (one) => one.name, show: (one) => <strong>{one.name}</strong> },
    { key: "scopes", title: t("keys.scopes"), plain: scopes, show: (one) => <span className="row">{one.scopes.map((scope) => <Tag key={scope}>{t(`scope.${scope}`)}</Tag>)}</span> },
    { key: "namespace", title: t("keys.namespace"), plain: (one) => one.namespace ?? "", show: (one) => (one.namespace ? <code>{one.namespace}</code> : <span className="muted">–</span>) },
    { key: "state", title: t("keys.state"), plain: (one) => t(`keys.state.${stateOf(one)}`), show: (one) => <Tag tone={stateOf(one) === "active" ? "good" : "bad"}>{t(`keys.state.${stateOf(one)}`)}</Tag> },
    { key: "expires", title: t("keys.expires"), plain: (one) => one.expires_at ?? "", show: (one) => (one.expires_at ? <Time at={one.expires_at} /> : <span className="muted">{t("keys.never")}</span>) },
    { key: "created", title: t("common.created"), plain: (one) => one.created_at, show: (one) => <Time at={one.created_at} /> },
    { key: "id", title: t("common.id"), spare: true, plain: (one) => one.id, show: (one) => <Id value={one.id} /> },
    {
      key: "do", title: t("common.actions"),
      show: ({ id, name, ...key }) =>
        stateOf({ id, name, ...key }) === "active" && (
          <Button
            type="link" size="small" danger
            onClick={() => void modal.confirm({ title: t("keys.revokeTitle", { name }), content: t("keys.revokeLead"), okText: t("keys.revoke"), okButtonProps: { danger: true }, onOk: () => revoke.mutate(id) })}
          >
            {t("keys.revoke")}
          </Button>
        ),
    },
  ];
  const rotateKey = may("POST /code-keys/rotate") && (
    <Button loading={rotate.isPending} onClick={() => void modal.confirm({ title: t("keys.rotate"), content: t("keys.rotateLead"), okText: t("keys.rotate"), onOk: () => rotate.mutate(undefined) })}>
      {t("keys.rotate")}
    </Button>
  );
  return (
    <Page title={t("keys.title")} lead={t("keys.lead")} actions={<>{rotateKey}{button}</>}>
      <Section flush>
        <DataTable<Key>
          name="api-keys" rows={keys.data} rowKey={({ id }) => id} columns={columns} error={keys.error} retry={() => void keys.refetch()}
          empty={<Nothing title={t("keys.none")} action={button} />}
        />
      </Section>
      <NewKey open={isOpen} onClose={() => setOpen(false)} onMade={setSecret} />
      <Modal open={secret !== null} title={t("keys.secretTitle")} onCancel={() => setSecret(null)} footer={<Button onClick={() => setSecret(null)}>{t("common.close")}</Button>} destroyOnHidden>
        <div className="stack tight">
          <p>{t("keys.secretLead")}</p>
          {secret && <Secret value={secret} copy={t("keys.copy")} />}
        </div>
      </Modal>
    </Page>
  );
}

interface Values {
  name: string;
  scopes: Scope[];
  namespace?: string;
  expires?: Dayjs;
}

function NewKey({ open, onClose, onMade }: { open: boolean; onClose: () => void; onMade: (secret: string) => void }) {
  const { t } = useTranslation();
  const [form] = Form.useForm<Values>();
  const chosen = Form.useWatch("scopes", form) ?? [];
  const make = useCommand({
    run: ({ name, scopes, namespace, expires }: Values) =>
      answer(
        api.POST("/v1/api-keys", {
          body: { name, scopes, namespace: (scopes.includes("track") && namespace?.trim()) || null, expires_at: expires?.toISOString() ?? null },
        }),
      ),
    changes: [["api-keys"]],
    then: ({ secret }) => {
      onClose();
      onMade(secret);
    },
  });
  return (
    <FormDrawer<Values>
      form={form} open={open} title={t("keys.add")} submit={t("keys.add")} busy={make.isPending} error={make.error}
      initial={{ scopes: ["track"] }} onSubmit={(values) => make.mutate(values)} onClose={onClose}
    >
      <Form.Item name="name" label={t("keys.name")} rules={[{ required: true, whitespace: true, message: t("common.needed") }]}>
        <Input maxLength={120} autoComplete="off" />
      </Form.Item>
      <Form.Item name="scopes" label={t("keys.scopes")} rules={[{ required: true, message: t("common.needed") }]}>
        <Checkbox.Group className="scope-list" options={SCOPES.map((value) => ({ value, label: t(`scope.${value}`) }))} />
      </Form.Item>
      {chosen.includes("track") && (
        <Form.Item name="namespace" label={t("keys.namespace")} extra={t("keys.namespaceHint")}>
          <Input autoComplete="off" placeholder="main" />
        </Form.Item>
      )}
      <Form.Item name="expires" label={t("keys.expires")}>
        <DatePicker showTime={{ format: "HH:mm" }} format="YYYY-MM-DD HH:mm" placeholder={t("keys.never")} className="full" />
      </Form.Item>
    </FormDrawer>
  );
}
