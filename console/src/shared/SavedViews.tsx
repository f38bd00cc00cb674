// Filters and sorting under a name, kept by the server: one's own wherever one signs in, and those that colleagues share.

import { CloseOutlined, TeamOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Checkbox, Input, Popover } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";

import { answer, api, type Schemas } from "../api/client";
import { ErrorPanel } from "./ErrorPanel";
import { useCommand } from "./useCommand";

type View = Schemas["SavedView"];

/** What stands for a place in the list, and not for what is listed. */
const PLACES = ["after", "before", "page"];

export function SavedViews({ table }: { table: string }) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  return (
    <Popover trigger="click" placement="bottomRight" open={isOpen} onOpenChange={setOpen} content={<Views table={table} />} destroyOnHidden>
      <Button type="text">{t("table.views")}</Button>
    </Popover>
  );
}

function Views({ table }: { table: string }) {
  const { t } = useTranslation();
  const [params, setParams] = useSearchParams();
  const [name, setName] = useState("");
  const [isShared, setShared] = useState(false);
  const key = ["views", table];
  const asked = useQuery({ queryKey: key, queryFn: () => answer(api.GET("/v1/views", { params: { query: { list: table } } })) });
  const save = useCommand({
    run: (view: Schemas["NewView"]) => answer(api.PUT("/v1/views", { body: view })), changes: [key], tells: true, then: () => setName(""),
  });
  const remove = useCommand({ run: (id: string) => answer(api.DELETE("/v1/views/{id}", { params: { path: { id } } })), changes: [key], tells: true });
  useEffect(() => void brought(table).then((count) => { if (count > 0) void asked.refetch(); }), [table]);
  const views = asked.data ?? [];
  const keep = () => {
    const given = name.trim();
    if (given === "") return;
    const search = new URLSearchParams(params);
    for (const place of PLACES) search.delete(place);
    save.mutate({ list: table, name: given, search: search.toString(), shared: isShared });
  };
  return (
    <div className="columns-menu views-menu">
      {asked.error && <ErrorPanel error={asked.error} retry={() => void asked.refetch()} />}
      {asked.data && views.length === 0 && <span className="muted">{t("table.noViews")}</span>}
      {views.map((view) => <One key={view.id} view={view} open={() => setParams(new URLSearchParams(view.search))} remove={() => remove.mutate(view.id)} />)}
      <form className="stack tight" onSubmit={(event) => { event.preventDefault(); keep(); }}>
        <div className="row">
          <Input size="small" maxLength={60} value={name} onChange={(event) => setName(event.target.value)} aria-label={t("table.viewName")} placeholder={t("table.viewName")} />
          <Button size="small" htmlType="submit" loading={save.isPending}>
            {t("table.saveView")}
          </Button>
        </div>
        <Checkbox checked={isShared} onChange={(event) => setShared(event.target.checked)}>{t("table.shareView")}</Checkbox>
      </form>
    </div>
  );
}

function One({ view, open, remove }: { view: View; open: () => void; remove: () => void }) {
  const { t } = useTranslation();
  return (
    <div className="row between">
      <Button type="link" size="small" className="view-name" onClick={open}>
        {view.shared && <TeamOutlined aria-label={t("table.sharedView")} />}
        <span className="view-text">{view.name}</span>
      </Button>
      {view.own && <Button type="text" size="small" icon={<CloseOutlined />} aria-label={t("table.removeView", { name: view.name })} onClick={remove} />}
    </div>
  );
}

/** Brings the views of this browser, where they were kept before, to the server; gives how many. What fails stays for the next time. */
async function brought(table: string): Promise<number> {
  const stored = `tallymark.views.${table}`;
  const kept = JSON.parse(localStorage.getItem(stored) ?? "[]") as { name: string; search: string }[];
  for (const { name, search } of kept) {
    try {
      await api.PUT("/v1/views", { body: { list: table, name, search, shared: false } });
    } catch {
      return 0;
    }
  }
  localStorage.removeItem(stored);
  return kept.length;
}
