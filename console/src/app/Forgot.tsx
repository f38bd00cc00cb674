import { useMutation } from "@tanstack/react-query";
import { Alert, Button, Form, Input } from "antd";
import { useTranslation } from "react-i18next";

import { answer, api, type Schemas } from "../api/client";
import { ErrorPanel } from "../shared/ErrorPanel";
import { Gate } from "./Gate";

export function Forgot({ back }: { back: () => void }) {
  const { t } = useTranslation();
  const ask = useMutation({
    mutationFn: (body: Schemas["ResetRequest"]) => answer(api.POST("/v1/password/reset-requests", { body })),
  });
  return (
    <Gate title={t("forgot.title")} lead={t("forgot.lead")}>
      {ask.error && <ErrorPanel error={ask.error} />}
      {ask.isSuccess ? (
        <Alert type="success" showIcon title={t("forgot.done")} />
      ) : (
        <Form layout="vertical" requiredMark={false} onFinish={(body: Schemas["ResetRequest"]) => ask.mutate(body)}>
          <Form.Item name="email" label={t("signIn.email")} rules={[{ required: true, message: t("signIn.emailNeeded") }]}>
            <Input type="email" autoComplete="username" autoFocus size="large" />
          </Form.Item>
          <Button type="primary" htmlType="submit" size="large" block loading={ask.isPending}>
            {t("forgot.submit")}
          </Button>
        </Form>
      )}
      <div className="gate-more">
        <Button type="link" onClick={back}>
          {t("forgot.back")}
        </Button>
      </div>
    </Gate>
  );
}
