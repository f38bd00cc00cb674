import { queryOptions, useQuery } from "@tanstack/react-query";
import { Button, Drawer, Table } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { answer, api, type Schemas } from "../../api/client";
import { useMay } from "../../api/permissions";
import { DataTable, type Column } from "../../shared/DataTable";
import { Nothing } from "../../shared/Nothing";
import { Facts, Page, Section } from "../../shared/Page";
import { Tag } from "../../shared/Tag";
import { useUrl } from "../../shared/useUrl";

type Entry = Schemas["EventEntry"];

export const catalogueQuery = queryOptions({
  queryKey: ["catalogue"],
  queryFn: () => answer(api.GET("/v1/catalog")),
  staleTime: Infinity,
});

export default function Catalogue() {
  const { t } = useTranslation();
  const may = useMay();
  const catalogue = useQuery(catalogueQuery);
  const [open, setOpen] = useUrl("event");
  const entry = catalogue.data?.find(({ name }) => name === open);
  const columns: Column<Entry>[] = [
    {
      key: "name", title: t("catalogue.event"), plain: (one) => one.name,
      show: (one) => (
        <Button type="link" size="small" className="cell-link" onClick={() => setOpen(one.name)}>
          <code>{one.name}</code>
        </Button>
      ),
    },
    { key: "meaning", title: t("catalogue.meaning"), plain: (one) => one.description, show: (one) => <span className="wide-text">{one.description}</span> },
    { key: "table", title: t("catalogue.table"), plain: (one) => one.table, show: (one) => <code>{one.table}</code> },
    { key: "owner", title: t("catalogue.owner"), plain: (one) => one.owner, show: (one) => one.owner },
    { key: "version", title: t("catalogue.version"), number: true, plain: (one) => one.version, show: (one) => one.version },
    { key: "fields", title: t("catalogue.fields"), number: true, plain: (one) => one.fields.length, show: (one) => one.fields.length },
  ];
  return (
    <Page title={t("catalogue.title")} lead={t("catalogue.lead")}>
      <Section flush>
        <DataTable<Entry>
          name="catalogue" rows={catalogue.data} rowKey={({ name, version }) => `${name} ${version}`} columns={columns}
          error={catalogue.error} retry={() => void catalogue.refetch()} empty={<Nothing title={t("catalogue.none")} />}
        />
      </Section>
      <Drawer open={entry !== undefined} onClose={() => setOpen("")} size={Math.min(760, window.innerWidth)} title={<code>{entry?.name}</code>}>
        {entry && (
          <div className="stack">
            <p>{entry.description}</p>
            <Facts
              items={[
                [t("catalogue.table"), <code>{entry.table}</code>],
                [t("catalogue.version"), entry.version],
                [t("catalogue.owner"), entry.owner],
              ]}
            />
            {may("POST /query") && <Link to={`/data/sql?table=${entry.table}`}>{t("catalogue.ask")}</Link>}
            <Table
              size="small" rowKey="name" pagination={false} scroll={{ x: "max-content" }} dataSource={entry.fields}
              columns={[
                { title: t("catalogue.field"), dataIndex: "name", render: (name: string) => <code>{name}</code> },
                { title: t("catalogue.type"), dataIndex: "type", render: (type: string, { prefix, unit }) => `${type}${prefix ? ` ${prefix}_` : ""}${unit ? ` (${unit})` : ""}` },
                { title: t("catalogue.nullable"), dataIndex: "nullable", render: (yes: boolean) => (yes ? t("common.yes") : t("common.no")) },
                {
                  title: t("catalogue.personal"), dataIndex: "personal",
                  render: (personal: Schemas["Personal"]) => (personal === "none" ? <span className="muted">{t("catalogue.personal.none")}</span> : <Tag tone="warn">{t(`catalogue.personal.${personal}`)}</Tag>),
                },
                { title: t("catalogue.meaning"), dataIndex: "meaning", render: (meaning: string, { words }) => <span className="wide-text">{meaning}{words ? ` (${words.join(", ")})` : ""}</span> },
              ]}
            />
          </div>
        )}
      </Drawer>
    </Page>
  );
}
