import { useInfiniteQuery } from "@tanstack/react-query";
import { Button, Form, Input, Select, Skeleton } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import "./members.css";

import { answer, api, type Schemas } from "../../api/client";
import { useMay } from "../../api/permissions";
import { ErrorPanel } from "../../shared/ErrorPanel";
import { FormDrawer } from "../../shared/FormDrawer";
import { Nothing } from "../../shared/Nothing";
import { Page, Section } from "../../shared/Page";
import { useCommand } from "../../shared/useCommand";
import { ChangeLine } from "./ChangeLine";
import { KINDS } from "./kinds";

const PAGE = 50;

export default function Changes() {
  const { t } = useTranslation();
  const may = useMay();
  const [isReassigning, setReassigning] = useState(false);
  const asked = useInfiniteQuery({
    queryKey: ["identity-changes"],
    queryFn: ({ pageParam }) => answer(api.GET("/v1/identity/changes", { params: { query: { limit: PAGE, before: pageParam } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ items }) => (items.length === PAGE ? items.at(-1)?.id : undefined),
  });
  const items = asked.data?.pages.flatMap((page) => page.items) ?? [];
  const reassign = may("POST /identity/reassigning") && <Button onClick={() => setReassigning(true)}>{t("reassign.title")}</Button>;
  return (
    <Page title={t("changes.title")} lead={t("changes.lead")} actions={reassign}>
      <Section>
        {asked.error && <ErrorPanel error={asked.error} retry={() => void asked.refetch()} />}
        {asked.isPending && <Skeleton active paragraph={{ rows: 5 }} />}
        {asked.data && items.length === 0 && <Nothing title={t("changes.none")} hint={t("changes.noneHint")} />}
        {items.map((change) => (
          <ChangeLine key={change.id} change={change} subject />
        ))}
        {asked.hasNextPage && (
          <Button onClick={() => void asked.fetchNextPage()} loading={asked.isFetchingNextPage}>
            {t("common.loadMore")}
          </Button>
        )}
      </Section>
      <Reassign open={isReassigning} onClose={() => setReassigning(false)} />
    </Page>
  );
}

/** A number whose holder gave it up leads to somebody new from then on. */
function Reassign({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const reassign = useCommand({
    run: ({ kind, value, reason }: Schemas["GivenIdentifier"] & { reason: string }) =>
      answer(api.POST("/v1/identity/reassigning", { body: { identifier: { kind, value: value.trim() }, reason } })),
    done: t("reassign.done"),
    changes: [["identity-changes"], ["person"]],
    then: onClose,
  });
  return (
    <FormDrawer<Schemas["GivenIdentifier"] & { reason: string }>
      open={open} title={t("reassign.title")} submit={t("reassign.do")} busy={reassign.isPending} error={reassign.error}
      initial={{ kind: "phone" }} onSubmit={(values) => reassign.mutate(values)} onClose={onClose}
    >
      <p className="muted form-lead">{t("reassign.lead")}</p>
      <Form.Item name="kind" label={t("find.kind")}>
        <Select options={KINDS.map((value) => ({ value, label: t(`idKind.${value}`) }))} />
      </Form.Item>
      <Form.Item name="value" label={t("find.value")} rules={[{ required: true, whitespace: true, message: t("common.needed") }]}>
        <Input autoComplete="off" />
      </Form.Item>
      <Form.Item name="reason" label={t("common.reason")} extra={t("common.reasonHint")} rules={[{ required: true, whitespace: true, message: t("common.reasonNeeded") }]}>
        <Input.TextArea rows={2} maxLength={500} />
      </Form.Item>
    </FormDrawer>
  );
}
