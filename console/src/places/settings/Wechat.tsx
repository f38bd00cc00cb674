import { Button, Form, Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api, type Schemas } from "../../api/client";
import { FormDrawer } from "../../shared/FormDrawer";
import { Time } from "../../shared/format";
import { useCommand } from "../../shared/useCommand";
import { ProviderCard } from "./ProviderCard";

type Held = Extract<Schemas["ListedSetting"], { kind: "wechat" }>;

export function Wechat({ held }: { held: Held | undefined }) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const changes = [["providers"]];
  const set = useCommand({
    run: ({ app_id, secret, authorize_url, api_url }: Schemas["NewWechat"]) =>
      answer(api.PUT("/v1/providers/wechat", { body: { app_id, secret: secret || null, authorize_url: authorize_url || null, api_url: api_url || null } })),
    done: t("providers.saved"),
    changes,
    then: () => setOpen(false),
  });
  const remove = useCommand({ run: () => answer(api.DELETE("/v1/providers/wechat")), done: t("providers.removed"), changes, tells: true });
  const test = useCommand({ run: () => answer(api.POST("/v1/providers/wechat/test")), done: t("providers.testOk"), tells: true });
  const needed = [{ required: true, whitespace: true, message: t("common.needed") }];
  return (
    <ProviderCard
      title={t("providers.wechat")} onEdit={() => setOpen(true)} onRemove={() => remove.mutate(undefined)}
      facts={
        held
          ? [
              [t("providers.appId"), <code>{held.app_id}</code>],
              [t("providers.apiUrl"), held.api_url],
              [t("providers.updated"), <Time at={held.updated_at} />],
            ]
          : null
      }
      extra={<Button loading={test.isPending} onClick={() => test.mutate(undefined)}>{t("providers.test")}</Button>}
    >
      <FormDrawer<Schemas["NewWechat"]>
        open={isOpen} title={t("providers.wechat")} submit={t("common.save")} busy={set.isPending} error={set.error}
        initial={held ? { app_id: held.app_id, api_url: held.api_url, authorize_url: held.authorize_url } : {}} onSubmit={(values) => set.mutate(values)} onClose={() => setOpen(false)}
      >
        <Form.Item name="app_id" label={t("providers.appId")} rules={needed}>
          <Input autoComplete="off" />
        </Form.Item>
        <Form.Item name="secret" label={t("providers.secret")} extra={held && t("providers.secretKeep")} rules={held ? [] : needed}>
          <Input.Password autoComplete="new-password" />
        </Form.Item>
        <Form.Item name="authorize_url" label={t("providers.authorizeUrl")} extra={t("providers.usual")}>
          <Input type="url" />
        </Form.Item>
        <Form.Item name="api_url" label={t("providers.apiUrl")} extra={t("providers.usual")}>
          <Input type="url" />
        </Form.Item>
      </FormDrawer>
    </ProviderCard>
  );
}
