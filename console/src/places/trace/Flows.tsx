// Who got how much from whom: a map by province, and the flows behind each of its numbers.

import { Segmented, Skeleton } from "antd";
import { useTranslation } from "react-i18next";
import { Link, useSearchParams } from "react-router";

import { wordText } from "../../app/i18n";
import { DataTable, type Column } from "../../shared/DataTable";
import { ErrorPanel } from "../../shared/ErrorPanel";
import { number } from "../../shared/format";
import { MomentRange } from "../../shared/MomentRange";
import { Nothing } from "../../shared/Nothing";
import { NumberCard } from "../../shared/NumberCard";
import { OrganisationLink, useOrganisationName } from "../../shared/Organisation";
import { Page, Section } from "../../shared/Page";
import { ProvinceTiles } from "../../shared/ProvinceTiles";
import { useUrl } from "../../shared/useUrl";
import { BatchChoice, ProductChoice } from "./filters";
import { behind, DAYS, NOWHERE, provinceOf, useFlowFilter, useFlows, type Asked, type Flow, type Side } from "./flows";
import "./trace.css";

const SIDES: Side[] = ["received", "sent"];

export default function Flows() {
  const { t } = useTranslation();
  const [params] = useSearchParams();
  const [side, setSide] = useUrl("side", "received");
  const [province] = useUrl("province");
  const [asked, setAsked] = useFlowFilter();
  const flows = useFlows(asked);
  const isOpen = !params.get("from") && !params.get("until");
  return (
    <Page title={t("flows.title")} lead={t("flows.lead")}>
      <Section>
        <div className="flow-filters">
          <MomentRange from={isOpen ? undefined : asked.from} until={asked.until} onChange={setAsked} />
          <ProductChoice value={asked.product} onChange={(product) => setAsked({ product })} />
          <BatchChoice value={asked.batch} onChange={(batch) => setAsked({ batch })} />
          {isOpen && <span className="muted small">{t("flows.lastDays", { count: DAYS })}</span>}
        </div>
      </Section>
      {flows.error && <ErrorPanel error={flows.error} retry={() => void flows.refetch()} />}
      {flows.isPending && <Skeleton active paragraph={{ rows: 8 }} />}
      {flows.data?.flows.length === 0 && (
        <Section>
          <Nothing title={t("flows.none")} hint={t("flows.noneHint")} />
        </Section>
      )}
      {flows.data && flows.data.flows.length > 0 && (
        <>
          <Sums flows={flows.data.flows} />
          <div className="flow-grid">
            <Section
              title={t(`flows.map.${side as Side}`)} hint={t("flows.mapHint")}
              extra={<Segmented aria-label={t("flows.side")} value={side} onChange={setSide} options={SIDES.map((value) => ({ value, label: t(`flows.side.${value}`) }))} />}
            >
              <Provinces flows={flows.data.flows} side={side as Side} province={province} />
            </Section>
            <Behind flows={flows.data.flows} asked={asked} side={side as Side} province={province} />
          </div>
        </>
      )}
    </Page>
  );
}

function Sums({ flows }: { flows: Flow[] }) {
  const { t } = useTranslation();
  const items = flows.reduce((sum, flow) => sum + flow.items, 0);
  const first = flows.filter(({ sender }) => !sender).reduce((sum, flow) => sum + flow.items, 0);
  return (
    <div className="numbers" data-testid="flows">
      <NumberCard label={t("flows.items")} value={number(items)} note={t("flows.itemsHint")} />
      <NumberCard label={t("flows.first")} value={number(first)} note={t("flows.firstHint")} />
      <NumberCard label={t("flows.between")} value={number(items - first)} note={t("flows.betweenHint")} />
      <NumberCard label={t("flows.receivers")} value={number(new Set(flows.map(({ receiver }) => receiver)).size)} />
    </div>
  );
}

/** Sums by province; what has none is told beside the map, so that all of them add up. */
function sumsOf(flows: Flow[], side: Side): Map<string, number> {
  const sums = new Map<string, number>();
  for (const flow of flows) {
    if (side === "sent" && !flow.sender) continue;
    const province = provinceOf(flow, side);
    sums.set(province, (sums.get(province) ?? 0) + flow.items);
  }
  return sums;
}

function Provinces({ flows, side, province }: { flows: Flow[]; side: Side; province: string }) {
  const { t } = useTranslation();
  const [params] = useSearchParams();
  const sums = sumsOf(flows, side);
  const nowhere = sums.get(NOWHERE) ?? 0;
  const fromBrand = side === "sent" ? flows.filter(({ sender }) => !sender).reduce((sum, flow) => sum + flow.items, 0) : 0;
  sums.delete(NOWHERE);
  // A tile that is chosen is let go by the same tile.
  const to = (code: string) => {
    const next = new URLSearchParams(params);
    if (code === province) next.delete("province");
    else next.set("province", code);
    return { search: `?${next.toString()}` };
  };
  return (
    <>
      <ProvinceTiles counts={sums} to={to} chosen={province} />
      <ul className="flow-beside">
        {nowhere > 0 && <li><Link to={to(NOWHERE)} aria-current={province === NOWHERE ? "true" : undefined}>{t("flows.nowhere", { number: number(nowhere) })}</Link></li>}
        {fromBrand > 0 && <li className="muted">{t("flows.fromBrand", { number: number(fromBrand) })}</li>}
      </ul>
    </>
  );
}

/** The flows that the numbers of the map are the sums of. */
function Behind({ flows, asked, side, province }: { flows: Flow[]; asked: Asked; side: Side; province: string }) {
  const { t } = useTranslation();
  const nameOf = useOrganisationName();
  const fits = (flow: Flow) => province === "" || (provinceOf(flow, side) === province && (side === "received" || flow.sender != null));
  const shown = flows.filter(fits);
  const name = (id: string | null | undefined) => (id ? (nameOf(id) ?? id) : t("holders.brand"));
  const place = (flow: Flow, of: Side) => {
    const code = provinceOf(flow, of);
    return code === NOWHERE ? "–" : wordText("provinceShort", code);
  };
  const columns: Column<Flow>[] = [
    { key: "flow", title: t("flows.flow"), plain: (flow) => `${name(flow.sender)} → ${name(flow.receiver)}`, show: (flow) => <Parties flow={flow} place={place} /> },
    { key: "items", title: t("flows.items"), number: true, plain: ({ items }) => items, show: (flow) => <Link to={behind(asked, flow)} aria-label={t("flows.open", { from: name(flow.sender), to: name(flow.receiver), number: number(flow.items) })}>{number(flow.items)}</Link> },
    { key: "shipments", title: t("flows.shipments"), number: true, plain: ({ shipments }) => shipments, show: ({ shipments }) => number(shipments) },
    { key: "sender", title: t("flows.sender"), spare: true, plain: ({ sender }) => name(sender), show: ({ sender }) => name(sender) },
    { key: "senderPlace", title: t("flows.senderPlace"), spare: true, plain: (flow) => place(flow, "sent"), show: (flow) => place(flow, "sent") },
    { key: "receiver", title: t("flows.receiver"), spare: true, plain: ({ receiver }) => name(receiver), show: ({ receiver }) => name(receiver) },
    { key: "receiverPlace", title: t("flows.receiverPlace"), spare: true, plain: (flow) => place(flow, "received"), show: (flow) => place(flow, "received") },
  ];
  const title = province === "" ? t("flows.all") : t(`flows.of.${side}`, { place: province === NOWHERE ? t("flows.noPlace") : wordText("province", province) });
  return (
    <Section title={title} flush>
      <DataTable<Flow>
        name="flows" rows={shown} rowKey={({ sender, receiver }) => `${sender ?? ""} ${receiver}`} columns={columns}
        empty={<Nothing title={t("flows.nothingHere")} />}
      />
    </Section>
  );
}

/** From whom, with the province; to whom, with the province. */
function Parties({ flow, place }: { flow: Flow; place: (flow: Flow, side: Side) => string }) {
  const { t } = useTranslation();
  return (
    <span className="flow-parties">
      <span>{flow.sender ? <OrganisationLink id={flow.sender} /> : t("holders.brand")}</span>
      {flow.sender && <span className="muted small">{place(flow, "sent")}</span>}
      <span className="flow-to"><span aria-hidden>→ </span><OrganisationLink id={flow.receiver} /></span>
      <span className="muted small">{place(flow, "received")}</span>
    </span>
  );
}
