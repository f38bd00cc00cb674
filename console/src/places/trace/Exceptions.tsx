// Goods that arrived where they should not have, the latest first.

import { Button } from "antd";
import { useTranslation } from "react-i18next";

import { answer, api, type Schemas } from "../../api/client";
import { useMay } from "../../api/permissions";
import type { Column } from "../../shared/columns";
import { Id, number, Time } from "../../shared/format";
import { LongList, useFilter } from "../../shared/LongList";
import { MomentRange } from "../../shared/MomentRange";
import { Nothing } from "../../shared/Nothing";
import { OrganisationLink } from "../../shared/Organisation";
import { Page, Section } from "../../shared/Page";
import { Tag } from "../../shared/Tag";
import { useUrl } from "../../shared/useUrl";
import { OperationDrawer } from "../codes/Operation";
import { UnitLink } from "../codes/units";
import { Choice, OrganisationChoice } from "./filters";
import { Lot } from "./Lot";

type Line = Schemas["Listed_ExceptionLine"]["items"][number];

const KINDS: Line["kind"][] = ["not_shipped", "shipped_to_other", "received_twice", "sold_before", "destroyed_before"];

export default function Exceptions() {
  const { t } = useTranslation();
  const may = useMay();
  const [shown, setShown] = useUrl("operation");
  const [filter, setFilter] = useFilter(["from", "until", "kind", "organisation"]);
  const opens = may("GET /operations/{id}");
  const columns: Column<Line>[] = [
    { key: "at", title: t("common.at"), file: ["at"], show: ({ at }) => <Time at={at} /> },
    { key: "kind", title: t("exceptions.what"), file: ["kind"], show: ({ kind }) => <Tag tone={["shipped_to_other", "sold_before", "destroyed_before"].includes(kind) ? "bad" : "warn"}>{t(`exceptions.kind.${kind}`)}</Tag> },
    { key: "organisation", title: t("exceptions.arrived"), file: ["organisation_code", "organisation_name"], show: ({ organisation }) => <span className="wide-text"><OrganisationLink id={organisation} /></span> },
    { key: "expected", title: t("exceptions.meant"), file: ["expected_code", "expected_name"], show: ({ expected }) => (expected ? <span className="wide-text"><OrganisationLink id={expected} /></span> : <span className="muted">–</span>) },
    { key: "lot", title: t("batches.lot"), file: ["lot"], show: ({ unit }) => <Lot batch={unit.batch} /> },
    { key: "goods", title: t("exceptions.goods"), file: ["level", "first", "last"], show: ({ unit }) => <Goods unit={unit} /> },
    {
      key: "operation", title: t("trace.operation"), file: ["operation"],
      show: ({ operation }) => (opens ? <Button type="link" size="small" className="cell-link" aria-label={`${t("exceptions.open")} ${t("trace.operation")} ${operation}`} onClick={() => setShown(operation)}>{t("exceptions.open")}</Button> : <Id value={operation} />),
    },
    { key: "id", title: t("common.id"), spare: true, file: ["exception"], show: ({ id }) => <Id value={id} /> },
  ];
  return (
    <Page title={t("exceptions.title")} lead={t("exceptions.lead")}>
      <Section flush>
        <LongList<Line>
          name="exceptions" filter={filter} columns={columns} rowKey={({ id }) => id}
          ask={(page) => answer(api.GET("/v1/exceptions", { params: { query: { ...page, ...(filter as { kind?: Line["kind"] }) } } }))}
          empty={<Nothing title={t("exceptions.none")} hint={t("exceptions.noneHint")} />}
          filters={
            <>
              <MomentRange from={filter.from} until={filter.until} onChange={setFilter} />
              <Choice title={t("exceptions.what")} value={filter.kind} options={KINDS.map((value) => ({ value, label: t(`exceptions.kind.${value}`) }))} onChange={(kind) => setFilter({ kind })} />
              <OrganisationChoice title={t("exceptions.arrived")} value={filter.organisation} onChange={(organisation) => setFilter({ organisation })} />
            </>
          }
        />
      </Section>
      <OperationDrawer id={shown} onClose={() => setShown("")} />
    </Page>
  );
}

/** The first code of a run leads to its chain; of several it is said how many there are. */
function Goods({ unit }: { unit: Schemas["Unit"] }) {
  const { t } = useTranslation();
  const count = unit.last - unit.first + 1;
  return (
    <span className="row nowrap">
      <UnitLink unit={{ ...unit, last: unit.first }} />
      {count > 1 && <span className="muted">{t("exceptions.more", { count: count - 1, shown: number(count - 1) })}</span>}
    </span>
  );
}
