import { useQuery } from "@tanstack/react-query";
import { Button, Form, Input, InputNumber, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import "./members.css";

import { answer, api, type Schemas } from "../../api/client";
import { useMay } from "../../api/permissions";
import { DataTable, type Column } from "../../shared/DataTable";
import { FormDrawer } from "../../shared/FormDrawer";
import { Time } from "../../shared/format";
import { Nothing } from "../../shared/Nothing";
import { Page, Section } from "../../shared/Page";
import { useCommand } from "../../shared/useCommand";
import { textsQuery } from "./person/queries";

type Text = Schemas["ConsentText"];

export default function ConsentTexts() {
  const { t } = useTranslation();
  const may = useMay();
  const [isOpen, setOpen] = useState(false);
  const texts = useQuery(textsQuery);
  const publish = useCommand({
    run: (body: Schemas["NewText"]) => answer(api.PUT("/v1/consent-texts", { body })),
    done: t("texts.done"),
    changes: [["consent-texts"]],
    then: () => setOpen(false),
  });
  const button = may("PUT /consent-texts") && (
    <Button type="primary" onClick={() => setOpen(true)}>
      {t("texts.publish")}
    </Button>
  );
  const columns: Column<Text>[] = [
    { key: "purpose", title: t("texts.purpose"), plain: (one) => one.purpose, show: (one) => <strong>{one.purpose}</strong> },
    { key: "version", title: t("texts.version"), number: true, plain: (one) => one.version, show: (one) => one.version },
    { key: "language", title: t("texts.language"), plain: (one) => one.language, show: (one) => one.language },
    { key: "text", title: t("texts.text"), plain: (one) => one.text, show: (one) => <span className="wide-text">{one.text}</span> },
    { key: "published", title: t("texts.published"), plain: (one) => one.published_at, show: (one) => <Time at={one.published_at} /> },
  ];
  return (
    <Page title={t("texts.title")} lead={t("texts.lead")} actions={button}>
      <Section flush>
        <DataTable<Text>
          name="consent-texts" rows={texts.data?.items} rowKey={({ purpose, version, language }) => `${purpose} ${version} ${language}`}
          columns={columns} error={texts.error} retry={() => void texts.refetch()}
          empty={<Nothing title={t("texts.none")} hint={t("texts.noneHint")} action={button} />}
        />
      </Section>
      <FormDrawer<Schemas["NewText"]>
        open={isOpen} title={t("texts.publish")} submit={t("texts.publish")} busy={publish.isPending} error={publish.error}
        initial={{ version: 1, language: "zh" }} onSubmit={(text) => publish.mutate(text)} onClose={() => setOpen(false)}
      >
        <Form.Item name="purpose" label={t("texts.purpose")} extra={t("texts.purposeHint")} rules={[{ required: true, message: t("common.needed") }]}>
          <Input autoComplete="off" />
        </Form.Item>
        <div className="grid-form">
          <Form.Item name="version" label={t("texts.version")} rules={[{ required: true, message: t("common.needed") }]}>
            <InputNumber min={1} precision={0} />
          </Form.Item>
          <Form.Item name="language" label={t("texts.language")}>
            <Select options={[{ value: "zh", label: "中文" }, { value: "en", label: "English" }]} />
          </Form.Item>
        </div>
        <Form.Item name="text" label={t("texts.text")} rules={[{ required: true, whitespace: true, message: t("common.needed") }]}>
          <Input.TextArea rows={8} />
        </Form.Item>
      </FormDrawer>
    </Page>
  );
}
