import { CloseOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Checkbox, Form, Input, InputNumber, Select } from "antd";
import { useTranslation } from "react-i18next";

import { answer, api, type Schemas } from "../../../api/client";
import { FormDrawer } from "../../../shared/FormDrawer";
import { useCommand } from "../../../shared/useCommand";

export type Definition = Schemas["EventDefinition"];

const TYPES: Schemas["EventPropertyType"][] = ["text", "integer", "decimal", "boolean", "time"];

/** What an event of another system says, and which of it is about a person. A version that was published never changes. */
export function DefinitionEditor({ draft, onClose }: { draft: Definition | null; onClose: () => void }) {
  const { t } = useTranslation();
  const define = useCommand({
    run: (body: Definition) => answer(api.PUT("/v1/intake/definitions", { body })),
    done: t("intake.saved"),
    changes: [["event-definitions"], ["event-names"]],
    then: onClose,
  });
  const submit = ({ name, version, fields = [] }: Definition) =>
    define.mutate({
      name: name.trim(),
      version,
      fields: fields.map((field) => ({ ...field, unit: field.unit || undefined, personal: field.personal ?? false, required: field.required ?? false })),
    });
  const needed = [{ required: true, message: t("common.needed") }];
  return (
    <FormDrawer<Definition>
      open={draft !== null} title={t("intake.newDefinition")} submit={t("intake.save")} width={620}
      busy={define.isPending} error={define.error} initial={draft ?? {}} onSubmit={submit} onClose={onClose}
    >
      <div className="grid-form">
        <Form.Item name="name" label={t("intake.name")} rules={needed}>
          <Input autoComplete="off" placeholder="Order Completed" />
        </Form.Item>
        <Form.Item name="version" label={t("intake.version")} rules={needed}>
          <InputNumber min={1} precision={0} />
        </Form.Item>
      </div>
      <p className="muted form-lead">{t("intake.definitionsHint")}</p>
      <Form.List name="fields">
        {(fields, { add, remove }) => (
          <>
            {fields.map(({ key, name }) => (
              <div className="field-row" key={key}>
                <Form.Item name={[name, "name"]} label={t("intake.field")} rules={needed}>
                  <Input autoComplete="off" className="mono" />
                </Form.Item>
                <Form.Item name={[name, "type"]} label={t("intake.type")} rules={needed}>
                  <Select options={TYPES.map((value) => ({ value, label: t(`intake.type.${value}`) }))} />
                </Form.Item>
                <Form.Item name={[name, "unit"]} label={t("intake.unit")}>
                  <Input autoComplete="off" />
                </Form.Item>
                <Form.Item label={<span aria-hidden>&nbsp;</span>}>
                  <Button type="text" icon={<CloseOutlined />} aria-label={t("intake.removeField", { name: name + 1 })} onClick={() => remove(name)} />
                </Form.Item>
                <div className="row">
                  <Form.Item name={[name, "personal"]} valuePropName="checked">
                    <Checkbox>{t("intake.personal")}</Checkbox>
                  </Form.Item>
                  <Form.Item name={[name, "required"]} valuePropName="checked">
                    <Checkbox>{t("intake.required")}</Checkbox>
                  </Form.Item>
                </div>
              </div>
            ))}
            <Button icon={<PlusOutlined />} onClick={() => add({ type: "text", personal: true, required: false })}>
              {t("intake.addField")}
            </Button>
          </>
        )}
      </Form.List>
    </FormDrawer>
  );
}
