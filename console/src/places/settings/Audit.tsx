import { useInfiniteQuery } from "@tanstack/react-query";
import { Button, DatePicker, Input, Skeleton, Table } from "antd";
import dayjs from "dayjs";
import { useTranslation } from "react-i18next";

import { answer, api, type Schemas } from "../../api/client";
import { Actor } from "../../shared/actors";
import { ErrorPanel } from "../../shared/ErrorPanel";
import { Id, Time } from "../../shared/format";
import { Nothing } from "../../shared/Nothing";
import { Facts, Page, Section } from "../../shared/Page";
import { useUrl } from "../../shared/useUrl";
import "../data/data.css";

type Entry = Schemas["AuditEntry"];

const PAGE = 50;

export default function Audit() {
  const { t } = useTranslation();
  const [object, setObject] = useUrl("object");
  const [actor, setActor] = useUrl("actor");
  const [action, setAction] = useUrl("action");
  const [from, setFrom] = useUrl("from");
  const [until, setUntil] = useUrl("until");
  const filters = { object: object || undefined, actor: actor || undefined, action: action || undefined, from: from || undefined, until: until || undefined };
  const asked = useInfiniteQuery({
    queryKey: ["audit", filters],
    queryFn: ({ pageParam }) => answer(api.GET("/v1/audit", { params: { query: { ...filters, limit: PAGE, after: pageParam } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
  });
  const items = asked.data?.pages.flatMap((page) => page.items);
  const days = [from ? dayjs(from) : null, until ? dayjs(until) : null] as [dayjs.Dayjs | null, dayjs.Dayjs | null];
  return (
    <Page title={t("audit.title")} lead={t("audit.lead")}>
      <Section>
        <div className="filters">
          {([["action", action, setAction], ["object", object, setObject], ["actor", actor, setActor]] as const).map(([name, value, set]) => (
            <label key={name}>
              <span>{t(`audit.${name}`)}</span>
              <Input.Search key={value} defaultValue={value} allowClear enterButton={false} onSearch={(text) => set(text.trim())} onBlur={({ target }) => set(target.value.trim())} />
            </label>
          ))}
          <label>
            <span>
              {t("audit.from")} – {t("audit.until")}
            </span>
            <DatePicker.RangePicker
              allowEmpty={[true, true]} value={days}
              onChange={(chosen) => {
                setFrom(chosen?.[0]?.startOf("day").toISOString() ?? "");
                setUntil(chosen?.[1]?.endOf("day").toISOString() ?? "");
              }}
            />
          </label>
        </div>
      </Section>
      <Section flush>
        {asked.error && <div className="section-body"><ErrorPanel error={asked.error} retry={() => void asked.refetch()} /></div>}
        {asked.isPending && <div className="section-body"><Skeleton active paragraph={{ rows: 8 }} /></div>}
        {items?.length === 0 && <Nothing title={t("audit.none")} hint={t("audit.noneHint")} />}
        {items && items.length > 0 && (
          <Table<Entry>
            size="small" rowKey="id" pagination={false} scroll={{ x: "max-content" }} dataSource={items}
            expandable={{ expandedRowRender: (entry) => <Detail entry={entry} /> }}
            columns={[
              { title: t("common.at"), dataIndex: "at", render: (at: string) => <Time at={at} /> },
              { title: t("common.by"), dataIndex: "actor", render: (id: string) => <Actor id={id} /> },
              { title: t("audit.action"), dataIndex: "action", render: (name: string) => <code>{name}</code> },
              { title: t("audit.object"), dataIndex: "object", render: (id: string) => <code>{id}</code> },
            ]}
          />
        )}
        {asked.hasNextPage && (
          <div className="table-foot">
            <Button onClick={() => void asked.fetchNextPage()} loading={asked.isFetchingNextPage}>
              {t("common.loadMore")}
            </Button>
          </div>
        )}
      </Section>
    </Page>
  );
}

function Detail({ entry }: { entry: Entry }) {
  const { t } = useTranslation();
  const side = (title: string, value: unknown) =>
    value == null ? null : (
      <div>
        <p className="muted small">{title}</p>
        <pre className="pre">{JSON.stringify(value, null, 2)}</pre>
      </div>
    );
  return (
    <div className="stack tight">
      <div className="audit-diff">
        {side(t("audit.before"), entry.before)}
        {side(t("audit.after"), entry.after)}
      </div>
      <Facts items={[[t("common.id"), <Id value={entry.id} />], [t("audit.request"), entry.request ? <Id value={entry.request} /> : "–"]]} />
    </div>
  );
}
