import { useQuery } from "@tanstack/react-query";
import { Button, Form, Input, Select, Table } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api, type Schemas } from "../../api/client";
import { useMay } from "../../api/permissions";
import { organisationsQuery, usersQuery } from "../../api/queries";
import { DataTable, type Choice, type Column } from "../../shared/DataTable";
import { FormDrawer } from "../../shared/FormDrawer";
import { Id, Time } from "../../shared/format";
import { Nothing } from "../../shared/Nothing";
import { Page, Section } from "../../shared/Page";
import { Tag, type Tone } from "../../shared/Tag";
import { useCommand } from "../../shared/useCommand";
import { LinkShown, UserActions, type ShownLink } from "./UserActions";

type User = Schemas["User"];

export const ROLES: Schemas["Role"][] = ["owner", "marketer", "channel_manager", "analyst", "clerk", "store", "guide"];
const TONES: Record<Schemas["UserStatus"], Tone> = { invited: "info", active: "good", disabled: "bad" };

export default function Users() {
  const { t } = useTranslation();
  const may = useMay();
  const [isOpen, setOpen] = useState(false);
  const [link, setLink] = useState<ShownLink | null>(null);
  const users = useQuery(usersQuery);
  const organisations = useQuery({ ...organisationsQuery, enabled: may("GET /organisations") });
  const placeOf = ({ organisation }: User) => (organisation ? (organisations.data?.find(({ id }) => id === organisation)?.name ?? organisation) : t("users.whole"));
  const button = may("POST /users") && (
    <Button type="primary" onClick={() => setOpen(true)}>
      {t("users.add")}
    </Button>
  );
  const columns: Column<User>[] = [
    { key: "name", title: t("users.name"), plain: (one) => one.name, show: (one) => <strong>{one.name}</strong> },
    { key: "email", title: t("users.email"), plain: (one) => one.email, show: (one) => one.email },
    { key: "role", title: t("users.role"), plain: (one) => t(`role.${one.role}`), show: (one) => t(`role.${one.role}`) },
    { key: "place", title: t("users.organisation"), plain: placeOf, show: placeOf },
    {
      key: "state", title: t("common.status"), plain: (one) => t(`users.status.${one.status}`),
      show: (one) => (
        <span className="row">
          <Tag tone={TONES[one.status]}>{t(`users.status.${one.status}`)}</Tag>
          {one.reset_asked_at && <Tag tone="warn">{t("users.resetAsked")}</Tag>}
        </span>
      ),
    },
    { key: "factor", title: t("users.factor"), plain: (one) => (one.has_second_factor ? t("common.yes") : t("common.no")), show: (one) => (one.has_second_factor ? <Tag tone="good">{t("common.yes")}</Tag> : <span className="muted">{t("common.no")}</span>) },
    { key: "created", title: t("common.created"), spare: true, plain: (one) => one.created_at, show: (one) => <Time at={one.created_at} /> },
    { key: "id", title: t("common.id"), spare: true, plain: (one) => one.id, show: (one) => <Id value={one.id} /> },
    { key: "do", title: t("common.actions"), show: (one) => <UserActions user={one} organisations={organisations.data ?? []} onLink={setLink} /> },
  ];
  const choices: Choice<User>[] = [{ key: "as", title: t("users.role"), options: ROLES.map((value) => ({ value, label: t(`role.${value}`) })), fits: (one, value) => one.role === value }];
  return (
    <Page title={t("users.title")} lead={t("users.lead")} actions={button}>
      <Section flush>
        <DataTable<User>
          name="users" rows={users.data} rowKey={({ id }) => id} columns={columns} choices={choices} error={users.error}
          retry={() => void users.refetch()} empty={<Nothing title={t("users.none")} action={button} />}
        />
      </Section>
      <Roles />
      <Invite open={isOpen} onClose={() => setOpen(false)} organisations={organisations.data ?? []} onLink={setLink} />
      <LinkShown link={link} onClose={() => setLink(null)} />
    </Page>
  );
}

function Roles() {
  const { t } = useTranslation();
  const roles = useQuery({ queryKey: ["roles"], queryFn: () => answer(api.GET("/v1/roles")), staleTime: Infinity });
  return (
    <Section title={t("users.rolesTitle")} flush>
      <Table
        size="small" pagination={false} loading={roles.isPending} rowKey="role" scroll={{ x: "max-content" }} dataSource={roles.data?.items}
        columns={[
          { title: t("users.role"), dataIndex: "role", render: (role: Schemas["Role"]) => t(`role.${role}`) },
          { title: t("users.permissions"), dataIndex: "permissions", render: (scopes: Schemas["Scopes"]) => <span className="row">{scopes.map((scope) => <Tag key={scope}>{t(`scope.${scope}`)}</Tag>)}</span> },
          { title: t("users.limited"), dataIndex: "limited", render: (limit: Schemas["Limit"]) => t(`users.limited.${limit}`) },
        ]}
      />
    </Section>
  );
}

interface InviteProps {
  open: boolean;
  organisations: Schemas["Organisation"][];
  onClose: () => void;
  onLink: (link: ShownLink) => void;
}

function Invite({ open, organisations, onClose, onLink }: InviteProps) {
  const { t } = useTranslation();
  const invite = useCommand({
    run: async (body: Schemas["NewUser"]) => {
      const user = await answer(api.POST("/v1/users", { body }));
      return { user, link: await answer(api.POST("/v1/users/{id}/links", { params: { path: { id: user.id } } })) };
    },
    done: ({ user }) => t("users.done", { name: user.name }),
    changes: [["users"]],
    then: ({ user, link }) => {
      onClose();
      onLink({ name: user.name, link });
    },
  });
  const needed = [{ required: true, whitespace: true, message: t("common.needed") }];
  return (
    <FormDrawer<Schemas["NewUser"]>
      open={open} title={t("users.add")} submit={t("users.add")} busy={invite.isPending} error={invite.error}
      initial={{ role: "marketer" }} onSubmit={(user) => invite.mutate(user)} onClose={onClose}
    >
      <Form.Item name="name" label={t("users.name")} rules={needed}>
        <Input maxLength={120} autoComplete="off" />
      </Form.Item>
      <Form.Item name="email" label={t("users.email")} rules={[{ required: true, type: "email", message: t("signIn.emailNeeded") }]}>
        <Input type="email" autoComplete="off" />
      </Form.Item>
      <RoleFields organisations={organisations} />
    </FormDrawer>
  );
}

/** A role, and the branch of the channel that it is for. */
export function RoleFields({ organisations }: { organisations: Schemas["Organisation"][] }) {
  const { t } = useTranslation();
  const role = Form.useWatch<Schemas["Role"]>("role");
  const always = role === "store" || role === "guide";
  return (
    <>
      <Form.Item name="role" label={t("users.role")}>
        <Select options={ROLES.map((value) => ({ value, label: t(`role.${value}`) }))} />
      </Form.Item>
      {role !== "owner" && (
        <Form.Item name="organisation" label={t("users.organisation")} extra={t("users.organisationHint")} rules={always ? [{ required: true, message: t("common.needed") }] : []}>
          <Select allowClear placeholder={t("users.whole")} showSearch={{ optionFilterProp: "label" }} options={organisations.map(({ id, name }) => ({ value: id, label: name }))} />
        </Form.Item>
      )}
    </>
  );
}
