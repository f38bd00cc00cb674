import { useMutation } from "@tanstack/react-query";
import { Button, Form, Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api, type Schemas } from "../api/client";
import { ErrorPanel } from "../shared/ErrorPanel";
import { Gate } from "./Gate";

interface Props {
  signedIn: (session: Schemas["SessionAnswer"]) => void;
  restart: () => void;
}

/** The second half of signing in, as a page. */
export function SecondFactor({ signedIn, restart }: Props) {
  const { t } = useTranslation();
  return (
    <Gate title={t("signIn.code.title")} lead={t("signIn.code.lead")}>
      <FactorForm signedIn={signedIn} restart={restart} />
    </Gate>
  );
}

/** A code of the authenticator app, or one of the recovery codes. */
export function FactorForm({ signedIn, restart }: Partial<Props> & Pick<Props, "signedIn">) {
  const { t } = useTranslation();
  const [byRecovery, setByRecovery] = useState(false);
  const prove = useMutation({
    mutationFn: (body: Schemas["NewProof"]) => answer(api.POST("/v1/session/totp", { body })),
    onSuccess: signedIn,
  });
  return (
    <>
      {prove.error && (
        <div className="gate-note">
          <ErrorPanel error={prove.error} />
        </div>
      )}
      <Form layout="vertical" requiredMark={false} key={String(byRecovery)} onFinish={(proof: Schemas["NewProof"]) => prove.mutate(proof)}>
        {byRecovery ? (
          <Form.Item name="recovery_code" label={t("signIn.recovery.label")} rules={[{ required: true, message: t("signIn.recovery.needed") }]}>
            <Input autoFocus autoComplete="off" size="large" />
          </Form.Item>
        ) : (
          <Form.Item name="code" label={t("signIn.code.label")} rules={[{ required: true, pattern: /^\d{6}$/, message: t("signIn.code.needed") }]}>
            <Input autoFocus autoComplete="one-time-code" inputMode="numeric" maxLength={6} size="large" />
          </Form.Item>
        )}
        <Button type="primary" htmlType="submit" size="large" block loading={prove.isPending}>
          {t("signIn.code.submit")}
        </Button>
      </Form>
      <div className="gate-more">
        <Button type="link" onClick={() => setByRecovery(!byRecovery)}>
          {byRecovery ? t("signIn.recovery.back") : t("signIn.recovery.use")}
        </Button>
        {restart && (
          <Button type="link" onClick={restart}>
            {t("signIn.restart")}
          </Button>
        )}
      </div>
    </>
  );
}
