import { useQuery } from "@tanstack/react-query";
import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import "../members.css";

import { answer, api, type Schemas } from "../../../api/client";
import { useMay } from "../../../api/permissions";
import { DataTable, type Column } from "../../../shared/DataTable";
import { number, Time } from "../../../shared/format";
import { Nothing } from "../../../shared/Nothing";
import { Page, Section } from "../../../shared/Page";
import { Tag } from "../../../shared/Tag";
import { DefinitionEditor, type Definition } from "./DefinitionEditor";

type Name = Schemas["EventName"];

export default function Events() {
  const { t } = useTranslation();
  const may = useMay();
  const [draft, setDraft] = useState<Definition | null>(null);
  const names = useQuery({ queryKey: ["event-names"], queryFn: () => answer(api.GET("/v1/intake/names")) });
  const definitions = useQuery({ queryKey: ["event-definitions"], queryFn: () => answer(api.GET("/v1/intake/definitions")) });
  const writes = may("PUT /intake/definitions");

  /** The definition that is next: a first one, or the one that holds with its version raised. */
  const nextOf = (name: string): Definition => {
    const held = definitions.data?.items.find((one) => one.name === name);
    return held ? { ...held, version: held.version + 1 } : { name, version: 1, fields: [] };
  };
  const columns: Column<Name>[] = [
    { key: "name", title: t("intake.name"), plain: (one) => one.name, show: (one) => (one.name ? <strong>{one.name}</strong> : <span className="muted">{t("intake.unnamed")}</span>) },
    { key: "kind", title: t("intake.kind"), plain: (one) => one.kind, show: (one) => <code>{one.kind}</code> },
    { key: "events", title: t("intake.events"), number: true, plain: (one) => one.events, show: (one) => number(one.events) },
    {
      key: "misfits", title: t("intake.misfits"), number: true, plain: (one) => one.misfits,
      show: (one) => (one.misfits > 0 ? <Tag tone="warn">{number(one.misfits)}</Tag> : <span className="muted">0</span>),
    },
    { key: "defined", title: t("intake.defined"), plain: (one) => (one.defined ? t("common.yes") : t("common.no")), show: (one) => (one.defined ? <Tag tone="good">{t("common.yes")}</Tag> : <span className="muted">{t("common.no")}</span>) },
    { key: "first", title: t("intake.first"), spare: true, plain: (one) => one.first_at, show: (one) => <Time at={one.first_at} /> },
    { key: "last", title: t("intake.last"), plain: (one) => one.last_at, show: (one) => <Time at={one.last_at} /> },
    ...(writes
      ? [{
          key: "do", title: t("common.actions"),
          show: (one: Name) =>
            one.kind === "track" && (
              <Button type="link" size="small" onClick={() => setDraft(nextOf(one.name))}>
                {one.defined ? t("intake.raise") : t("intake.define")}
              </Button>
            ),
        }]
      : []),
  ];
  return (
    <Page
      title={t("intake.title")} lead={t("intake.lead")}
      actions={writes && <Button type="primary" onClick={() => setDraft({ name: "", version: 1, fields: [] })}>{t("intake.newDefinition")}</Button>}
    >
      <Section flush>
        <DataTable<Name>
          name="event-names" rows={names.data?.items} rowKey={({ kind, name }) => `${kind} ${name}`} columns={columns}
          error={names.error} retry={() => void names.refetch()}
          empty={<Nothing title={t("intake.none")} hint={t("intake.noneHint")} action={may("POST /api-keys") && <Link to="/settings/keys">{t("intake.makeKey")}</Link>} />}
        />
      </Section>
      <Section title={t("intake.definitions")} hint={t("intake.definitionsHint")}>
        {definitions.data?.items.length === 0 && <span className="muted">{t("intake.noDefinitions")}</span>}
        <dl className="profile">
          {definitions.data?.items.map((one) => (
            <div key={one.name}>
              <dt>
                {one.name} <span className="small">v{one.version}</span>
              </dt>
              <dd className="row">
                {one.fields.map((field) => (
                  <Tag key={field.name} tone={field.personal ? "warn" : "plain"}>
                    {field.name}: {t(`intake.type.${field.type}`)}
                    {field.unit ? ` (${field.unit})` : ""}
                    {field.personal ? ` · ${t("intake.personal")}` : ""}
                  </Tag>
                ))}
              </dd>
            </div>
          ))}
        </dl>
      </Section>
      <DefinitionEditor draft={draft} onClose={() => setDraft(null)} />
    </Page>
  );
}
