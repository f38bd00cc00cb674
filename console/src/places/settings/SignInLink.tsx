import { Button, Form, Modal, QRCode, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api, type Schemas } from "../../api/client";
import { FormDrawer } from "../../shared/FormDrawer";
import { time } from "../../shared/format";
import { Secret } from "../../shared/Secret";
import { useCommand } from "../../shared/useCommand";

const ROLES: Schemas["Role"][] = ["owner", "channel_manager", "clerk", "store"];
const VALID_MINUTES = [30, 240, 1440] as const;
const SESSION_HOURS = [12, 72, 168, 720] as const;

/** Whether a link lets somebody with this role in: it is for handling goods. */
export const handlesGoods = (role: Schemas["Role"]) => ROLES.includes(role);

interface Props {
  user: Schemas["User"];
  open: boolean;
  onClose: () => void;
}

/** Makes the link by which somebody signs in at the clerk page, and shows it once, as a symbol for the phone too. */
export function SignInLink({ user, open, onClose }: Props) {
  const { t } = useTranslation();
  const [made, setMade] = useState<Schemas["MadeSignInLink"] | null>(null);
  const make = useCommand({
    run: (body: Schemas["NewSignInLink"]) => answer(api.POST("/v1/users/{id}/sign-in-links", { params: { path: { id: user.id } }, body })),
    then: (link) => {
      onClose();
      setMade(link);
    },
  });
  const close = () => setMade(null);
  return (
    <>
      <FormDrawer<Schemas["NewSignInLink"]>
        open={open} title={`${t("users.signIn")} · ${user.name}`} submit={t("users.signInMake")} busy={make.isPending} error={make.error}
        initial={{ valid_minutes: 30, session_hours: 12 }} onClose={onClose} onSubmit={(body) => make.mutate(body)}
      >
        <p className="muted">{t("users.signInLead")}</p>
        <Form.Item name="valid_minutes" label={t("users.signInValid")}>
          <Select options={VALID_MINUTES.map((value) => ({ value, label: t(`users.signInValid.${value}`) }))} />
        </Form.Item>
        <Form.Item name="session_hours" label={t("users.signInStays")}>
          <Select options={SESSION_HOURS.map((value) => ({ value, label: t(`users.signInStays.${value}`) }))} />
        </Form.Item>
      </FormDrawer>
      <Modal open={made !== null} title={t("users.signInTitle")} onCancel={close} footer={<Button onClick={close}>{t("common.close")}</Button>} destroyOnHidden>
        {made && (
          <div className="stack tight">
            <p>{t("users.signInHand", { name: user.name, until: time(made.expires_at) })}</p>
            {/* The same stands below as a text. */}
            <div aria-hidden>
              <QRCode type="svg" value={`${location.origin}${made.path}`} size={220} color="#000" bgColor="#fff" />
            </div>
            <Secret value={`${location.origin}${made.path}`} copy={t("users.linkCopy")} />
          </div>
        )}
      </Modal>
    </>
  );
}
