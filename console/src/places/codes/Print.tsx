import { useMutation } from "@tanstack/react-query";
import { Alert, Button, Form, InputNumber, Select } from "antd";
import { useTranslation } from "react-i18next";

import { download, type Schemas } from "../../api/client";
import { ErrorPanel } from "../../shared/ErrorPanel";
import { save } from "../../shared/format";
import { Section } from "../../shared/Page";
import { levelsOf, type Level } from "./units";

interface Wanted {
  level: Level;
  face: "outer" | "inner";
  form: "link" | "code" | "digital_link";
  first?: number | null;
  last?: number | null;
}

/** The codes of a batch for the printing house, as text or as labels. */
export function Print({ batch }: { batch: Schemas["Batch"] }) {
  const { t } = useTranslation();
  const [form] = Form.useForm<Wanted>();
  const level = Form.useWatch("level", form) ?? "item";
  const levels = levelsOf(batch);
  const fetchFile = useMutation({
    mutationFn: async ({ kind, wanted }: { kind: "codes" | "labels"; wanted: Wanted }) => {
      const query = new URLSearchParams({ level: wanted.level, face: wanted.level === "item" ? wanted.face : "outer", form: wanted.form });
      if (wanted.first != null) query.set("first", String(wanted.first));
      if (wanted.last != null) query.set("last", String(wanted.last));
      const content = await download(`/v1/batches/${batch.id}/${kind}?${query.toString()}`);
      save(`${batch.lot}-${wanted.level}-${wanted.face}.${kind === "codes" ? "txt" : "pdf"}`, content);
    },
  });
  const get = (kind: "codes" | "labels") => fetchFile.mutate({ kind, wanted: form.getFieldsValue(true) as Wanted });
  return (
    <Section title={t("batch.print")}>
      <div className="stack">
        <Alert type="warning" showIcon title={t("batch.printLead")} />
        <Form form={form} layout="vertical" className="grid-form" initialValues={{ level: "item", face: batch.faces === "outer_and_inner" ? "inner" : "outer", form: "link" }}>
          <Form.Item name="level" label={t("batch.level")}>
            <Select options={levels.map((value) => ({ value, label: t(`batch.level.${value}`) }))} />
          </Form.Item>
          {level === "item" && batch.faces === "outer_and_inner" && (
            <Form.Item name="face" label={t("batch.face")}>
              <Select options={(["outer", "inner"] as const).map((value) => ({ value, label: t(`batch.face.${value}`) }))} />
            </Form.Item>
          )}
          <Form.Item name="form" label={t("batch.form")}>
            <Select options={(["link", "code", "digital_link"] as const).map((value) => ({ value, label: t(`batch.form.${value}`) }))} />
          </Form.Item>
          <Form.Item name="first" label={t("batch.first")}>
            <InputNumber min={0} precision={0} placeholder="0" className="full" />
          </Form.Item>
          <Form.Item name="last" label={t("batch.last")}>
            <InputNumber min={0} precision={0} className="full" />
          </Form.Item>
        </Form>
        {fetchFile.error && <ErrorPanel error={fetchFile.error} />}
        <div className="row">
          <Button onClick={() => get("codes")} loading={fetchFile.isPending}>
            {t("batch.downloadCodes")}
          </Button>
          <Button onClick={() => get("labels")} loading={fetchFile.isPending}>
            {t("batch.downloadLabels")}
          </Button>
          <span className="muted small">{t("batch.labelsMax")}</span>
        </div>
      </div>
    </Section>
  );
}
