// Where the GS1 keys that stand on goods lead: to pages about the product, its lots, or anything else with a key.

import { useQuery } from "@tanstack/react-query";
import { App, Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { answer, api } from "../../api/client";
import { useMay } from "../../api/permissions";
import { linksQuery, productsQuery } from "../../api/queries";
import { DataTable, type Choice, type Column } from "../../shared/DataTable";
import { gtinText, joined, Time } from "../../shared/format";
import { Nothing } from "../../shared/Nothing";
import { Page, Section } from "../../shared/Page";
import { Tag } from "../../shared/Tag";
import { useCommand } from "../../shared/useCommand";
import { LinkForm } from "./LinkForm";
import { isType, keyOf, termOf, type One } from "./links";
import { Resolves } from "./Resolves";

export default function Links() {
  const { t } = useTranslation();
  const may = useMay();
  const { modal } = App.useApp();
  const [edited, setEdited] = useState<One | "new" | null>(null);
  const [shown, setShown] = useState("");
  const links = useQuery(linksQuery);
  const products = useQuery({ ...productsQuery, enabled: may("GET /products") });
  const remove = useCommand({
    run: (id: string) => answer(api.DELETE("/v1/links/{id}", { params: { path: { id } } })),
    done: t("links.removed"), changes: [["links"], ["resolved"]], tells: true,
  });
  const nameOf = (anchor: string) => {
    const { gtin } = keyOf(anchor);
    return products.data?.find((one) => one.gtin === gtin)?.name ?? (gtin ? gtinText(gtin) : anchor);
  };
  const typeText = (uri: string) => {
    const term = termOf(uri);
    return isType(term) ? t(`links.type.${term}`) : term;
  };
  const ask = (one: One) =>
    void modal.confirm({
      title: t("links.removeTitle", { title: one.title }), content: t("links.removeLead"), okText: t("links.remove"), cancelText: t("common.cancel"),
      okButtonProps: { danger: true }, onOk: () => remove.mutate(one.id),
    });
  const button = may("POST /links") && <Button type="primary" onClick={() => setEdited("new")}>{t("links.add")}</Button>;
  const columns: Column<One>[] = [
    { key: "about", title: t("links.about"), plain: ({ anchor }) => `${nameOf(anchor)} ${anchor}`, show: ({ anchor }) => <About anchor={anchor} name={nameOf(anchor)} /> },
    { key: "type", title: t("links.linkType"), plain: ({ link_type }) => typeText(link_type), show: ({ link_type }) => <span className="wide-text">{typeText(link_type)}</span> },
    { key: "title", title: t("links.title.of"), plain: ({ title }) => title, show: ({ title, target }) => <span className="links-about"><a href={target} target="_blank" rel="noreferrer">{title}</a><span className="muted small links-target">{target}</span></span> },
    { key: "target", title: t("links.target"), spare: true, plain: ({ target }) => target, show: ({ target }) => <span className="links-target">{target}</span> },
    { key: "languages", title: t("links.languages"), plain: ({ languages }) => joined(languages), show: ({ languages }) => (languages.length > 0 ? joined(languages) : <span className="muted">–</span>) },
    { key: "default", title: t("links.default"), plain: ({ default_use }) => t(`links.default.${default_use}`), show: ({ default_use }) => (default_use === "no" ? <span className="muted">–</span> : <Tag tone={default_use === "default" ? "good" : "info"}>{t(`links.default.${default_use}`)}</Tag>) },
    { key: "changed", title: t("links.changed"), spare: true, plain: ({ changed_at }) => changed_at, show: ({ changed_at }) => <Time at={changed_at} /> },
    {
      key: "actions", title: t("common.actions"),
      show: (one) => (
        <span className="row nowrap">
          <Button type="link" size="small" className="cell-link" aria-label={`${t("links.resolve")} ${one.title}`} onClick={() => setShown(one.anchor)}>{t("links.resolve")}</Button>
          {may("PUT /links/{id}") && <Button type="link" size="small" className="cell-link" aria-label={`${t("links.edit")} ${one.title}`} onClick={() => setEdited(one)}>{t("links.edit")}</Button>}
          {may("DELETE /links/{id}") && <Button type="link" danger size="small" className="cell-link" aria-label={`${t("links.remove")} ${one.title}`} onClick={() => ask(one)}>{t("links.remove")}</Button>}
        </span>
      ),
    },
  ];
  const defaults: Choice<One> = {
    key: "default", title: t("links.default"), options: (["default", "by_request", "no"] as const).map((value) => ({ value, label: t(`links.default.${value}`) })), fits: ({ default_use }, value) => default_use === value,
  };
  return (
    <Page title={t("links.title")} lead={t("links.lead")} actions={button}>
      <Section flush>
        <DataTable<One>
          name="links" rows={links.data} rowKey={({ id }) => id} columns={columns} choices={[defaults]} error={links.error} retry={() => void links.refetch()}
          empty={<Nothing title={t("links.none")} hint={t("links.noneHint")} action={button} />}
        />
      </Section>
      {edited && <LinkForm link={edited === "new" ? null : edited} products={products.data ?? []} onClose={() => setEdited(null)} />}
      <Resolves anchor={shown} nameOf={nameOf} typeText={typeText} onClose={() => setShown("")} />
    </Page>
  );
}

function About({ anchor, name }: { anchor: string; name: string }) {
  const { t } = useTranslation();
  const may = useMay();
  const { gtin, lot, serial } = keyOf(anchor);
  return (
    <span className="links-about">
      {gtin && may("GET /products") ? <Link to={`/codes/products?q=${gtinText(gtin)}`}>{name}</Link> : name}
      {lot && <span className="muted">{t("batches.lot")} {lot}</span>}
      {serial && <span className="muted">{t("lookup.serial")} {serial}</span>}
    </span>
  );
}
