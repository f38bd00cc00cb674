// What people bought, as the channels tell it.

import { useInfiniteQuery, useMutation } from "@tanstack/react-query";
import { Button, Form, Input, Skeleton, Table } from "antd";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import "./orders.css";

import { answer, api, type Schemas } from "../../api/client";
import { toApiError } from "../../api/errors";
import { useMay } from "../../api/permissions";
import { personOfAccount } from "../../app/meanings";
import { Amount, signed } from "../../shared/Amount";
import { ErrorPanel } from "../../shared/ErrorPanel";
import { Time } from "../../shared/format";
import { Nothing } from "../../shared/Nothing";
import { Page, Section } from "../../shared/Page";
import { Tag } from "../../shared/Tag";
import { newImport } from "../imports/kinds";

type One = Schemas["Order"];

const PAGE = 50;

/** Whether goods come back on the whole, as the API counts it. */
export const isReturn = ({ original, amount }: One) => original != null || amount < 0;

export default function Orders() {
  const { t } = useTranslation();
  const may = useMay();
  const asked = useInfiniteQuery({
    queryKey: ["orders"],
    queryFn: ({ pageParam }) => answer(api.GET("/v1/orders", { params: { query: { limit: PAGE, after: pageParam } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
    // Whoever comes from an import that has just ended sees its orders.
    staleTime: 0,
  });
  const items = asked.data?.pages.flatMap((page) => page.items) ?? [];
  const begin = may("POST /imports/orders") && (
    <Link to={newImport("orders")}>
      <Button type="primary" tabIndex={-1}>{t("imports.new.orders")}</Button>
    </Link>
  );
  return (
    <Page title={t("orders.title")} lead={t("orders.lead")} actions={begin}>
      <Section flush>
        {items.length > 0 && <Find />}
        {asked.error && <div className="section-body"><ErrorPanel error={asked.error} retry={() => void asked.refetch()} /></div>}
        {asked.isPending && <div className="section-body"><Skeleton active paragraph={{ rows: 6 }} /></div>}
        {asked.data && items.length === 0 && <Nothing title={t("orders.none")} hint={t("orders.noneHint")} action={begin} />}
        {items.length > 0 && (
          <Table<One>
            size="small" rowKey="id" pagination={false} scroll={{ x: "max-content" }} dataSource={items}
            columns={[
              { title: t("orders.at"), dataIndex: "at", render: (at: string) => <Time at={at} /> },
              {
                title: t("orders.number"), key: "number",
                render: (_, order) => (
                  <span className="row nowrap">
                    <Link to={`/channel/orders/${order.id}`}>{order.number}</Link>
                    {isReturn(order) && <Tag tone="warn">{t("orders.return")}</Tag>}
                  </span>
                ),
              },
              { title: t("orders.source"), dataIndex: "source" },
              { title: t("orders.shop"), dataIndex: "shop", render: (shop: string | null) => shop ?? <span className="muted">–</span> },
              { title: t("orders.buyer"), dataIndex: "account", render: (account: string | null) => <Buyer account={account} /> },
              { title: t("orders.amount"), key: "amount", align: "right", render: (_, { amount, currency }) => <Amount amount={amount} currency={currency} /> },
              { title: t("orders.points"), dataIndex: "points", align: "right", render: (points: number) => <PointsMoved points={points} /> },
            ]}
          />
        )}
        {asked.hasNextPage && (
          <div className="table-foot">
            <Button onClick={() => void asked.fetchNextPage()} loading={asked.isFetchingNextPage}>{t("common.loadMore")}</Button>
          </div>
        )}
      </Section>
    </Page>
  );
}

/** The account of a buyer, which leads to the person of whom it is. */
export function Buyer({ account }: { account: string | null | undefined }) {
  const { t } = useTranslation();
  const may = useMay();
  if (!account) return <span className="muted">{t("orders.buyerUnknown")}</span>;
  const id = <code className="id">{account}</code>;
  return may("GET /people/{id}") ? <Link to={`/members/people/${personOfAccount(account)}`}>{id}</Link> : id;
}

export function PointsMoved({ points }: { points: number }) {
  return points === 0 ? <span className="muted">0</span> : <span className={points < 0 ? "num points-back" : "num"}>{signed(points)}</span>;
}

/** An order by the number that its source gave it. */
function Find() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const find = useMutation({
    mutationFn: ({ source, number }: { source: string; number: string }) =>
      answer(api.GET("/v1/orders/by-number", { params: { query: { source: source.trim(), number: number.trim() } } })),
    onSuccess: ({ id }) => void navigate(`/channel/orders/${id}`),
  });
  const isMissing = find.error && toApiError(find.error).status === 404;
  const needed = [{ required: true, whitespace: true, message: t("common.needed") }];
  return (
    <div className="orders-find">
      <Form layout="vertical" requiredMark={false} className="orders-find-form" onFinish={(asked: { source: string; number: string }) => find.mutate(asked)}>
        <Form.Item name="source" label={t("orders.source")} rules={needed}>
          <Input autoComplete="off" placeholder="pos" />
        </Form.Item>
        <Form.Item name="number" label={t("orders.number")} rules={needed}>
          <Input autoComplete="off" />
        </Form.Item>
        <Form.Item label={<span aria-hidden>&nbsp;</span>}>
          <Button htmlType="submit" loading={find.isPending}>{t("orders.find")}</Button>
        </Form.Item>
      </Form>
      {isMissing && <p className="muted small" role="status">{t("orders.foundNone", { source: find.variables?.source.trim(), number: find.variables?.number.trim() })}</p>}
      {find.error && !isMissing && <ErrorPanel error={find.error} />}
    </div>
  );
}
