import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Button, Segmented, Skeleton, Table } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import "../members.css";

import { answer, api, type Schemas } from "../../../api/client";
import { useMay } from "../../../api/permissions";
import { ErrorPanel } from "../../../shared/ErrorPanel";
import { Time } from "../../../shared/format";
import { Nothing } from "../../../shared/Nothing";
import { Page, Section } from "../../../shared/Page";
import { Tag, type Tone } from "../../../shared/Tag";
import { useUrl } from "../../../shared/useUrl";
import { Agreements } from "./Agreements";
import { SearchDrawer, SearchLine } from "./SearchAll";

export type Proposal = Schemas["Proposal"];

const PAGE = 50;
const POLL_MS = 1_500;
const STATES = ["open", "accepted", "refused", "stale"] as const;
const TONES: Record<Proposal["state"], Tone> = { open: "info", accepted: "good", refused: "plain", stale: "warn" };

export default function Proposals() {
  const { t } = useTranslation();
  const may = useMay();
  const [state, setState] = useUrl("state", "open");
  const [isAsking, setAsking] = useState(false);
  const search = useQuery({
    queryKey: ["proposals-search"],
    queryFn: () => answer(api.GET("/v1/identity/proposals/find")),
    refetchInterval: ({ state: { data } }) => (data?.latest && ["waiting", "running"].includes(data.latest.state) ? POLL_MS : false),
  });
  const latest = search.data?.latest ?? undefined;
  const asked = useInfiniteQuery({
    // Another search, another list.
    queryKey: ["proposals", state, latest?.finished_at ?? ""],
    queryFn: ({ pageParam }) =>
      answer(api.GET("/v1/identity/proposals", { params: { query: { state: state as Proposal["state"], limit: PAGE, before: pageParam } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
  });
  const items = asked.data?.pages.flatMap((page) => page.items) ?? [];
  const searches = may("POST /identity/proposals/find");
  const searchButton = searches && (
    <Button type={items.length === 0 ? "primary" : "default"} onClick={() => setAsking(true)} disabled={latest?.state === "waiting" || latest?.state === "running"}>
      {t("proposals.search")}
    </Button>
  );
  return (
    <Page title={t("proposals.title")} lead={t("proposals.lead")} actions={searchButton}>
      {latest && <SearchLine latest={latest} />}
      <Section flush>
        <div className="table-tools">
          <Segmented value={state} onChange={setState} options={STATES.map((value) => ({ value, label: t(`proposals.state.${value}`) }))} />
        </div>
        {asked.error && <div className="section-body"><ErrorPanel error={asked.error} retry={() => void asked.refetch()} /></div>}
        {asked.isPending && <div className="section-body"><Skeleton active paragraph={{ rows: 5 }} /></div>}
        {asked.data && items.length === 0 && (
          <Nothing title={t(`proposals.none.${state as Proposal["state"]}`)} hint={latest ? undefined : t("proposals.noneHint")} action={latest ? undefined : searchButton} />
        )}
        {items.length > 0 && (
          <Table<Proposal>
            size="small" rowKey="id" pagination={false} scroll={{ x: "max-content" }} dataSource={items}
            columns={[
              { title: t("proposals.probability"), dataIndex: "probability", align: "right", width: 110, render: (value: number, { id }) => <Link to={`/members/proposals/${id}`}>{chance(value)}</Link> },
              { title: t("proposals.agreement"), dataIndex: "agreement", render: (all: Schemas["Agreement"][]) => <Agreements all={all} /> },
              { title: t("common.status"), dataIndex: "state", render: (one: Proposal["state"]) => <ProposalTag state={one} /> },
              { title: t("proposals.found"), dataIndex: "found_at", render: (at: string) => <Time at={at} /> },
              { title: "", key: "do", align: "right", render: (_, { id }) => <Link to={`/members/proposals/${id}`}>{t("proposals.open")}</Link> },
            ]}
          />
        )}
        {asked.hasNextPage && (
          <div className="table-foot">
            <Button onClick={() => void asked.fetchNextPage()} loading={asked.isFetchingNextPage}>{t("common.loadMore")}</Button>
          </div>
        )}
      </Section>
      <SearchDrawer open={isAsking} onClose={() => setAsking(false)} />
    </Page>
  );
}

export function ProposalTag({ state }: { state: Proposal["state"] }) {
  const { t } = useTranslation();
  return <Tag tone={TONES[state]}>{t(`proposals.state.${state}`)}</Tag>;
}

/** A probability: what is almost certain is not rounded to certainty. */
export function chance(value: number): string {
  return `${(Math.floor(value * 1000) / 10).toFixed(1)}%`;
}
