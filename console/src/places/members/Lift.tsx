import { Form, Input, Select } from "antd";
import { useTranslation } from "react-i18next";

import { answer, api, type Schemas } from "../../api/client";
import { FormDrawer } from "../../shared/FormDrawer";
import { useCommand } from "../../shared/useCommand";
import { KINDS } from "./kinds";

type Values = Schemas["GivenIdentifier"] & { reason: string };

/** Somebody who was erased came back by their own wish: imports take them again. */
export function Lift({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const lift = useCommand({
    run: ({ kind, value, reason }: Values) => answer(api.POST("/v1/people/suppressions/lift", { body: { identifier: { kind, value: value.trim() }, reason } })),
    done: ({ lifted }) => (lifted ? t("lift.done") : t("lift.nothing")),
    then: onClose,
  });
  return (
    <FormDrawer<Values> open={open} title={t("lift.title")} submit={t("lift.do")} busy={lift.isPending} error={lift.error} initial={{ kind: "phone" }} onSubmit={(values) => lift.mutate(values)} onClose={onClose}>
      <p className="muted form-lead">{t("lift.lead")}</p>
      <Form.Item name="kind" label={t("find.kind")}>
        <Select options={KINDS.map((value) => ({ value, label: t(`idKind.${value}`) }))} />
      </Form.Item>
      <Form.Item name="value" label={t("find.value")} rules={[{ required: true, whitespace: true, message: t("common.needed") }]}>
        <Input autoComplete="off" />
      </Form.Item>
      <Form.Item name="reason" label={t("common.reason")} extra={t("common.reasonHint")} rules={[{ required: true, whitespace: true, message: t("common.reasonNeeded") }]}>
        <Input.TextArea rows={2} maxLength={500} />
      </Form.Item>
    </FormDrawer>
  );
}
