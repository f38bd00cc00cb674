import { Checkbox, Form, Input, Select } from "antd";
import { App } from "antd";
import { useTranslation } from "react-i18next";

import { answer, api, type Schemas } from "../../../api/client";
import { wordText } from "../../../app/i18n";
import { FormDrawer } from "../../../shared/FormDrawer";
import { useCommand } from "../../../shared/useCommand";
import type { Whole } from "./Person";

/** Fields with a normal form; any other can be added by its name. */
const USUAL = ["name", "birthday", "gender", "phone", "email", "city", "address"];

interface Values {
  values?: Record<string, string>;
  clear?: string[];
  verified?: boolean;
  otherName?: string;
  otherValue?: string;
}

export function EditProfile({ person, open, onClose }: { person: Whole; open: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const others = person.profile.map(({ field }) => field).filter((field) => !USUAL.includes(field));
  const ownFields = person.profile
    .filter((field) => [field, ...field.others].some(({ source }) => source === "operator"))
    .map(({ field }) => field);
  const save = useCommand({
    run: (body: Schemas["NewProfile"]) =>
      answer(api.PUT("/v1/people/{id}/profile", { params: { path: { id: person.person } }, body })),
    changes: [["person", person.person]],
    then: ({ kept, refused }) => {
      for (const { field, detail } of refused) void message.error(t("person.editRefused", { field: wordText("field", field), why: detail }), 8);
      if (kept > 0) void message.success(t("person.editKept", { count: kept }));
      if (refused.length === 0) onClose();
    },
  });

  function submit({ values = {}, clear = [], verified, otherName, otherValue }: Values) {
    const said: Record<string, string | null> = {};
    for (const [field, value] of Object.entries(values)) if (value?.trim()) said[field] = value.trim();
    for (const field of clear) said[field] = null;
    if (otherName?.trim() && otherValue?.trim()) said[otherName.trim()] = otherValue.trim();
    if (Object.keys(said).length === 0) return void message.info(t("person.editNothing"));
    save.mutate({ values: said, verified: verified ?? false });
  }

  return (
    <FormDrawer<Values> open={open} title={t("person.edit")} submit={t("common.save")} busy={save.isPending} error={save.error} onSubmit={submit} onClose={onClose}>
      <p className="muted form-lead">{t("person.editHint")}</p>
      {[...USUAL, ...others].map((field) => {
        const known = person.profile.find((one) => one.field === field);
        const label = wordText("field", field);
        return field === "gender" ? (
          <Form.Item key={field} name={["values", field]} label={label}>
            <Select allowClear placeholder={known?.value} options={["female", "male", "other"].map((value) => ({ value, label: wordText("gender", value) }))} />
          </Form.Item>
        ) : (
          <Form.Item key={field} name={["values", field]} label={label}>
            <Input autoComplete="off" placeholder={known?.value ?? (field === "birthday" ? "1990-05-12" : undefined)} />
          </Form.Item>
        );
      })}
      <div className="grid-form">
        <Form.Item name="otherName" label={t("person.editName")}>
          <Input autoComplete="off" />
        </Form.Item>
        <Form.Item name="otherValue" label={t("person.editValue")}>
          <Input autoComplete="off" />
        </Form.Item>
      </div>
      {ownFields.length > 0 && (
        <Form.Item name="clear" label={t("person.editClear")}>
          <Checkbox.Group options={ownFields.map((value) => ({ value, label: wordText("field", value) }))} />
        </Form.Item>
      )}
      <Form.Item name="verified" valuePropName="checked">
        <Checkbox>{t("person.editChecked")}</Checkbox>
      </Form.Item>
    </FormDrawer>
  );
}
