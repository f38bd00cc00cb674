import { useQuery } from "@tanstack/react-query";
import { AutoComplete, Button, Form, Input, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api, type Schemas } from "../../../api/client";
import { wordText } from "../../../app/i18n";
import { useMay } from "../../../api/permissions";
import { AuditLine } from "../../../shared/AuditLine";
import { Actor } from "../../../shared/actors";
import { FormDrawer } from "../../../shared/FormDrawer";
import { Nothing } from "../../../shared/Nothing";
import { Section } from "../../../shared/Page";
import { Tag } from "../../../shared/Tag";
import { useCommand } from "../../../shared/useCommand";
import type { Whole } from "./Person";
import { textsQuery } from "./queries";

const CHANNELS = ["any", "sms", "wechat", "email", "phone", "push"];

export function Consents({ person }: { person: Whole }) {
  const { t } = useTranslation();
  const may = useMay();
  const [draft, setDraft] = useState<Partial<Schemas["NewFact"]> | null>(null);
  const writes = may("POST /people/{id}/consents");
  const add = writes && (
    <Button size="small" onClick={() => setDraft({ given: true, channel: "any" })}>
      {t("consent.add")}
    </Button>
  );
  return (
    <Section title={t("consent.title")} hint={t("consent.hint")} extra={add}>
      {person.consents.length === 0 && <Nothing title={t("consent.none")} hint={t("consent.noneHint")} />}
      {person.consents.map((one, at) => (
        <AuditLine
          key={at}
          at={one.at}
          what={
            <span className="row">
              <strong>{one.purpose}</strong> {wordText("channel", one.channel)}
              <Tag tone={one.given ? "good" : "bad"}>{one.given ? t("consent.given") : t("consent.withdrawn")}</Tag>
              {one.text_version != null && <span className="muted small">v{one.text_version}</span>}
            </span>
          }
          why={one.evidence}
          by={<Actor id={one.source} />}
          extra={
            writes && one.given ? (
              <Button type="link" size="small" onClick={() => setDraft({ purpose: one.purpose, channel: one.channel, account: one.account, given: false })}>
                {t("consent.withdraw")}
              </Button>
            ) : undefined
          }
        />
      ))}
      <RecordConsent person={person} draft={draft} onClose={() => setDraft(null)} />
    </Section>
  );
}

interface RecordProps {
  person: Whole;
  draft: Partial<Schemas["NewFact"]> | null;
  onClose: () => void;
}

function RecordConsent({ person, draft, onClose }: RecordProps) {
  const { t } = useTranslation();
  const texts = useQuery({ ...textsQuery, enabled: draft !== null });
  const [form] = Form.useForm<Schemas["NewFact"]>();
  const purpose = Form.useWatch("purpose", form);
  const record = useCommand({
    run: (body: Schemas["NewFact"]) =>
      answer(api.POST("/v1/people/{id}/consents", { params: { path: { id: person.person } }, body })),
    done: t("consent.saved"),
    changes: [["person", person.person]],
    then: onClose,
  });
  const purposes = [...new Set(texts.data?.items.map((text) => text.purpose))];
  const versions = [...new Set(texts.data?.items.filter((text) => text.purpose === purpose).map(({ version }) => version))];
  return (
    <FormDrawer<Schemas["NewFact"]>
      open={draft !== null} title={t("consent.add")} submit={t("common.save")} busy={record.isPending} error={record.error}
      form={form} initial={draft ?? {}} onSubmit={(fact) => record.mutate(fact)} onClose={onClose}
    >
      <Form.Item name="given" label={t("consent.what")}>
        <Select options={[{ value: true, label: t("consent.given") }, { value: false, label: t("consent.withdrawn") }]} />
      </Form.Item>
      <Form.Item name="purpose" label={t("consent.purpose")} rules={[{ required: true, message: t("common.needed") }]}>
        <AutoComplete options={purposes.map((value) => ({ value }))} />
      </Form.Item>
      <Form.Item name="channel" label={t("consent.channel")}>
        <Select options={CHANNELS.map((value) => ({ value, label: wordText("channel", value) }))} />
      </Form.Item>
      <Form.Item name="account" label={t("consent.account")}>
        <Select
          allowClear
          placeholder={t("consent.accountFirst")}
          options={person.identifiers
            .filter(({ erased_at }) => !erased_at)
            .map(({ account, kind, value }) => ({ value: account, label: `${t(`idKind.${kind}`)} ${value ?? account}` }))}
        />
      </Form.Item>
      {versions.length > 0 && (
        <Form.Item name="text_version" label={t("consent.version")}>
          <Select allowClear options={versions.map((value) => ({ value, label: `v${value}` }))} />
        </Form.Item>
      )}
      <Form.Item name="evidence" label={t("consent.evidence")} extra={t("consent.evidenceHint")}>
        <Input maxLength={500} />
      </Form.Item>
    </FormDrawer>
  );
}
