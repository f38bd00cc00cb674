import { Form, Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api, type Schemas } from "../../api/client";
import { FormDrawer } from "../../shared/FormDrawer";
import { Time } from "../../shared/format";
import { useCommand } from "../../shared/useCommand";
import { ProviderCard } from "./ProviderCard";

export function Oidc({ held }: { held: Schemas["OidcProvider"] | null }) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const changes = [["oidc"]];
  const set = useCommand({
    run: (body: Schemas["NewOidcProvider"]) => answer(api.PUT("/v1/oidc", { body })),
    done: t("providers.saved"),
    changes,
    then: () => setOpen(false),
  });
  const remove = useCommand({ run: () => answer(api.DELETE("/v1/oidc")), done: t("providers.removed"), changes, tells: true });
  const needed = [{ required: true, whitespace: true, message: t("common.needed") }];
  return (
    <ProviderCard
      title={t("providers.oidc")} onEdit={() => setOpen(true)} onRemove={() => remove.mutate(undefined)}
      facts={
        held
          ? [
              [t("providers.issuer"), held.issuer],
              [t("providers.clientId"), <code>{held.client_id}</code>],
              [t("providers.updated"), <Time at={held.changed_at} />],
            ]
          : null
      }
    >
      <FormDrawer<Schemas["NewOidcProvider"]>
        open={isOpen} title={t("providers.oidc")} submit={t("common.save")} busy={set.isPending} error={set.error}
        initial={held ? { issuer: held.issuer, client_id: held.client_id } : {}} onSubmit={(body) => set.mutate(body)} onClose={() => setOpen(false)}
      >
        <Form.Item name="issuer" label={t("providers.issuer")} rules={needed}>
          <Input type="url" placeholder="https://" />
        </Form.Item>
        <Form.Item name="client_id" label={t("providers.clientId")} rules={needed}>
          <Input autoComplete="off" />
        </Form.Item>
        <Form.Item name="client_secret" label={t("providers.secret")} rules={needed}>
          <Input.Password autoComplete="new-password" />
        </Form.Item>
      </FormDrawer>
    </ProviderCard>
  );
}
