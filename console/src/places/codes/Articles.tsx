// What a brand sells, by the codes that orders name: under which department, category and brand their lines are counted.

import { useInfiniteQuery } from "@tanstack/react-query";
import { Button, Input, Skeleton, Table } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { answer, api, type Schemas } from "../../api/client";
import { useMay } from "../../api/permissions";
import { ErrorPanel } from "../../shared/ErrorPanel";
import { useFilter } from "../../shared/LongList";
import { Nothing } from "../../shared/Nothing";
import { Page, Section } from "../../shared/Page";
import { newImport } from "../imports/kinds";

const PAGE = 50;

export default function Articles() {
  const { t } = useTranslation();
  const may = useMay();
  const [filter, setFilter] = useFilter(["search", "department", "brand"]);
  const asked = useInfiniteQuery({
    queryKey: ["articles", filter],
    queryFn: ({ pageParam }) => answer(api.GET("/v1/articles", { params: { query: { ...filter, limit: PAGE, after: pageParam } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
    placeholderData: (before) => before,
  });
  const items = asked.data?.pages.flatMap((page) => page.items) ?? [];
  const isNarrowed = Object.values(filter).some(Boolean);
  const begin = may("POST /imports/articles") && <Link to={newImport("articles")}><Button type="primary" tabIndex={-1}>{t("imports.new.articles")}</Button></Link>;
  const narrowing = (field: "department" | "brand") => (value: string | null | undefined) =>
    value ? <Button type="link" size="small" className="cell-link" aria-label={t("articles.only", { field: t(`articles.${field}`), value })} onClick={() => setFilter({ [field]: value })}>{value}</Button> : <span className="muted">–</span>;
  return (
    <Page title={t("articles.title")} lead={t("articles.lead")} actions={begin}>
      <Section flush>
        {(items.length > 0 || isNarrowed) && (
          <div className="table-tools">
            <Input.Search
              className="grow" key={filter.search} allowClear defaultValue={filter.search} maxLength={100} placeholder={t("articles.search")} aria-label={t("articles.search")}
              onSearch={(search) => setFilter({ search: search.trim() })}
            />
            {(["department", "brand"] as const).map((field) => filter[field] && (
              <Button key={field} onClick={() => setFilter({ [field]: undefined })}>{t(`articles.${field}`)}: {filter[field]} ×</Button>
            ))}
          </div>
        )}
        {asked.error && <div className="section-body"><ErrorPanel error={asked.error} retry={() => void asked.refetch()} /></div>}
        {asked.isPending && <div className="section-body"><Skeleton active paragraph={{ rows: 6 }} /></div>}
        {asked.data && items.length === 0 && !isNarrowed && <Nothing title={t("articles.none")} hint={t("articles.noneHint")} action={begin} />}
        {asked.data && (items.length > 0 || isNarrowed) && (
          <Table<Schemas["Article"]>
            size="small" rowKey="code" pagination={false} scroll={{ x: "max-content" }} dataSource={items} loading={asked.isPlaceholderData} locale={{ emptyText: t("table.nothingFits") }}
            columns={[
              { title: t("articles.code"), dataIndex: "code", render: (code: string) => <code>{code}</code> },
              { title: t("articles.name"), dataIndex: "name", render: (name: string | null) => <span className="wide-text">{name ?? <span className="muted">–</span>}</span> },
              { title: t("articles.department"), dataIndex: "department", render: narrowing("department") },
              { title: t("articles.category"), dataIndex: "category", render: (category: string | null) => category ?? <span className="muted">–</span> },
              { title: t("articles.brand"), dataIndex: "brand", render: narrowing("brand") },
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
