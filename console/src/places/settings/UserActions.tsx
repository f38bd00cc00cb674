import { App, Button, Dropdown, Modal } from "antd";
import { MoreOutlined } from "@ant-design/icons";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api, type Schemas } from "../../api/client";
import { FormDrawer } from "../../shared/FormDrawer";
import { time } from "../../shared/format";
import { Secret } from "../../shared/Secret";
import { useCommand } from "../../shared/useCommand";
import { handlesGoods, SignInLink } from "./SignInLink";
import { RoleFields } from "./Users";

type User = Schemas["User"];

export interface ShownLink {
  name: string;
  link: Schemas["MadeLink"];
}

interface Props {
  user: User;
  organisations: Schemas["Organisation"][];
  onLink: (link: ShownLink) => void;
}

/** What an owner does with a user. */
export function UserActions({ user, organisations, onLink }: Props) {
  const { t } = useTranslation();
  const { modal } = App.useApp();
  const [isEditing, setEditing] = useState(false);
  const [isLettingIn, setLettingIn] = useState(false);
  const params = { path: { id: user.id } };
  const changes = [["users"]];
  const makeLink = useCommand({
    run: () => answer(api.POST("/v1/users/{id}/links", { params })),
    changes,
    then: (link) => onLink({ name: user.name, link }),
    tells: true,
  });
  const setRole = useCommand({
    run: (body: Schemas["Place"]) => answer(api.PUT("/v1/users/{id}/role", { params, body })),
    done: t("users.saved"),
    changes,
    then: () => setEditing(false),
  });
  const setStatus = useCommand({
    run: (status: Schemas["WantedStatus"]) => answer(api.PUT("/v1/users/{id}/status", { params, body: { status } })),
    done: t("users.statusSaved"),
    changes,
    tells: true,
  });
  const removeFactor = useCommand({
    run: () => answer(api.DELETE("/v1/users/{id}/totp", { params })),
    done: t("users.statusSaved"),
    changes,
    tells: true,
  });
  const act: Record<string, () => void> = {
    link: () => makeLink.mutate(undefined),
    signIn: () => setLettingIn(true),
    edit: () => setEditing(true),
    enable: () => setStatus.mutate("active"),
    disable: () =>
      void modal.confirm({ title: t("users.disableTitle", { name: user.name }), content: t("users.disableLead"), okText: t("users.disable"), okButtonProps: { danger: true }, onOk: () => setStatus.mutate("disabled") }),
    factor: () => void modal.confirm({ title: t("users.factorOff"), content: t("users.factorOffLead"), okText: t("users.factorOff"), onOk: () => removeFactor.mutate(undefined) }),
  };
  const isDisabled = user.status === "disabled";
  return (
    <>
      <Dropdown
        autoFocus
        trigger={["click"]}
        menu={{
          items: [
            ...(isDisabled ? [] : [{ key: "link", label: t("users.link") }]),
            ...(!isDisabled && handlesGoods(user.role) ? [{ key: "signIn", label: t("users.signIn") }] : []),
            { key: "edit", label: t("users.edit") },
            ...(user.has_second_factor ? [{ key: "factor", label: t("users.factorOff") }] : []),
            isDisabled ? { key: "enable", label: t("users.enable") } : { key: "disable", label: t("users.disable"), danger: true },
          ],
          onClick: ({ key }) => act[key]?.(),
        }}
      >
        <Button type="text" size="small" icon={<MoreOutlined />} aria-label={`${t("common.actions")} ${user.name}`} loading={makeLink.isPending} />
      </Dropdown>
      <FormDrawer<Schemas["Place"]>
        open={isEditing} title={`${t("users.edit")} · ${user.name}`} submit={t("common.save")} busy={setRole.isPending} error={setRole.error}
        initial={{ role: user.role, organisation: user.organisation }} onClose={() => setEditing(false)}
        onSubmit={({ role, organisation }) => setRole.mutate({ role, organisation: role === "owner" ? null : (organisation ?? null) })}
      >
        <RoleFields organisations={organisations} />
      </FormDrawer>
      <SignInLink user={user} open={isLettingIn} onClose={() => setLettingIn(false)} />
    </>
  );
}

/** A link to set a password, shown once. It leads to this console's own page. */
export function LinkShown({ link, onClose }: { link: ShownLink | null; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal open={link !== null} title={t("users.linkTitle")} onCancel={onClose} footer={<Button onClick={onClose}>{t("common.close")}</Button>} destroyOnHidden>
      {link && (
        <div className="stack tight">
          <p>{t("users.linkLead", { name: link.name, until: time(link.link.expires_at) })}</p>
          <Secret value={`${location.origin}/console/password#${link.link.token}`} copy={t("users.linkCopy")} />
        </div>
      )}
    </Modal>
  );
}
