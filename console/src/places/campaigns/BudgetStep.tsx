// The budget, beside what it would come to by the scans that really were.

import { useQueries, useQuery } from "@tanstack/react-query";
import { Form, Input, InputNumber, type FormInstance } from "antd";
import dayjs from "dayjs";
import { useTranslation } from "react-i18next";

import { useMay } from "../../api/permissions";
import { productsQuery, reportQuery } from "../../api/queries";
import { fenOf, joined, number, time, yuan } from "../../shared/format";
import { Facts } from "../../shared/Page";
import { numbers } from "../data/answers";
import { meanOf, rewardOf, type Draft } from "./draft";
import { useRewardText } from "./Prizes";

const PAST_DAYS = 28;

export function BudgetStep({ form }: { form: FormInstance<Draft> }) {
  const { t } = useTranslation();
  const draft = form.getFieldsValue(true) as Draft;
  const kinds = new Set(draft.prizes.map(({ kind }) => kind));
  const money = {
    required: true,
    validator: (_: unknown, value: string) => ((fenOf(value ?? "") ?? 0) > 0 ? Promise.resolve() : Promise.reject(new Error(t("campaign.amountBad")))),
  };
  return (
    <div className="grid-2">
      <div>
        {kinds.has("red_packet") && (
          <Form.Item name="budget" label={t("wizard.budgetYuan")} extra={t("wizard.budgetHint")} rules={[money]}>
            <Input inputMode="decimal" autoComplete="off" prefix="¥" />
          </Form.Item>
        )}
        {kinds.has("points") && (
          <Form.Item name="budget_points" label={t("wizard.budgetPoints")} rules={[{ required: true, message: t("common.needed") }]}>
            <InputNumber min={1} precision={0} className="full" />
          </Form.Item>
        )}
        <Check draft={draft} />
      </div>
      <Estimate draft={draft} />
    </div>
  );
}

function Check({ draft }: { draft: Draft }) {
  const { t } = useTranslation();
  const text = useRewardText();
  const products = useQuery(productsQuery);
  const nameOf = (id: string) => products.data?.find((one) => one.id === id)?.name ?? id;
  return (
    <Facts
      items={[
        [t("campaigns.name"), draft.name],
        [t("campaigns.time"), `${time(draft.time[0].toISOString())} – ${time(draft.time[1].toISOString())}`],
        [t("campaigns.products"), draft.products?.length ? joined(draft.products.map(nameOf)) : t("campaigns.allGoods")],
        [t("campaigns.prizes"), joined(draft.prizes.map((prize) => `${prize.name} (${text(rewardOf(prize))})`))],
      ]}
    />
  );
}

/** From the genuine scans of the last weeks: what a day would cost, and how long the budget lasts. */
function Estimate({ draft }: { draft: Draft }) {
  const { t } = useTranslation();
  const may = useMay();
  const typed = Form.useWatch<string | undefined>("budget");
  const to = dayjs().format("YYYY-MM-DD");
  const from = dayjs().subtract(PAST_DAYS - 1, "day").format("YYYY-MM-DD");
  const wanted = draft.products?.length ? draft.products : [undefined];
  const asked = useQueries({
    queries: wanted.map((product) => ({ ...reportQuery("scans", { by: "total", from, to, product }), enabled: may("GET /reports/{name}") })),
  });
  if (asked.some(({ data }) => !data)) return null;
  const scans = asked.reduce((sum, { data }) => sum + (data ? (numbers(data, "genuine_scans")[0] ?? 0) : 0), 0) / PAST_DAYS;
  const mean = meanOf(draft.prizes);
  const aDay = scans * mean.fen;
  const budget = fenOf(typed ?? "") ?? 0;
  const days = aDay > 0 ? Math.floor(budget / aDay) : 0;
  const length = draft.time[1].diff(draft.time[0], "day", true);
  const lasts = days > length ? t("wizard.lastsLong") : `${t("wizard.lastsDays", { count: days })} · ${t("wizard.runsOut", { day: draft.time[0].add(days, "day").format("YYYY-MM-DD") })}`;
  return (
    <div className="estimate">
      <h3>{t("wizard.estimate")}</h3>
      <p className="muted small">{scans > 0 ? t("wizard.estimateLead", { scans: number(Math.round(scans * 10) / 10) }) : t("wizard.estimateNone")}</p>
      <Facts
        items={[
          ...(mean.fen > 0 ? [[t("wizard.costPerWin"), yuan(Math.round(mean.fen))] as [string, string]] : []),
          ...(mean.points > 0 ? [[t("wizard.pointsPerWin"), number(Math.round(mean.points * 10) / 10)] as [string, string]] : []),
          ...(aDay > 0 ? [[t("wizard.costPerDay"), yuan(Math.round(aDay))] as [string, string]] : []),
          ...(aDay > 0 && budget > 0 ? [[t("wizard.lasts"), lasts] as [string, string]] : []),
        ]}
      />
    </div>
  );
}
