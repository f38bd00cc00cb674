import { useQueries, useQuery } from "@tanstack/react-query";
import { App, Button, DatePicker, Form, Input, Select } from "antd";
import type { Dayjs } from "dayjs";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api, type Schemas } from "../../api/client";
import { useMay } from "../../api/permissions";
import { balanceQuery, productsQuery, rebatesQuery } from "../../api/queries";
import { DataTable, type Column } from "../../shared/DataTable";
import { FormDrawer } from "../../shared/FormDrawer";
import { fenOf, Id, joined, Money, Time } from "../../shared/format";
import { Nothing } from "../../shared/Nothing";
import { Page, Section } from "../../shared/Page";
import { useCommand } from "../../shared/useCommand";
import { BudgetBar } from "../campaigns/BudgetBar";
import { Lifecycle } from "../campaigns/Campaigns";
import { TopUp } from "../campaigns/Steering";

type Rule = Schemas["RebateRule"];

export default function Rebates() {
  const { t } = useTranslation();
  const may = useMay();
  const [isOpen, setOpen] = useState(false);
  const [funding, setFunding] = useState<string | null>(null);
  const rebates = useQuery(rebatesQuery);
  const products = useQuery({ ...productsQuery, enabled: may("GET /products") });
  const balances = useQueries({ queries: (rebates.data ?? []).map(({ id }) => ({ ...balanceQuery(id, "budget"), enabled: may("GET /balances") })) });
  const leftOf = (id: string) => balances[(rebates.data ?? []).findIndex((one) => one.id === id)]?.data?.available;
  const nameOf = (id: string) => products.data?.find((one) => one.id === id)?.name ?? id;
  const button = may("POST /rebates") && (
    <Button type="primary" onClick={() => setOpen(true)}>
      {t("rebates.add")}
    </Button>
  );
  const goods = (one: Rule) => (one.products.length === 0 ? t("campaigns.allGoods") : joined(one.products.map(nameOf)));
  const columns: Column<Rule>[] = [
    { key: "name", title: t("common.name"), plain: (one) => one.name, show: (one) => <strong>{one.name}</strong> },
    { key: "status", title: t("common.status"), plain: (one) => t(`lifecycle.${one.status}`), show: (one) => <Lifecycle status={one.status} /> },
    { key: "amount", title: t("rebates.amount"), number: true, plain: (one) => one.amount_fen, show: (one) => <Money fen={one.amount_fen} /> },
    { key: "products", title: t("campaigns.products"), plain: goods, show: goods },
    { key: "ends", title: t("campaigns.ends"), plain: (one) => one.ends, show: (one) => <Time at={one.ends} /> },
    { key: "budget", title: t("campaigns.budgetLeft"), plain: (one) => leftOf(one.id) ?? 0, show: (one) => <BudgetBar left={leftOf(one.id)} whole={one.budget_fen} unit="CNY" /> },
    { key: "id", title: t("common.id"), spare: true, plain: (one) => one.id, show: (one) => <Id value={one.id} /> },
    ...(may("POST /rebates/{id}/status")
      ? [{ key: "do", title: t("common.actions"), show: (one: Rule) => <RuleActions rule={one} fund={() => setFunding(one.id)} /> }]
      : []),
  ];
  return (
    <Page title={t("rebates.title")} lead={t("rebates.lead")} actions={button}>
      <Section flush>
        <DataTable<Rule>
          name="rebates" rows={rebates.data} rowKey={({ id }) => id} columns={columns} error={rebates.error} retry={() => void rebates.refetch()}
          empty={<Nothing title={t("rebates.none")} hint={t("rebates.noneHint")} action={button} />}
        />
      </Section>
      <NewRebate open={isOpen} onClose={() => setOpen(false)} products={products.data ?? []} />
      <TopUp owner={funding ?? ""} open={funding !== null} points={false} changes={["rebates"]} onClose={() => setFunding(null)} />
    </Page>
  );
}

function RuleActions({ rule, fund }: { rule: Rule; fund: () => void }) {
  const { t } = useTranslation();
  const { modal } = App.useApp();
  const may = useMay();
  const set = useCommand({
    run: (status: Schemas["LifecycleStatus"]) => answer(api.POST("/v1/rebates/{id}/status", { params: { path: { id: rule.id } }, body: { status } })),
    done: t("campaign.changed"),
    changes: [["rebates"]],
    tells: true,
  });
  if (rule.status === "ended") return null;
  const end = () =>
    void modal.confirm({ title: t("campaign.endTitle"), content: t("campaign.endLead"), okText: t("campaign.end"), okButtonProps: { danger: true }, onOk: () => set.mutate("ended") });
  const isRunning = rule.status === "running";
  return (
    <span className="nowrap">
      <Button type="link" size="small" loading={set.isPending} onClick={() => set.mutate(isRunning ? "paused" : "running")}>
        {isRunning ? t("campaign.pause") : rule.status === "draft" ? t("campaign.start") : t("campaign.resume")}
      </Button>
      {may("POST /fundings") && <Button type="link" size="small" onClick={fund}>{t("campaign.topUp")}</Button>}
      {rule.status !== "draft" && <Button type="link" size="small" danger onClick={end}>{t("campaign.end")}</Button>}
    </span>
  );
}

interface Values {
  name: string;
  time: [Dayjs, Dayjs];
  products?: string[];
  amount: string;
  budget: string;
}

function NewRebate({ open, onClose, products }: { open: boolean; onClose: () => void; products: Schemas["Product"][] }) {
  const { t } = useTranslation();
  const make = useCommand({
    run: ({ name, time, products: goods, amount, budget }: Values) =>
      answer(
        api.POST("/v1/rebates", {
          body: { name, starts: time[0].toISOString(), ends: time[1].toISOString(), products: goods ?? [], amount_fen: fenOf(amount)!, budget_fen: fenOf(budget)! },
        }),
      ),
    done: t("rebates.done"),
    changes: [["rebates"]],
    then: onClose,
  });
  const money = [{ required: true, validator: (_: unknown, value: string) => ((fenOf(value ?? "") ?? 0) > 0 ? Promise.resolve() : Promise.reject(new Error(t("campaign.amountBad")))) }];
  return (
    <FormDrawer<Values> open={open} title={t("rebates.add")} submit={t("rebates.add")} busy={make.isPending} error={make.error} onSubmit={(values) => make.mutate(values)} onClose={onClose}>
      <Form.Item name="name" label={t("common.name")} rules={[{ required: true, whitespace: true, message: t("common.needed") }]}>
        <Input maxLength={120} />
      </Form.Item>
      <Form.Item name="time" label={t("campaigns.time")} rules={[{ required: true, message: t("wizard.timeNeeded") }]}>
        <DatePicker.RangePicker showTime={{ format: "HH:mm" }} format="YYYY-MM-DD HH:mm" className="full" />
      </Form.Item>
      <Form.Item name="products" label={t("campaigns.products")}>
        <Select mode="multiple" placeholder={t("campaigns.allGoods")} options={products.map(({ id, name }) => ({ value: id, label: name }))} />
      </Form.Item>
      <div className="grid-form">
        <Form.Item name="amount" label={t("rebates.amountYuan")} rules={money}>
          <Input inputMode="decimal" autoComplete="off" prefix="¥" />
        </Form.Item>
        <Form.Item name="budget" label={t("rebates.budgetYuan")} rules={money}>
          <Input inputMode="decimal" autoComplete="off" prefix="¥" />
        </Form.Item>
      </div>
    </FormDrawer>
  );
}
