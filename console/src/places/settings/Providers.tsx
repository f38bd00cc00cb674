import { useQuery } from "@tanstack/react-query";
import { Skeleton, Table } from "antd";
import { useTranslation } from "react-i18next";

import { answer, api, type Schemas } from "../../api/client";
import { toApiError } from "../../api/errors";
import { useMay } from "../../api/permissions";
import { ErrorPanel } from "../../shared/ErrorPanel";
import { Time, yuan } from "../../shared/format";
import { Page, Section } from "../../shared/Page";
import { Tag } from "../../shared/Tag";
import { Oidc } from "./Oidc";
import { Sms } from "./Sms";
import { Wechat } from "./Wechat";

export default function Providers() {
  const { t } = useTranslation();
  const may = useMay();
  const providers = useQuery({ queryKey: ["providers"], queryFn: () => answer(api.GET("/v1/providers")) });
  const oidc = useQuery({ queryKey: ["oidc"], queryFn: () => oidcOrNone() });
  const items = providers.data?.items ?? [];
  return (
    <Page title={t("providers.title")} lead={t("providers.lead")}>
      {(providers.error ?? oidc.error) && <ErrorPanel error={providers.error ?? oidc.error} retry={() => void providers.refetch()} />}
      {providers.data && oidc.data !== undefined ? (
        <div className="grid-2">
          <Wechat held={items.find((one) => one.kind === "wechat")} />
          <Sms held={items.find((one) => one.kind === "sms")} />
          <Oidc held={oidc.data} />
        </div>
      ) : (
        !providers.error && <Skeleton active paragraph={{ rows: 6 }} />
      )}
      {may("GET /messages") && <Messages />}
    </Page>
  );
}

/** That none is set is no fault. */
async function oidcOrNone(): Promise<Schemas["OidcProvider"] | null> {
  try {
    return await answer(api.GET("/v1/oidc"));
  } catch (error) {
    if (toApiError(error).code === "oidc.not_set") return null;
    throw error;
  }
}

function Messages() {
  const { t } = useTranslation();
  const asked = useQuery({ queryKey: ["messages"], queryFn: () => answer(api.GET("/v1/messages", { params: { query: { limit: 50 } } })) });
  return (
    <Section title={t("providers.messages")} flush={(asked.data?.items.length ?? 0) > 0}>
      {asked.error && <ErrorPanel error={asked.error} />}
      {asked.data?.items.length === 0 && <span className="muted">{t("providers.messagesNone")}</span>}
      {asked.data && asked.data.items.length > 0 && (
        <Table
          size="small" rowKey="id" pagination={false} scroll={{ x: "max-content" }} dataSource={asked.data.items}
          columns={[
            { title: t("common.at"), dataIndex: "created_at", render: (at: string) => <Time at={at} /> },
            {
              title: t("common.status"), dataIndex: "status",
              render: (status: Schemas["MessageStatus"], { error }) => (
                <span className="row">
                  <Tag tone={status === "sent" ? "good" : status === "refused" || status === "too_late" ? "bad" : "plain"}>{t(`providers.message.${status}`)}</Tag>
                  {error && <span className="muted small">{error}</span>}
                </span>
              ),
            },
            { title: t("providers.template"), dataIndex: "template", render: (template: string) => <code>{template}</code> },
            { title: t("providers.cost"), dataIndex: "cost_fen", align: "right", render: (fen: number | null) => (fen == null ? "–" : <span className="num">{yuan(fen)}</span>) },
          ]}
        />
      )}
    </Section>
  );
}
