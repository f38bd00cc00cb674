import { CloseOutlined } from "@ant-design/icons";
import { Button, Input, Popover } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";

interface View {
  name: string;
  search: string;
}

/** Filters and sorting under a name, kept in this browser. */
export function SavedViews({ table }: { table: string }) {
  const { t } = useTranslation();
  const stored = `tallymark.views.${table}`;
  const [params, setParams] = useSearchParams();
  const [views, setViews] = useState<View[]>(() => JSON.parse(localStorage.getItem(stored) ?? "[]") as View[]);
  const [name, setName] = useState("");
  const keep = (kept: View[]) => {
    localStorage.setItem(stored, JSON.stringify(kept));
    setViews(kept);
  };
  const content = (
    <div className="columns-menu">
      {views.length === 0 && <span className="muted">{t("table.noViews")}</span>}
      {views.map((view) => (
        <div className="row between" key={view.name}>
          <Button type="link" size="small" onClick={() => setParams(new URLSearchParams(view.search))}>
            {view.name}
          </Button>
          <Button
            type="text" size="small" icon={<CloseOutlined />} aria-label={t("table.removeView", { name: view.name })}
            onClick={() => keep(views.filter((one) => one.name !== view.name))}
          />
        </div>
      ))}
      <form
        className="row"
        onSubmit={(event) => {
          event.preventDefault();
          const given = name.trim();
          if (given === "") return;
          keep([...views.filter((one) => one.name !== given), { name: given, search: params.toString() }]);
          setName("");
        }}
      >
        <Input size="small" value={name} onChange={(event) => setName(event.target.value)} aria-label={t("table.viewName")} placeholder={t("table.viewName")} />
        <Button size="small" htmlType="submit">
          {t("table.saveView")}
        </Button>
      </form>
    </div>
  );
  return (
    <Popover trigger="click" placement="bottomRight" content={content}>
      <Button type="text">{t("table.views")}</Button>
    </Popover>
  );
}
