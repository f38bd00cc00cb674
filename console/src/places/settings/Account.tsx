import { useQuery } from "@tanstack/react-query";
import { Button, Form, Input, Skeleton, Table } from "antd";
import { useTranslation } from "react-i18next";

import { answer, api, setCsrf, type Schemas } from "../../api/client";
import { meQuery } from "../../api/queries";
import { ErrorPanel } from "../../shared/ErrorPanel";
import { Time } from "../../shared/format";
import { Facts, Page, Section } from "../../shared/Page";
import { Tag } from "../../shared/Tag";
import { useCommand } from "../../shared/useCommand";
import { Factor } from "./Factor";

export default function Account() {
  const { t } = useTranslation();
  const me = useQuery(meQuery);
  if (!me.data) return <Skeleton active />;
  const { user, scopes } = me.data;
  return (
    <Page title={t("account.title")}>
      {user && (
        <Section>
          <Facts
            items={[
              [t("users.name"), user.name],
              [t("users.email"), user.email],
              [t("users.role"), t(`role.${user.role}`)],
              [t("account.permissions"), <span className="row">{scopes.map((scope) => <Tag key={scope}>{t(`scope.${scope}`)}</Tag>)}</span>],
            ]}
          />
        </Section>
      )}
      {user && (
        <div className="grid-2">
          <Password />
          <Factor isOn={user.has_second_factor} />
        </div>
      )}
      {user && <Sessions />}
    </Page>
  );
}

function Password() {
  const { t } = useTranslation();
  const [form] = Form.useForm<Schemas["NewPassword"]>();
  const change = useCommand({
    run: (body: Schemas["NewPassword"]) => answer(api.PUT("/v1/me/password", { body })),
    done: t("account.passwordDone"),
    changes: [["sessions"]],
    then: ({ csrf }) => {
      // Every session of before has ended; the answer opened this one.
      if (csrf) setCsrf(csrf);
      form.resetFields();
    },
  });
  return (
    <Section title={t("account.password")}>
      <Form form={form} layout="vertical" requiredMark={false} onFinish={(body) => change.mutate(body)}>
        {change.error && <div className="drawer-error"><ErrorPanel error={change.error} /></div>}
        <Form.Item name="current" label={t("account.current")} rules={[{ required: true, message: t("signIn.passwordNeeded") }]}>
          <Input.Password autoComplete="current-password" />
        </Form.Item>
        <Form.Item name="new" label={t("account.new")} extra={t("password.short")} rules={[{ required: true, min: 12, message: t("password.short") }]}>
          <Input.Password autoComplete="new-password" />
        </Form.Item>
        <Button htmlType="submit" loading={change.isPending}>
          {t("account.password")}
        </Button>
      </Form>
    </Section>
  );
}

function Sessions() {
  const { t } = useTranslation();
  const sessions = useQuery({ queryKey: ["sessions"], queryFn: () => answer(api.GET("/v1/me/sessions")) });
  const end = useCommand({
    run: (id: string) => answer(api.DELETE("/v1/me/sessions/{id}", { params: { path: { id } } })),
    done: t("account.sessionEnded"),
    changes: [["sessions"]],
    tells: true,
  });
  return (
    <Section title={t("account.sessions")} flush>
      {sessions.error && <ErrorPanel error={sessions.error} />}
      <Table
        size="small" rowKey="id" pagination={false} scroll={{ x: "max-content" }} loading={sessions.isPending} dataSource={sessions.data?.items}
        columns={[
          {
            title: t("account.agent"), dataIndex: "agent",
            render: (agent: string, { id }) => (
              <span className="row">
                <span className="wide-text">{agent}</span> {id === sessions.data?.current && <Tag tone="good">{t("account.sessionThis")}</Tag>}
              </span>
            ),
          },
          { title: t("account.seen"), dataIndex: "seen_at", render: (at: string) => <Time at={at} /> },
          { title: t("common.created"), dataIndex: "created_at", render: (at: string) => <Time at={at} /> },
          {
            title: t("common.actions"), key: "do",
            render: (_, { id }) =>
              id !== sessions.data?.current && (
                <Button type="link" size="small" danger onClick={() => end.mutate(id)}>
                  {t("account.sessionEnd")}
                </Button>
              ),
          },
        ]}
      />
    </Section>
  );
}
