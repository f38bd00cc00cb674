// The page that the link of an invitation or a reset opens: /console/password#TOKEN. The token stands behind the #, where
// no server and no log sees it; `?token=` is understood as well.

import { useMutation } from "@tanstack/react-query";
import { Alert, Button, Form, Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";

import { answer, api } from "../api/client";
import { ErrorPanel } from "../shared/ErrorPanel";
import { Gate } from "./Gate";

const LENGTH_MIN = 12;

export default function Password() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [token] = useState(() => location.hash.slice(1) || new URLSearchParams(location.search).get("token") || "");
  const set = useMutation({
    mutationFn: (password: string) => answer(api.POST("/v1/password/by-link", { body: { token, password } })),
    onSuccess: () => void navigate("/sign-in", { replace: true, state: { passwordSet: true } }),
  });
  return (
    <Gate title={t("password.title")} lead={t("password.lead")}>
      {token === "" ? (
        <div className="stack">
          <Alert type="warning" showIcon title={t("password.noToken")} />
          <Link to="/sign-in">{t("forgot.back")}</Link>
        </div>
      ) : (
        <>
          {set.error && (
            <div className="gate-note">
              <ErrorPanel error={set.error} />
            </div>
          )}
          <Form layout="vertical" requiredMark={false} onFinish={({ password }: { password: string }) => set.mutate(password)}>
            <Form.Item name="password" label={t("password.new")} rules={[{ required: true, min: LENGTH_MIN, message: t("password.short") }]}>
              <Input.Password autoFocus autoComplete="new-password" size="large" />
            </Form.Item>
            <Form.Item
              name="again"
              label={t("password.again")}
              dependencies={["password"]}
              rules={[
                ({ getFieldValue }) => ({
                  validator: (_, value) =>
                    value === getFieldValue("password") ? Promise.resolve() : Promise.reject(new Error(t("password.differ"))),
                }),
              ]}
            >
              <Input.Password autoComplete="new-password" size="large" />
            </Form.Item>
            <Button type="primary" htmlType="submit" size="large" block loading={set.isPending}>
              {t("password.submit")}
            </Button>
          </Form>
        </>
      )}
    </Gate>
  );
}
