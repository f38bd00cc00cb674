import { useQueries } from "@tanstack/react-query";
import { Table } from "antd";
import { useTranslation } from "react-i18next";

import type { Schemas } from "../../api/client";
import { useMay } from "../../api/permissions";
import { balanceQuery } from "../../api/queries";
import { number, percent, yuan } from "../../shared/format";
import { Section } from "../../shared/Page";
import { Tag } from "../../shared/Tag";

/** A reward in a few words. */
export function useRewardText(): (reward: Schemas["Reward"]) => string {
  const { t } = useTranslation();
  return (reward) => {
    if (reward.kind === "points") return `${number(reward.points)} ${t("unit.points")}`;
    if (reward.kind === "red_packet") return reward.min_fen === reward.max_fen ? yuan(reward.min_fen) : `${yuan(reward.min_fen)} – ${yuan(reward.max_fen)}`;
    return t(`campaign.reward.${reward.kind}`);
  };
}

export function Prizes({ campaign }: { campaign: Schemas["Campaign"] }) {
  const { t } = useTranslation();
  const may = useMay();
  const text = useRewardText();
  const stocks = useQueries({
    queries: campaign.prizes.map(({ id, stock }) => ({ ...balanceQuery(id, "stock", id), enabled: stock != null && may("GET /balances") })),
  });
  const weights = campaign.prizes.reduce((sum, { weight }) => sum + weight, 0);
  return (
    <Section title={t("campaigns.prizes")} flush>
      <Table
        size="small" pagination={false} scroll={{ x: "max-content" }} rowKey="id" dataSource={campaign.prizes}
        columns={[
          {
            title: t("wizard.prizeName"), dataIndex: "name",
            render: (name: string, { id }) => (
              <span className="row">
                {name} {campaign.fallback === id && <Tag tone="info">{t("campaign.isFallback")}</Tag>}
              </span>
            ),
          },
          { title: t("campaign.reward"), key: "reward", render: (_, { reward }) => <span className="num">{text(reward)}</span> },
          { title: t("campaign.weight"), dataIndex: "weight", align: "right", render: (weight: number) => <span className="num">{number(weight)}</span> },
          { title: t("campaign.odds"), key: "odds", align: "right", render: (_, { weight }) => <span className="num">{percent(weight, weights)}</span> },
          {
            title: t("campaign.stock"), key: "stock", align: "right",
            render: (_, { stock }, at) => {
              if (stock == null) return <span className="muted">{t("common.unlimited")}</span>;
              const left = stocks[at]?.data?.available;
              return <span className="num">{left === undefined ? number(stock) : `${t("campaign.stockLeft", { left: number(left) })} / ${number(stock)}`}</span>;
            },
          },
        ]}
      />
    </Section>
  );
}
