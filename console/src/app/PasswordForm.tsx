import { useMutation, useQuery } from "@tanstack/react-query";
import { Alert, Button, Form, Input } from "antd";
import { useTranslation } from "react-i18next";

import { answer, api, type Schemas } from "../api/client";
import { toApiError } from "../api/errors";
import { ErrorPanel } from "../shared/ErrorPanel";

interface Props {
  signedIn: (session: Schemas["SessionAnswer"]) => void;
  forgot?: () => void;
  /** Who signs in, where that is known; the fields' ids then begin with `again`, as a page behind may have its own. */
  email?: string | undefined;
}

export function PasswordForm({ signedIn, forgot, email }: Props) {
  const { t } = useTranslation();
  const signIn = useMutation({
    mutationFn: (body: Schemas["NewSession"]) => answer(api.POST("/v1/session", { body })),
    onSuccess: signedIn,
  });
  const provider = useQuery({ queryKey: ["oidc-offered"], queryFn: hasProvider, staleTime: Infinity, retry: false });
  const error = signIn.error && toApiError(signIn.error);
  return (
    <>
      {error && <div className="gate-note">{refusal(error.status, error.retryAfterS) ?? <ErrorPanel error={error} />}</div>}
      <Form
        layout="vertical" requiredMark={false} {...(email && { name: "again" })} initialValues={{ email }}
        onFinish={(values: Schemas["NewSession"]) => signIn.mutate(values)}
      >
        <Form.Item name="email" label={t("signIn.email")} rules={[{ required: true, message: t("signIn.emailNeeded") }]}>
          <Input type="email" autoComplete="username" autoFocus={!email} readOnly={Boolean(email)} size="large" />
        </Form.Item>
        <Form.Item name="password" label={t("signIn.password")} rules={[{ required: true, message: t("signIn.passwordNeeded") }]}>
          <Input.Password autoComplete="current-password" autoFocus={Boolean(email)} size="large" />
        </Form.Item>
        <Button type="primary" htmlType="submit" size="large" block loading={signIn.isPending}>
          {t("signIn.submit")}
        </Button>
      </Form>
      <div className="gate-more">
        {provider.data && (
          <Button type="link" href="/v1/session/oidc" {...(email && { target: "_blank" })}>
            {t("signIn.provider")}
          </Button>
        )}
        {forgot && (
          <Button type="link" onClick={forgot}>
            {t("signIn.forgot")}
          </Button>
        )}
      </div>
    </>
  );

  function refusal(status: number, seconds: number | null) {
    if (status === 401) return <Alert type="error" showIcon title={t("signIn.refused")} />;
    if (status === 429 && seconds) return <Alert type="warning" showIcon title={t("signIn.wait", { seconds })} />;
    return null;
  }
}

/** Whether this brand has an OpenID provider: then the route sends browsers there, which a script sees as opaque. */
async function hasProvider(): Promise<boolean> {
  const response = await fetch("/v1/session/oidc", { redirect: "manual" });
  return response.type === "opaqueredirect";
}
