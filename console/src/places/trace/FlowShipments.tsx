// The shipments that a flow is the sum of.

import { Button } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { answer, api, type Schemas } from "../../api/client";
import type { Column } from "../../shared/columns";
import { Id, number, Time, time } from "../../shared/format";
import { LongList } from "../../shared/LongList";
import { MomentRange } from "../../shared/MomentRange";
import { Nothing } from "../../shared/Nothing";
import { OrganisationLink } from "../../shared/Organisation";
import { Page, Section } from "../../shared/Page";
import { useUrl } from "../../shared/useUrl";
import { OperationDrawer } from "../codes/Operation";
import { BatchChoice, OrganisationChoice, ProductChoice } from "./filters";
import { useFlowFilter } from "./flows";
import { Lot } from "./Lot";

type Line = Schemas["Listed_FlowShipment"]["items"][number];

export default function FlowShipments() {
  const { t } = useTranslation();
  const [shown, setShown] = useUrl("operation");
  const [asked, setAsked] = useFlowFilter();
  const columns: Column<Line>[] = [
    { key: "at", title: t("common.at"), file: ["at"], show: ({ at, operation }) => <Button type="link" size="small" className="cell-link" aria-label={`${time(at)} ${t("trace.operation")} ${operation}`} onClick={() => setShown(operation)}><Time at={at} /></Button> },
    { key: "sender", title: t("flows.sender"), file: ["sender_code", "sender_name"], show: ({ parts }) => <Each values={parts.map(({ sender }) => sender ?? "")} show={(sender) => (sender ? <OrganisationLink id={sender} /> : t("holders.brand"))} /> },
    { key: "receiver", title: t("flows.receiver"), file: ["receiver_code", "receiver_name"], show: ({ receiver }) => <span className="wide-text"><OrganisationLink id={receiver} /></span> },
    { key: "lot", title: t("batches.lot"), file: ["sku", "product_name", "lot"], show: ({ parts }) => <Each values={parts.map(({ batch }) => batch)} show={(batch) => <Lot batch={batch} />} /> },
    { key: "items", title: t("flows.items"), number: true, file: ["items"], show: ({ items }) => number(items) },
    { key: "id", title: t("common.id"), spare: true, file: ["operation"], show: ({ operation }) => <Id value={operation} /> },
  ];
  return (
    <Page title={t("flows.shipmentsTitle")} lead={t("flows.shipmentsLead")} up={["/trace/flows", t("flows.title")]}>
      <Section flush>
        <LongList<Line>
          name="flow_shipments" filter={asked} columns={columns} rowKey={({ operation }) => operation}
          ask={(page) => answer(api.GET("/v1/flows/shipments", { params: { query: { ...page, ...asked } } }))}
          empty={<Nothing title={t("flows.none")} hint={t("flows.noneHint")} />}
          filters={
            <>
              <MomentRange from={asked.from} until={asked.until} onChange={setAsked} />
              <OrganisationChoice title={t("flows.sender")} value={asked.sender === "brand" ? undefined : asked.sender} onChange={(sender) => setAsked({ sender })} />
              <OrganisationChoice title={t("flows.receiver")} value={asked.receiver} onChange={(receiver) => setAsked({ receiver })} />
              <ProductChoice value={asked.product} onChange={(product) => setAsked({ product })} />
              <BatchChoice value={asked.batch} onChange={(batch) => setAsked({ batch })} />
            </>
          }
        />
      </Section>
      <OperationDrawer id={shown} onClose={() => setShown("")} />
    </Page>
  );
}

/** Each of some values once. */
function Each({ values, show }: { values: string[]; show: (value: string) => ReactNode }) {
  return (
    <ul className="flow-each">
      {[...new Set(values)].map((value) => <li key={value}>{show(value)}</li>)}
    </ul>
  );
}
