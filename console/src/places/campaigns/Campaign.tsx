import { useQuery, useQueryClient } from "@tanstack/react-query";
import { Skeleton } from "antd";
import dayjs from "dayjs";
import { useTranslation } from "react-i18next";
import { useParams } from "react-router";

import { answer, api, type Schemas } from "../../api/client";
import { useMay } from "../../api/permissions";
import { balanceQuery, batchesQuery, LIVE_MS, liveReportQuery, productsQuery } from "../../api/queries";
import { useStream } from "../../api/stream";
import { ErrorPanel } from "../../shared/ErrorPanel";
import { Id, joined, number, Time, yuan } from "../../shared/format";
import { NumberCard } from "../../shared/NumberCard";
import { Facts, Page, Section } from "../../shared/Page";
import { numbers, reportLink } from "../data/answers";
import { usePlaceName } from "../data/places";
import { BudgetBar } from "./BudgetBar";
import { Lifecycle } from "./Campaigns";
import { Prizes } from "./Prizes";
import { Steering } from "./Steering";

type One = Schemas["Campaign"];

const RESULT_DAYS = 90;
const RESULTS = ["rewards", "reward_fen", "winners", "new_winners", "fen_per_new_winner"] as const;

export default function Campaign() {
  const { t } = useTranslation();
  const { id = "" } = useParams();
  const isLive = useLive(id);
  const asked = useQuery({
    queryKey: ["campaign", id], queryFn: () => answer(api.GET("/v1/campaigns/{id}", { params: { path: { id } } })), refetchInterval: isLive ? false : LIVE_MS,
  });
  const campaign = asked.data;
  return (
    <Page
      title={campaign ? <span className="row">{campaign.name} <Lifecycle status={campaign.status} /></span> : t("campaigns.title")}
      name={campaign?.name ?? t("campaigns.title")} up={["/campaigns", t("campaigns.title")]} actions={campaign && <Steering campaign={campaign} />}
    >
      {asked.error && <ErrorPanel error={asked.error} retry={() => void asked.refetch()} />}
      {asked.isPending && <Skeleton active paragraph={{ rows: 8 }} />}
      {campaign && (
        <>
          <Budget campaign={campaign} isLive={isLive} />
          <Results campaign={campaign} />
          <Prizes campaign={campaign} />
          <Settings campaign={campaign} />
        </>
      )}
    </Page>
  );
}

/** Takes what the server tells of the campaign as it is spent; whether it does. Until then, and without, the page asks. */
function useLive(id: string): boolean {
  const client = useQueryClient();
  const may = useMay();
  const state = useStream<Schemas["CampaignNow"]>(`/v1/campaigns/${id}/stream`, "campaign", may("GET /campaigns/{id}/stream"), (now) => {
    const known = client.getQueryData<One>(["campaign", id]);
    if (known && known.status !== now.status) void client.invalidateQueries({ queryKey: ["campaign", id] });
    const left = (query: ReturnType<typeof balanceQuery>, available: number | null | undefined) =>
      available != null && client.setQueryData(query.queryKey, (before) => before && { ...before, available });
    left(balanceQuery(id, "budget", "CNY"), now.left_fen);
    left(balanceQuery(id, "budget", "points"), now.left_points);
    for (const { prize, left: count } of now.prizes) left(balanceQuery(prize, "stock", prize), count);
    // What is on hold moves with what is left, and only the account tells it.
    void client.invalidateQueries({ queryKey: ["balance", id] });
  });
  return state === "open";
}

function Budget({ campaign, isLive }: { campaign: One; isLive: boolean }) {
  const { t } = useTranslation();
  const enabled = useMay()("GET /balances");
  const refetchInterval = campaign.status === "running" && !isLive ? LIVE_MS : false;
  const money = useQuery({ ...balanceQuery(campaign.id, "budget", "CNY"), enabled, refetchInterval });
  const points = useQuery({ ...balanceQuery(campaign.id, "budget", "points"), enabled, refetchInterval });
  const hasMoney = campaign.budget_fen > 0 || (money.data?.available ?? 0) > 0;
  const hasPoints = campaign.budget_points > 0 || (points.data?.available ?? 0) > 0;
  if (!enabled || (!hasMoney && !hasPoints)) return null;
  return (
    <Section title={t("campaigns.budgetLeft")} extra={<span className={isLive ? "live live-open" : "live"}>{isLive ? t("campaign.live") : t("campaign.asked")}</span>}>
      <div className="grid-2">
        {hasMoney && <BudgetAccount balance={money.data} whole={campaign.budget_fen} unit="CNY" />}
        {hasPoints && <BudgetAccount balance={points.data} whole={campaign.budget_points} unit="points" />}
      </div>
    </Section>
  );
}

/** The account of the ledger. Its sums of what came in and went out hold shares that servers took and gave back: they say nothing here. */
function BudgetAccount({ balance, whole, unit }: { balance: Schemas["BalanceAnswer"] | undefined; whole: number; unit: "CNY" | "points" }) {
  const { t } = useTranslation();
  const amount = (value: number) => (unit === "CNY" ? yuan(value) : number(value));
  return (
    <div className="stack tight">
      <BudgetBar left={balance?.available} whole={whole} unit={unit} />
      {balance && (
        <Facts
          items={[
            [t("campaign.ledgerHeld"), <span className="num">{amount(balance.debits_pending)}</span>],
            [t("campaign.ledgerLeft"), <strong className="num">{amount(balance.available)}</strong>],
          ]}
        />
      )}
    </div>
  );
}

function Results({ campaign }: { campaign: One }) {
  const { t } = useTranslation();
  const may = useMay();
  const last = dayjs().add(1, "day");
  const range = { from: last.subtract(RESULT_DAYS, "day").format("YYYY-MM-DD"), to: last.format("YYYY-MM-DD") };
  const asked = useQuery({
    ...liveReportQuery("campaigns", { by: "campaign", campaign: campaign.id, ...range }),
    enabled: may("GET /reports/{name}") && campaign.status !== "draft",
  });
  if (asked.isLoading) return <Skeleton active paragraph={{ rows: 2 }} />;
  if (!asked.data || asked.data.rows.length === 0) return null;
  const data = asked.data;
  return (
    <Section title={t("campaign.results")}>
      <div className="numbers">
        {RESULTS.map((metric) => {
          const value = numbers(data, metric)[0] ?? 0;
          return (
            <NumberCard
              key={metric} label={t(`metric.${metric}`)} value={metric.includes("fen") ? yuan(value) : number(value)}
              to={reportLink("campaigns", { by: "campaign", campaign: campaign.id, ...range, metric })}
            />
          );
        })}
      </div>
    </Section>
  );
}

function Settings({ campaign }: { campaign: One }) {
  const { t } = useTranslation();
  const may = useMay();
  const place = usePlaceName();
  const products = useQuery({ ...productsQuery, enabled: may("GET /products") });
  const batches = useQuery({ ...batchesQuery, enabled: may("GET /batches") });
  const all = (texts: string[], none: string) => (texts.length === 0 ? <span className="muted">{none}</span> : joined(texts));
  const limit = (count: number | null | undefined) => (count == null ? <span className="muted">{t("common.unlimited")}</span> : number(count));
  const { audience, caps } = campaign;
  return (
    <Section title={t("campaign.settings")}>
      <Facts
        items={[
          [t("campaigns.starts"), <Time at={campaign.starts} />],
          [t("campaigns.ends"), <Time at={campaign.ends} />],
          [t("campaigns.audience"), typeof audience === "string" ? t(`campaigns.audience.${audience}`) : t("campaigns.audience.tier", { tier: audience.tier_at_least })],
          [t("campaigns.regions"), all(campaign.regions.map(place), t("campaigns.everywhere"))],
          [t("campaigns.products"), all(campaign.products.map((id) => products.data?.find((one) => one.id === id)?.name ?? id), t("campaigns.allGoods"))],
          [t("campaigns.batches"), all(campaign.batches.map((id) => batches.data?.find((one) => one.id === id)?.lot ?? id), t("campaigns.allGoods"))],
          [t("campaigns.face"), campaign.face ? t(`batch.face.${campaign.face as "outer" | "inner"}`) : t("campaigns.face.usual")],
          [t("campaigns.perPerson"), limit(caps.per_person)],
          [t("campaigns.perPersonDay"), limit(caps.per_person_per_day)],
          [t("campaigns.perDay"), limit(caps.per_day)],
          [t("campaign.ruleVersion"), campaign.rule_version],
          [t("common.id"), <Id value={campaign.id} />],
        ]}
      />
    </Section>
  );
}
