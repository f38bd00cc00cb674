// What a person bought, over all channels, the latest recorded first.

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Button, Skeleton, Table } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { answer, api, type Schemas } from "../../../api/client";
import { useMay } from "../../../api/permissions";
import { Amount } from "../../../shared/Amount";
import { ErrorPanel } from "../../../shared/ErrorPanel";
import { number, Time } from "../../../shared/format";
import { Nothing } from "../../../shared/Nothing";
import { Section } from "../../../shared/Page";
import { Tag } from "../../../shared/Tag";
import { isReturn, PointsMoved } from "../../channel/Orders";

type One = Schemas["Order"];
type Place = { after?: string; before?: string };

const PAGE = 20;

export function Orders({ id }: { id: string }) {
  const { t } = useTranslation();
  const may = useMay();
  const [place, setPlace] = useState<Place>({});
  const asked = useQuery({
    queryKey: ["person", id, "orders", place],
    queryFn: () => answer(api.GET("/v1/people/{id}/orders", { params: { path: { id }, query: { limit: PAGE, count: true, ...place } } })),
    placeholderData: keepPreviousData,
  });
  const { items, next, previous, count } = asked.data ?? {};
  const opens = may("GET /orders/{id}");
  const counted = count && (count.exact ? t("table.count", { count: count.number }) : t("table.countMore", { count: number(count.number) }));
  return (
    <Section title={t("orders.title")} hint={items && items.length > 0 ? counted : undefined} flush>
      {asked.error && <div className="section-body"><ErrorPanel error={asked.error} retry={() => void asked.refetch()} /></div>}
      {asked.isPending && <div className="section-body"><Skeleton active paragraph={{ rows: 4 }} /></div>}
      {items?.length === 0 && <Nothing title={t("orders.noneOfPerson")} hint={t("orders.noneOfPersonHint")} />}
      {items && items.length > 0 && (
        <Table<One>
          size="small" rowKey="id" pagination={false} scroll={{ x: "max-content" }} dataSource={items} loading={asked.isPlaceholderData}
          columns={[
            { title: t("orders.at"), dataIndex: "at", render: (at: string) => <Time at={at} /> },
            {
              title: t("orders.number"), key: "number",
              render: (_, order) => (
                <span className="row nowrap">
                  {opens ? <Link to={`/channel/orders/${order.id}`}>{order.number}</Link> : order.number}
                  {isReturn(order) && <Tag tone="warn">{t("orders.return")}</Tag>}
                </span>
              ),
            },
            { title: t("orders.source"), dataIndex: "source" },
            { title: t("orders.shop"), dataIndex: "shop", render: (shop: string | null) => shop ?? <span className="muted">–</span> },
            { title: t("orders.amount"), key: "amount", align: "right", render: (_, { amount, currency }) => <Amount amount={amount} currency={currency} /> },
            { title: t("orders.points"), dataIndex: "points", align: "right", render: (points: number) => <PointsMoved points={points} /> },
          ]}
        />
      )}
      {(previous || next) && (
        <div className="table-foot row">
          <Button disabled={!previous} onClick={() => setPlace({ before: previous! })}>{t("table.newer")}</Button>
          <Button disabled={!next} onClick={() => setPlace({ after: next! })}>{t("table.older")}</Button>
        </div>
      )}
    </Section>
  );
}
