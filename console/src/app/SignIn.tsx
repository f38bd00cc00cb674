import { useQueryClient } from "@tanstack/react-query";
import { Alert } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation, useNavigate, useSearchParams } from "react-router";

import { setCsrf, type Schemas } from "../api/client";
import { Forgot } from "./Forgot";
import { Gate } from "./Gate";
import { PasswordForm } from "./PasswordForm";
import { SecondFactor } from "./SecondFactor";

/** Why a company account did not sign in, as far as whoever signs in can do something about it. */
const REFUSALS = ["user_unknown", "email_unverified", "denied", "state", "unavailable"] as const;

type Step = "password" | "second_factor" | "forgot";

export default function SignIn() {
  const { t } = useTranslation();
  const [step, setStep] = useState<Step>("password");
  const navigate = useNavigate();
  const client = useQueryClient();
  const refused = useSearchParams()[0].get("refused");
  const reason = REFUSALS.find((one) => refused === `oidc.${one}`) ?? "other";
  const state = useLocation().state as { back?: string; ended?: boolean; passwordSet?: boolean } | null;

  function signedIn(session: Schemas["SessionAnswer"]) {
    if (session.state === "second_factor") return setStep("second_factor");
    setCsrf(session.csrf);
    client.clear();
    void navigate(state?.back ?? "/", { replace: true });
  }

  if (step === "second_factor") return <SecondFactor signedIn={signedIn} restart={() => setStep("password")} />;
  if (step === "forgot") return <Forgot back={() => setStep("password")} />;
  return (
    <Gate title={t("signIn.title")} lead={t("signIn.lead")}>
      {state?.ended && <Alert className="gate-note" type="info" showIcon title={t("signIn.ended")} />}
      {state?.passwordSet && <Alert className="gate-note" type="success" showIcon title={t("password.done")} />}
      {refused && (
        <Alert
          className="gate-note" type="error" showIcon role="alert" title={t(`signIn.oidc.${reason}`)}
          description={<span className="problem-line"><span>{t("problem.code")} <code>{refused}</code></span></span>}
        />
      )}
      <PasswordForm signedIn={signedIn} forgot={() => setStep("forgot")} />
    </Gate>
  );
}
