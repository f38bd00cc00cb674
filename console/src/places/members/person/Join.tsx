import { Button, Form, Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";

import { answer, api } from "../../../api/client";
import { personOfAccount } from "../../../app/meanings";
import { ConfirmReason } from "../../../shared/ConfirmReason";
import { Id } from "../../../shared/format";
import { Section } from "../../../shared/Page";
import { useCommand } from "../../../shared/useCommand";
import type { Whole } from "./Person";

const ID = /^\s*(per|acc)_[0-9A-Z]{13}\s*$/;

export function Join({ person }: { person: Whole }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [other, setOther] = useState<string | null>(null);
  const join = useCommand({
    run: (reason: string) => answer(api.POST("/v1/identity/joining", { body: { person: person.person, with: other!, reason } })),
    done: t("join.done"),
    changes: [["person"], ["identity-changes"]],
    then: ({ persons }) => {
      setOther(null);
      if (persons[0]) void navigate(`/members/people/${persons[0].person}?tab=identity`);
    },
  });
  return (
    <Section title={t("join.title")} hint={t("join.hint")}>
      <Form layout="vertical" requiredMark={false} onFinish={({ id }: { id: string }) => setOther(personOfAccount(id.trim()))}>
        <Form.Item name="id" label={t("join.with")} extra={t("join.withHint")} rules={[{ required: true, pattern: ID, message: t("join.malformed") }]}>
          <Input autoComplete="off" className="mono" />
        </Form.Item>
        <Button htmlType="submit">{t("join.do")}</Button>
      </Form>
      <ConfirmReason
        open={other !== null} title={t("join.doTitle")} confirm={t("join.do")}
        busy={join.isPending} error={join.error} onConfirm={(reason) => join.mutate(reason)} onClose={() => setOther(null)}
      >
        <p className="row">
          <Id value={person.person} bare /> + <Id value={other ?? ""} bare />
        </p>
      </ConfirmReason>
    </Section>
  );
}
