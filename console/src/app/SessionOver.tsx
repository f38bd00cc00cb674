// In front of the page, when the session has ended: who was at work signs in again, and goes on where they were.

import { useQueryClient } from "@tanstack/react-query";
import { Button, Modal } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api, setCsrf, type Schemas } from "../api/client";
import type { Me } from "../api/permissions";
import { meQuery } from "../api/queries";
import { PasswordForm } from "./PasswordForm";
import { FactorForm } from "./SecondFactor";
import { setSessionOver } from "./session";

/** Above drawers and dialogs of the page, which stay open. */
const IN_FRONT = 1500;

export default function SessionOver({ me }: { me: Me }) {
  const { t } = useTranslation();
  const client = useQueryClient();
  const [needsFactor, setNeedsFactor] = useState(false);

  async function goOn() {
    const now = await answer(api.GET("/v1/me"));
    // Somebody else may not go on where another was.
    if (now.user?.id !== me.user?.id) return location.assign("/console/");
    setCsrf(now.csrf);
    setNeedsFactor(false);
    setSessionOver(false);
    client.setQueryData(meQuery.queryKey, now);
    await client.invalidateQueries();
  }

  function signedIn(session: Schemas["SessionAnswer"]) {
    if (session.state === "second_factor") return setNeedsFactor(true);
    setCsrf(session.csrf);
    void goOn();
  }

  return (
    <Modal open closable={false} footer={null} zIndex={IN_FRONT} destroyOnHidden title={t("session.over")}>
      <div className="stack tight">
        <p className="muted">{t("session.overLead")}</p>
        {needsFactor ? <FactorForm signedIn={signedIn} /> : <PasswordForm signedIn={signedIn} email={me.user?.email} />}
        <Button type="link" onClick={() => void goOn().catch(() => undefined)}>
          {t("session.elsewhere")}
        </Button>
      </div>
    </Modal>
  );
}
