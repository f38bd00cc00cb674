import { Button, Form, Input, InputNumber, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api, type Schemas } from "../../api/client";
import { FormDrawer } from "../../shared/FormDrawer";
import { number, Time, yuan } from "../../shared/format";
import { useCommand } from "../../shared/useCommand";
import { ProviderCard } from "./ProviderCard";

type Held = Extract<Schemas["ListedSetting"], { kind: "sms" }>;

export function Sms({ held }: { held: Held | undefined }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState<"edit" | "test" | null>(null);
  const close = () => setOpen(null);
  const changes = [["providers"]];
  const set = useCommand({
    run: (values: Schemas["NewSms"]) =>
      answer(api.PUT("/v1/providers/sms", { body: { ...values, secret: values.secret || null, url: values.url || null, sign_name: values.sign_name || null } })),
    done: t("providers.saved"),
    changes,
    then: close,
  });
  const remove = useCommand({ run: () => answer(api.DELETE("/v1/providers/sms")), done: t("providers.removed"), changes, tells: true });
  const test = useCommand({
    run: (body: Schemas["TestMessage"]) => answer(api.POST("/v1/providers/sms/test", { body })),
    done: ({ provider_id }) => t("providers.testSent", { id: provider_id }),
    changes: [["messages"]],
    then: close,
  });
  const needed = [{ required: true, message: t("common.needed") }];
  const counts = ["price_fen", "budget_fen_per_day", "messages_per_day"] as const;
  const texts = { price_fen: t("providers.price"), budget_fen_per_day: t("providers.budgetDay"), messages_per_day: t("providers.messagesDay") };
  return (
    <ProviderCard
      title={t("providers.sms")} onEdit={() => setOpen("edit")} onRemove={() => remove.mutate(undefined)}
      facts={
        held
          ? [
              [t("providers.protocol"), t(`providers.protocol.${held.protocol}`)],
              [t("providers.keyId"), <code>{held.key_id}</code>],
              [t("providers.template"), <code>{held.template}</code>],
              [t("providers.budgetDay"), yuan(held.budget_fen_per_day)],
              [t("providers.messagesDay"), number(held.messages_per_day)],
              [t("providers.updated"), <Time at={held.updated_at} />],
            ]
          : null
      }
      extra={<Button onClick={() => setOpen("test")}>{t("providers.test")}</Button>}
    >
      <FormDrawer<Schemas["NewSms"]>
        open={open === "edit"} title={t("providers.sms")} submit={t("common.save")} busy={set.isPending} error={set.error}
        initial={held ?? { protocol: "aliyun" }} onClose={close}
        onSubmit={({ protocol, url, key_id, secret, template, sign_name, price_fen, budget_fen_per_day, messages_per_day }) =>
          set.mutate({ protocol, url, key_id, secret, template, sign_name, price_fen, budget_fen_per_day, messages_per_day })
        }
      >
        <Form.Item name="protocol" label={t("providers.protocol")}>
          <Select options={(["aliyun", "gateway"] as const).map((value) => ({ value, label: t(`providers.protocol.${value}`) }))} />
        </Form.Item>
        <Form.Item name="url" label={t("providers.url")} extra={t("providers.usual")}>
          <Input type="url" />
        </Form.Item>
        <Form.Item name="key_id" label={t("providers.keyId")} rules={needed}>
          <Input autoComplete="off" />
        </Form.Item>
        <Form.Item name="secret" label={t("providers.secret")} extra={held && t("providers.secretKeep")} rules={held ? [] : needed}>
          <Input.Password autoComplete="new-password" />
        </Form.Item>
        <Form.Item name="template" label={t("providers.template")} rules={needed}>
          <Input />
        </Form.Item>
        <Form.Item name="sign_name" label={t("providers.signName")}>
          <Input />
        </Form.Item>
        <div className="grid-form">
          {counts.map((name) => (
            <Form.Item key={name} name={name} label={texts[name]} rules={needed}>
              <InputNumber min={0} precision={0} className="full" />
            </Form.Item>
          ))}
        </div>
      </FormDrawer>
      <FormDrawer<Schemas["TestMessage"]>
        open={open === "test"} title={t("providers.test")} submit={t("providers.test")} busy={test.isPending} error={test.error}
        onSubmit={(body) => test.mutate(body)} onClose={close}
      >
        <Form.Item name="phone" label={t("providers.testPhone")} rules={needed}>
          <Input inputMode="tel" autoComplete="off" />
        </Form.Item>
      </FormDrawer>
    </ProviderCard>
  );
}
