// An order as it is kept: what was bought, which points it moved and why, and what came back of it.

import { useQuery } from "@tanstack/react-query";
import { Skeleton, Table } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";
import "./orders.css";

import { answer, api, type Schemas } from "../../api/client";
import { useMay } from "../../api/permissions";
import { Amount, signed } from "../../shared/Amount";
import { quantityText } from "../../shared/currency";
import { ErrorPanel } from "../../shared/ErrorPanel";
import { Id, Time } from "../../shared/format";
import { NumberCard } from "../../shared/NumberCard";
import { Facts, Page, Section } from "../../shared/Page";
import { Tag } from "../../shared/Tag";
import { Buyer, isReturn } from "./Orders";
import { Why } from "./Why";

type One = Schemas["Order"];

const LINES_PAGE = 50;

const orderQuery = (id: string) => ({
  queryKey: ["order", id],
  queryFn: () => answer(api.GET("/v1/orders/{id}", { params: { path: { id } } })),
});

export default function OrderPage() {
  const { t } = useTranslation();
  const { id = "" } = useParams();
  const asked = useQuery(orderQuery(id));
  const order = asked.data;
  return (
    <Page
      name={order?.number ?? t("orders.one")} up={["/channel/orders", t("orders.title")]}
      title={order ? <span className="row">{order.number} {isReturn(order) && <Tag tone="warn">{t("orders.return")}</Tag>}</span> : t("orders.one")}
    >
      {asked.error && <ErrorPanel error={asked.error} retry={() => void asked.refetch()} />}
      {asked.isPending && <Skeleton active paragraph={{ rows: 8 }} />}
      {order && (
        <>
          <Numbers order={order} />
          <Section>
            <About order={order} />
          </Section>
          <Lines order={order} />
          <Why order={order} />
        </>
      )}
    </Page>
  );
}

function Numbers({ order }: { order: One }) {
  const { t } = useTranslation();
  const { amount, discount, currency, points, returned, points_returned } = order;
  return (
    <div className="numbers" data-testid="order">
      <NumberCard label={isReturn(order) ? t("orders.paidBack") : t("orders.paid")} value={<Amount amount={amount} currency={currency} />} />
      <NumberCard label={t("orders.discount")} value={<Amount amount={discount} currency={currency} />} />
      <NumberCard label={t("orders.points")} value={signed(points)} />
      {!isReturn(order) && (
        <NumberCard
          label={t("orders.returned")} value={<Amount amount={returned} currency={currency} />}
          note={points_returned > 0 ? t("orders.pointsReturned", { points: signed(-points_returned) }) : undefined}
        />
      )}
    </div>
  );
}

function About({ order }: { order: One }) {
  const { t } = useTranslation();
  const items: [ReactNode, ReactNode][] = [
    [t("orders.at"), <Time at={order.at} />],
    [t("orders.source"), order.source],
    [t("orders.shop"), order.shop ?? "–"],
    [t("orders.buyer"), <PersonOf account={order.account} />],
    ...(order.original ? [[t("orders.original"), <Original id={order.original} />] as [ReactNode, ReactNode]] : []),
    [t("orders.recorded"), <Time at={order.recorded_at} />],
    [t("common.id"), <Id value={order.id} />],
  ];
  return <Facts items={items} />;
}

/** The person whose the account is now; the account itself where nobody is, or it may not be seen. */
function PersonOf({ account }: { account: string | null | undefined }) {
  const may = useMay();
  const asked = useQuery({
    queryKey: ["person-of-account", account],
    queryFn: () => answer(api.GET("/v1/accounts/{id}/person", { params: { path: { id: account! } } })),
    enabled: Boolean(account) && may("GET /accounts/{id}/person"),
    retry: false,
  });
  if (!asked.data || !may("GET /people/{id}")) return <Buyer account={account} />;
  return <Link to={`/members/people/${asked.data.id}`}><code className="id">{asked.data.id}</code></Link>;
}

/** The order that goods came back from, by its number. */
function Original({ id }: { id: string }) {
  const { data } = useQuery(orderQuery(id));
  return <Link to={`/channel/orders/${id}`}>{data?.number ?? <code className="id">{id}</code>}</Link>;
}

/** What was bought, which leads to what is known of it. */
function Article({ code }: { code: string }) {
  const may = useMay();
  return may("GET /articles") ? <Link to={`/codes/articles?search=${encodeURIComponent(code)}`}><code>{code}</code></Link> : <code>{code}</code>;
}

function Lines({ order: { lines, currency } }: { order: One }) {
  const { t } = useTranslation();
  return (
    <Section title={t("orders.lines")} flush>
      <Table
        size="small" scroll={{ x: "max-content" }} rowKey={(line) => String(lines.indexOf(line))} dataSource={lines}
        pagination={lines.length > LINES_PAGE ? { pageSize: LINES_PAGE, showSizeChanger: false } : false}
        columns={[
          { title: t("orders.article"), dataIndex: "article", render: (article: string) => <Article code={article} /> },
          { title: t("orders.quantity"), dataIndex: "quantity", align: "right", render: (quantity: number) => <span className="num">{quantityText(quantity)}</span> },
          { title: t("orders.discount"), dataIndex: "discount", align: "right", render: (discount: number | undefined) => (discount ? <Amount amount={discount} currency={currency} /> : <span className="muted">–</span>) },
          { title: t("orders.amount"), dataIndex: "amount", align: "right", render: (amount: number) => <Amount amount={amount} currency={currency} /> },
        ]}
      />
    </Section>
  );
}
