import { useQueryClient } from "@tanstack/react-query";
import { App, Button, Form, Input, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";

import { answer, api, type Schemas } from "../../api/client";
import { useMay } from "../../api/permissions";
import { FormDrawer } from "../../shared/FormDrawer";
import { fenOf } from "../../shared/format";
import { useCommand } from "../../shared/useCommand";

/** Start, pause, end; add to the budget. */
export function Steering({ campaign }: { campaign: Schemas["Campaign"] }) {
  const { t } = useTranslation();
  const { modal } = App.useApp();
  const may = useMay();
  const client = useQueryClient();
  const navigate = useNavigate();
  const [isFunding, setFunding] = useState(false);
  const set = useCommand({
    // Whoever starts it starts what they see.
    run: (status: Schemas["LifecycleStatus"]) =>
      answer(api.POST("/v1/campaigns/{id}/status", { params: { path: { id: campaign.id } }, body: { status, version: campaign.version } })),
    done: t("campaign.changed"),
    changes: [["campaign", campaign.id], ["campaigns"]],
    tells: true,
  });
  const { status } = campaign;
  const step = (to: Schemas["LifecycleStatus"]) =>
    set.mutate(to, { onError: () => void client.invalidateQueries({ queryKey: ["campaign", campaign.id] }) });
  const start = () => void modal.confirm({ title: t("campaign.startTitle"), content: t("campaign.startLead"), okText: t("campaign.start"), onOk: () => step("running") });
  const end = () =>
    void modal.confirm({ title: t("campaign.endTitle"), content: t("campaign.endLead"), okText: t("campaign.end"), okButtonProps: { danger: true }, onOk: () => step("ended") });
  const steers = may("POST /campaigns/{id}/status") && status !== "ended";
  return (
    <>
      {may("PUT /campaigns/{id}") && status === "draft" && <Button onClick={() => void navigate(`/campaigns/${campaign.id}/edit`)}>{t("edit.open")}</Button>}
      {may("POST /fundings") && status !== "ended" && <Button onClick={() => setFunding(true)}>{t("campaign.topUp")}</Button>}
      {steers && (status === "running" || status === "paused") && <Button danger onClick={end}>{t("campaign.end")}</Button>}
      {steers && status === "running" && <Button loading={set.isPending} onClick={() => step("paused")}>{t("campaign.pause")}</Button>}
      {steers && status === "draft" && <Button type="primary" loading={set.isPending} onClick={start}>{t("campaign.start")}</Button>}
      {steers && status === "paused" && <Button type="primary" loading={set.isPending} onClick={() => step("running")}>{t("campaign.resume")}</Button>}
      <TopUp owner={campaign.id} open={isFunding} onClose={() => setFunding(false)} points changes={["campaign", campaign.id]} />
    </>
  );
}

interface TopUpProps {
  owner: string;
  open: boolean;
  /** Whether points can be added as well as money. */
  points: boolean;
  changes: string[];
  onClose: () => void;
}

/** More for a campaign or a rebate rule, from the brand's funding. */
export function TopUp({ owner, open, points, changes, onClose }: TopUpProps) {
  const { t } = useTranslation();
  const add = useCommand({
    run: ({ unit, amount }: { unit: string; amount: string }) =>
      answer(api.POST("/v1/fundings", { body: { owner, unit, amount: unit === "CNY" ? fenOf(amount)! : Number(amount) } })),
    done: t("campaign.toppedUp"),
    changes: [["balance", owner], changes],
    then: onClose,
  });
  return (
    <FormDrawer<{ unit: string; amount: string }>
      open={open} title={t("campaign.topUp")} submit={t("campaign.topUp")} busy={add.isPending} error={add.error}
      initial={{ unit: "CNY" }} onSubmit={(values) => add.mutate(values)} onClose={onClose}
    >
      <Form.Item name="unit" label={t("campaign.topUpUnit")}>
        <Select options={[{ value: "CNY", label: t("campaign.topUpMoney") }, ...(points ? [{ value: "points", label: t("campaign.topUpPoints") }] : [])]} />
      </Form.Item>
      <Form.Item
        name="amount" label={t("campaign.amount")} dependencies={["unit"]}
        rules={[
          ({ getFieldValue }) => ({
            required: true,
            validator: (_, value: string | undefined) =>
              (getFieldValue("unit") === "CNY" ? (fenOf(value ?? "") ?? 0) > 0 : /^[1-9]\d{0,14}$/.test(value ?? "")) ? Promise.resolve() : Promise.reject(new Error(t("campaign.amountBad"))),
          }),
        ]}
      >
        <Input inputMode="decimal" autoComplete="off" />
      </Form.Item>
    </FormDrawer>
  );
}
