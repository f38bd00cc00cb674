import { useMutation } from "@tanstack/react-query";
import { Button, Form, Input, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import "./members.css";

import { answer, api, type Schemas } from "../../api/client";
import { toApiError } from "../../api/errors";
import { useMay } from "../../api/permissions";
import { ErrorPanel } from "../../shared/ErrorPanel";
import { Id } from "../../shared/format";
import { Nothing } from "../../shared/Nothing";
import { Page, Section } from "../../shared/Page";
import { KINDS, recentPeople } from "./kinds";
import { Lift } from "./Lift";

export default function Search() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const may = useMay();
  const [form] = Form.useForm<Schemas["GivenIdentifier"]>();
  const kind = Form.useWatch("kind", form) ?? "phone";
  const find = useMutation({
    mutationFn: ({ kind, value }: Schemas["GivenIdentifier"]) =>
      answer(api.POST("/v1/people/search", { body: { identifier: { kind, value: value.trim() } } })),
    onSuccess: ({ id }) => void navigate(`/members/people/${id}`),
  });
  const [isLifting, setLifting] = useState(false);
  const lifts = may("POST /people/suppressions/lift") && <Button onClick={() => setLifting(true)}>{t("lift.title")}</Button>;
  const recent = recentPeople();
  const isUnknown = find.error && toApiError(find.error).status === 404;
  return (
    <Page title={t("find.title")} lead={t("find.lead")} actions={lifts}>
      {may("POST /people/search") && (
        <Section>
          <Form form={form} layout="vertical" requiredMark={false} className="find-form" initialValues={{ kind: "phone" }} onFinish={(values) => find.mutate(values)}>
            <Form.Item name="kind" label={t("find.kind")}>
              <Select options={KINDS.map((value) => ({ value, label: t(`idKind.${value}`) }))} onChange={() => find.reset()} />
            </Form.Item>
            <Form.Item name="value" label={t("find.value")} extra={t(`idHint.${kind}`)} rules={[{ required: true, whitespace: true, message: t("common.needed") }]}>
              <Input autoFocus autoComplete="off" allowClear />
            </Form.Item>
            <Form.Item label={<span aria-hidden>&nbsp;</span>}>
              <Button type="primary" htmlType="submit" loading={find.isPending}>
                {t("find.submit")}
              </Button>
            </Form.Item>
          </Form>
        </Section>
      )}
      {isUnknown && (
        <Section>
          <Nothing title={t("find.nobody")} hint={t("find.nobodyHint")} />
        </Section>
      )}
      {find.error && !isUnknown && <ErrorPanel error={find.error} />}
      {recent.length > 0 ? (
        <Section title={t("find.recent")} hint={t("find.recentHint")}>
          <ul className="link-list">
            {recent.map((id) => (
              <li key={id}>
                <Link to={`/members/people/${id}`}>
                  <Id value={id} bare />
                </Link>
              </li>
            ))}
          </ul>
        </Section>
      ) : (
        !find.error && (
          <Section>
            <Nothing title={t("find.start")} hint={t("find.startHint")} />
          </Section>
        )
      )}
      <Lift open={isLifting} onClose={() => setLifting(false)} />
    </Page>
  );
}
