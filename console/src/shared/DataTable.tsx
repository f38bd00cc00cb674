// The table of every list: filters and sorting stand in the address, columns and views are kept in this browser.

import { Button, Input, Popover, Select, Skeleton, Table } from "antd";
import type { ReactNode } from "react";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";

import { ColumnMenu, useColumns, type Column } from "./columns";
import { csvOf } from "./csv";
import { ErrorPanel } from "./ErrorPanel";
import { save } from "./format";
import { SavedViews } from "./SavedViews";
import { useUrl } from "./useUrl";

export type { Column };

export interface Choice<T> {
  key: string;
  title: string;
  options: { value: string; label: string }[];
  fits: (row: T, value: string) => boolean;
}

interface Props<T> {
  /** Under which columns and views are kept. */
  name: string;
  rows: T[] | undefined;
  rowKey: (row: T) => string;
  columns: Column<T>[];
  choices?: Choice<T>[];
  error?: unknown;
  retry?: () => void;
  /** Shown where there is nothing at all. */
  empty: ReactNode;
  more?: ReactNode;
}

const PAGE = 50;

export function DataTable<T extends object>({ name, rows, rowKey, columns, choices = [], error, retry, empty, more }: Props<T>) {
  const { t } = useTranslation();
  const [wanted, setWanted] = useUrl("q");
  const [params, setParams] = useSearchParams();
  const [hidden, setHidden] = useColumns(name, columns);
  const shown = useMemo(() => {
    const words = wanted.toLowerCase();
    return (rows ?? []).filter(
      (row) =>
        choices.every(({ key, fits }) => !params.get(key) || fits(row, params.get(key)!)) &&
        (words === "" || columns.some(({ plain }) => plain && String(plain(row)).toLowerCase().includes(words))),
    );
  }, [rows, wanted, params, choices, columns]);

  if (error) return <div className="section-body"><ErrorPanel error={error} retry={retry} /></div>;
  if (!rows) return <div className="section-body"><Skeleton active paragraph={{ rows: 5 }} /></div>;
  if (rows.length === 0) return <>{empty}</>;

  const visible = columns.filter(({ key }) => !hidden.includes(key));
  const isFiltered = wanted !== "" || choices.some(({ key }) => params.get(key));
  const sorted = params.get("sort");
  return (
    <>
      <div className="table-tools">
        <Input className="grow" allowClear value={wanted} onChange={(event) => setWanted(event.target.value)} placeholder={t("table.filterHint")} aria-label={t("table.filterHint")} />
        {choices.map(({ key, title, options }) => (
          <Select
            key={key} aria-label={title} placeholder={title} allowClear options={options} value={params.get(key)}
            popupMatchSelectWidth={false}
            onChange={(value) => setParams((before) => withParam(before, key, value ?? ""), { replace: true })}
          />
        ))}
        <span className="muted small" role="status">
          {isFiltered ? t("table.countOf", { shown: shown.length, count: rows.length }) : t("table.count", { count: rows.length })}
        </span>
        <div className="end">
          <SavedViews table={name} />
          <Popover trigger="click" placement="bottomRight" content={<ColumnMenu columns={columns} hidden={hidden} setHidden={setHidden} />}>
            <Button type="text">{t("table.columns")}</Button>
          </Popover>
          <Button type="text" onClick={() => save(`${name}.csv`, csvOf(visible.map(({ title }) => title), shown.map((row) => visible.map(({ plain }) => plain?.(row) ?? ""))))}>
            {t("table.csv")}
          </Button>
        </div>
      </div>
      <Table<T>
        size="small"
        rowKey={rowKey}
        dataSource={shown}
        scroll={{ x: "max-content" }}
        pagination={shown.length > PAGE ? { pageSize: PAGE, showSizeChanger: false } : false}
        locale={{ emptyText: t("table.nothingFits") }}
        onChange={(_, __, sorter) => {
          const { columnKey, order } = Array.isArray(sorter) ? (sorter[0] ?? {}) : sorter;
          setParams((before) => withParam(before, "sort", order ? `${order === "descend" ? "-" : ""}${String(columnKey)}` : ""), { replace: true });
        }}
        columns={visible.map(({ key, title, show, plain, number, width }, at) => ({
          key, title, width,
          align: number ? ("right" as const) : ("left" as const),
          // The first names the row: a long name wraps, what follows stays in sight.
          render: (_: unknown, row: T) => (at === 0 ? <span className="cell-first">{show(row)}</span> : show(row)),
          sortOrder: sorted === key ? ("ascend" as const) : sorted === `-${key}` ? ("descend" as const) : null,
          sorter: plain ? (one: T, other: T) => compare(plain(one), plain(other)) : false,
        }))}
      />
      {more && <div className="table-foot">{more}</div>}
    </>
  );
}

function compare(one: string | number, other: string | number): number {
  return typeof one === "number" && typeof other === "number" ? one - other : String(one).localeCompare(String(other));
}

function withParam(before: URLSearchParams, key: string, value: string): URLSearchParams {
  const after = new URLSearchParams(before);
  if (value === "") after.delete(key);
  else after.set(key, value);
  return after;
}
