// A list that is too long to be read whole: the server filters and counts it and hands out a page, which stands in the
// address together with the filters. What is newest comes first.

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { Button, Popover, Skeleton, Table } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";

import type { Schemas } from "../api/client";
import { ColumnMenu, useColumns, type Column } from "./columns";
import { ErrorPanel } from "./ErrorPanel";
import { ExportMenu } from "./ExportMenu";
import { number } from "./format";
import { SavedViews } from "./SavedViews";

export interface LongPage<T> {
  items: T[];
  next?: string | null;
  previous?: string | null;
  count?: { number: number; exact: boolean } | null;
}

export interface PageAsked {
  limit: number;
  after?: string | undefined;
  before?: string | undefined;
  count: boolean;
}

interface Props<T> {
  /** Under which columns, views and answers are kept, and by which it can be had as a file. */
  name: Exclude<Schemas["ExportList"]["list"], "import_rejects" | "batch_holders" | "report" | "query">;
  /** What the list is narrowed to; another one begins at its first page. */
  filter: Record<string, string | undefined>;
  ask: (page: PageAsked) => Promise<LongPage<T>>;
  rowKey: (row: T) => string;
  columns: Column<T>[];
  /** The fields that narrow it. */
  filters: ReactNode;
  /** Shown where there is nothing, and no filter either. */
  empty: ReactNode;
}

const ROWS = 50;

/** Narrows a list by the address: what follows begins at the first page again. */
export function useFilter(names: string[]): [Record<string, string | undefined>, (changed: Record<string, string | undefined>) => void] {
  const [params, setParams] = useSearchParams();
  const filter = Object.fromEntries(names.map((name) => [name, params.get(name) ?? undefined]));
  const set = (changed: Record<string, string | undefined>) =>
    setParams((before) => {
      const after = new URLSearchParams(before);
      for (const [name, value] of [...Object.entries(changed), ["after", ""], ["before", ""]] as const) {
        if (value) after.set(name, value);
        else after.delete(name);
      }
      return after;
    }, { replace: true });
  return [filter, set];
}

export function LongList<T extends object>({ name, filter, ask, rowKey, columns, filters, empty }: Props<T>) {
  const { t } = useTranslation();
  const [params, setParams] = useSearchParams();
  const [hidden, setHidden] = useColumns(name, columns);
  const [after, before] = [params.get("after") ?? undefined, params.get("before") ?? undefined];
  const asked = useQuery({
    queryKey: [name, filter, after, before],
    queryFn: () => ask({ limit: ROWS, after, before, count: true }),
    placeholderData: keepPreviousData,
  });
  const turn = (to: Record<"after" | "before", string | null | undefined>) =>
    setParams((old) => {
      const params = new URLSearchParams(old);
      for (const [side, value] of Object.entries(to)) {
        if (value) params.set(side, value);
        else params.delete(side);
      }
      return params;
    });
  const { items, next, previous, count } = asked.data ?? {};
  const isNarrowed = Object.values(filter).some(Boolean);
  if (items?.length === 0 && !isNarrowed && !after && !before) return <>{empty}</>;
  const visible = columns.filter(({ key }) => !hidden.includes(key));
  return (
    <>
      <div className="table-tools">
        {filters}
        <span className="muted small" role="status" data-testid="count">
          {count && (count.exact ? t("table.count", { count: count.number }) : t("table.countMore", { count: number(count.number) }))}
        </span>
        <div className="end">
          <SavedViews table={name} />
          <Popover trigger="click" placement="bottomRight" content={<ColumnMenu columns={columns} hidden={hidden} setHidden={setHidden} />}>
            <Button type="text">{t("table.columns")}</Button>
          </Popover>
          <ExportMenu list={{ list: name, filters: filter } as Schemas["ExportList"]} columns={visible.flatMap(({ file }) => file ?? [])} />
        </div>
      </div>
      {asked.error && <div className="section-body"><ErrorPanel error={asked.error} retry={() => void asked.refetch()} /></div>}
      {asked.isPending && <div className="section-body"><Skeleton active paragraph={{ rows: 6 }} /></div>}
      {items && (
        <Table<T>
          size="small" rowKey={rowKey} dataSource={items} pagination={false} scroll={{ x: "max-content" }} loading={asked.isPlaceholderData}
          locale={{ emptyText: t("table.nothingFits") }}
          columns={visible.map(({ key, title, show, number: isNumber, width }, at) => ({
            key, title, width,
            align: isNumber ? ("right" as const) : ("left" as const),
            render: (_: unknown, row: T) => (at === 0 ? <span className="cell-first">{show(row)}</span> : show(row)),
          }))}
        />
      )}
      {(previous || next) && (
        <div className="table-foot row">
          <Button disabled={!previous} onClick={() => turn({ before: previous, after: null })}>{t("table.newer")}</Button>
          <Button disabled={!next} onClick={() => turn({ after: next, before: null })}>{t("table.older")}</Button>
        </div>
      )}
    </>
  );
}
