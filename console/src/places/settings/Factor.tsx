import { Button, Form, Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api, type Schemas } from "../../api/client";
import { ErrorPanel } from "../../shared/ErrorPanel";
import { Section } from "../../shared/Page";
import { useCommand } from "../../shared/useCommand";

/** The second step of one's own sign-in: by password, then by a first code; or off again. */
export function Factor({ isOn }: { isOn: boolean }) {
  const { t } = useTranslation();
  const [offered, setOffered] = useState<Schemas["OfferedTotp"] | null>(null);
  const [codes, setCodes] = useState<string[] | null>(null);
  const offer = useCommand({ run: (body: Schemas["Confirmation"]) => answer(api.POST("/v1/me/totp", { body })), then: setOffered });
  const confirm = useCommand({
    run: (body: Schemas["FirstCode"]) => answer(api.PUT("/v1/me/totp", { body })),
    changes: [["me"]],
    then: ({ recovery_codes }) => {
      setOffered(null);
      setCodes(recovery_codes);
    },
  });
  const remove = useCommand({
    run: (body: Schemas["Confirmation"]) => answer(api.POST("/v1/me/totp/removal", { body })),
    done: t("account.factorRemoved"),
    changes: [["me"]],
    then: () => setCodes(null),
  });
  const error = offer.error ?? confirm.error ?? remove.error;
  const byPassword = (text: string, busy: boolean, act: (body: Schemas["Confirmation"]) => void) => (
    <Form layout="vertical" requiredMark={false} onFinish={act}>
      <Form.Item name="password" label={t("account.factorConfirm")} rules={[{ required: true, message: t("signIn.passwordNeeded") }]}>
        <Input.Password autoComplete="current-password" />
      </Form.Item>
      <Button htmlType="submit" loading={busy}>
        {text}
      </Button>
    </Form>
  );
  return (
    <Section title={t("account.factor")}>
      <div className="stack">
        {error && <ErrorPanel error={error} />}
        {codes && (
          <div className="stack tight">
            <p>{t("account.factorDone")}</p>
            <ul className="codes-list">
              {codes.map((code) => (
                <li key={code}>
                  <code>{code}</code>
                </li>
              ))}
            </ul>
          </div>
        )}
        {offered ? (
          <Form layout="vertical" requiredMark={false} onFinish={(body: Schemas["FirstCode"]) => confirm.mutate(body)}>
            <div className="stack tight">
              <p>{t("account.factorScan")}</p>
              <p>
                {t("account.factorSecret")}: <code>{offered.secret}</code>
              </p>
              <a href={offered.uri}>{t("account.factorOpen")}</a>
            </div>
            <Form.Item name="code" label={t("signIn.code.label")} rules={[{ required: true, pattern: /^\d{6}$/, message: t("signIn.code.needed") }]}>
              <Input inputMode="numeric" maxLength={6} autoComplete="one-time-code" />
            </Form.Item>
            <Button type="primary" htmlType="submit" loading={confirm.isPending}>
              {t("signIn.code.submit")}
            </Button>
          </Form>
        ) : isOn ? (
          <>
            <p>{t("account.factorOn")}</p>
            {byPassword(t("account.factorRemove"), remove.isPending, (body) => remove.mutate(body))}
          </>
        ) : (
          <>
            <p className="muted">{t("account.factorOff")}</p>
            {byPassword(t("account.factorStart"), offer.isPending, (body) => offer.mutate(body))}
          </>
        )}
      </div>
    </Section>
  );
}
