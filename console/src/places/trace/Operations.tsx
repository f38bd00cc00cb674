// Everything that was done with goods, the latest first.

import { Button } from "antd";
import { useTranslation } from "react-i18next";

import { answer, api, type Schemas } from "../../api/client";
import type { Column } from "../../shared/columns";
import { Id, number, Time, time } from "../../shared/format";
import { LongList, useFilter } from "../../shared/LongList";
import { MomentRange } from "../../shared/MomentRange";
import { Nothing } from "../../shared/Nothing";
import { OrganisationLink } from "../../shared/Organisation";
import { Page, Section } from "../../shared/Page";
import { useUrl } from "../../shared/useUrl";
import { OperationDrawer } from "../codes/Operation";
import { KINDS } from "../codes/operations";
import { RecordOperation } from "../codes/RecordOperation";
import { UnitLink } from "../codes/units";
import { BatchChoice, Choice, OrganisationChoice } from "./filters";
import { Lot } from "./Lot";

type Line = Schemas["Listed_OperationLine"]["items"][number];

export default function Operations() {
  const { t } = useTranslation();
  const [shown, setShown] = useUrl("operation");
  const [filter, setFilter] = useFilter(["from", "until", "kind", "organisation", "batch"]);
  const columns: Column<Line>[] = [
    { key: "at", title: t("common.at"), file: ["at"], show: ({ at, id }) => <Button type="link" size="small" className="cell-link" aria-label={`${time(at)} ${t("trace.operation")} ${id}`} onClick={() => setShown(id)}><Time at={at} /></Button> },
    { key: "kind", title: t("trace.operationKind"), file: ["kind"], show: ({ kind }) => t(`operation.kind.${kind}`) },
    { key: "organisation", title: t("trace.with"), file: ["organisation_code", "organisation_name"], show: ({ organisation }) => (organisation ? <span className="wide-text"><OrganisationLink id={organisation} /></span> : <span className="muted">–</span>) },
    { key: "lot", title: t("batches.lot"), file: ["lot"], show: ({ unit }) => (unit ? <Lot batch={unit.batch} /> : "–") },
    {
      key: "goods", title: t("trace.operationCodes"), file: ["level", "first", "last", "units"],
      show: ({ unit, units }) => (unit ? <span className="row nowrap"><UnitLink unit={unit} />{units > 1 && <span className="muted">{t("operation.more", { count: units - 1 })}</span>}</span> : "–"),
    },
    { key: "items", title: t("trace.operationItems"), number: true, file: ["items"], show: ({ items }) => number(items) },
    { key: "id", title: t("common.id"), spare: true, file: ["operation"], show: ({ id }) => <Id value={id} /> },
  ];
  return (
    <Page title={t("operations.title")} lead={t("operations.lead")} actions={<RecordOperation code="" />}>
      <Section flush>
        <LongList<Line>
          name="operations" filter={filter} columns={columns} rowKey={({ id }) => id}
          ask={(page) => answer(api.GET("/v1/operations", { params: { query: { ...page, ...(filter as { kind?: Line["kind"] }) } } }))}
          empty={<Nothing title={t("operations.none")} hint={t("operations.noneHint")} />}
          filters={
            <>
              <MomentRange from={filter.from} until={filter.until} onChange={setFilter} />
              <Choice title={t("trace.operationKind")} value={filter.kind} options={KINDS.map((value) => ({ value, label: t(`operation.kind.${value}`) }))} onChange={(kind) => setFilter({ kind })} />
              <OrganisationChoice title={t("trace.with")} value={filter.organisation} onChange={(organisation) => setFilter({ organisation })} />
              <BatchChoice value={filter.batch} onChange={(batch) => setFilter({ batch })} />
            </>
          }
        />
      </Section>
      <OperationDrawer id={shown} onClose={() => setShown("")} />
    </Page>
  );
}
