// A recall: how far it reaches, who still has its goods, who scanned them since, what they read, and its end.

import { useQuery } from "@tanstack/react-query";
import { Button, Skeleton } from "antd";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";

import { language } from "../../app/i18n";
import { answer, api, type Schemas } from "../../api/client";
import { LIVE_MS } from "../../api/queries";
import { useMay } from "../../api/permissions";
import { ConfirmReason } from "../../shared/ConfirmReason";
import { ErrorPanel } from "../../shared/ErrorPanel";
import { Id, number, Time } from "../../shared/format";
import { NumberCard } from "../../shared/NumberCard";
import { Facts, Page, Section } from "../../shared/Page";
import { useCommand } from "../../shared/useCommand";
import { UnitLink } from "../codes/units";
import { HoldersList } from "./HoldersList";
import { Lot } from "./Lot";
import { PhonePreview } from "./PhonePreview";
import { RecallState } from "./Recalls";
import { LANGUAGES, messageOf, type One } from "./recalls";
import "./trace.css";

export default function RecallPage() {
  const { t } = useTranslation();
  const may = useMay();
  const { id = "" } = useParams();
  const asked = useQuery({ queryKey: ["recalls", id], queryFn: () => answer(api.GET("/v1/recalls/{id}", { params: { path: { id } } })) });
  const extent = useQuery({ queryKey: ["recalls", id, "holders"], queryFn: () => answer(api.GET("/v1/recalls/{id}/holders", { params: { path: { id } } })) });
  const recall = asked.data;
  const sum = (counts: (holder: Schemas["RecallHolder"]) => boolean) => (extent.data?.holders ?? []).filter(counts).reduce((all, { items }) => all + items, 0);
  const title = recall ? messageOf(recall.texts, language()) : t("recalls.one");
  return (
    <Page
      name={title} title={recall ? <span className="row">{title} <RecallState lifted={recall.lifted_at != null} /></span> : title}
      up={["/trace/recalls", t("recalls.title")]} actions={recall && recall.lifted_at == null && may("POST /recalls/{id}/lift") && <Lift recall={recall} />}
    >
      {asked.error && <ErrorPanel error={asked.error} retry={() => void asked.refetch()} />}
      {asked.isPending && <Skeleton active paragraph={{ rows: 6 }} />}
      {recall && (
        <>
          <div className="numbers" data-testid="recall">
            <NumberCard label={t("recalls.items")} value={number(recall.items)} />
            <NumberCard label={t("recalls.outside")} loading={extent.isPending} value={number(sum((holder) => holder.organisation != null && holder.gone == null))} note={t("recalls.outsideHint")} />
            {sum(({ gone }) => gone === "sold") > 0 && <NumberCard label={t("recalls.sold")} value={number(sum(({ gone }) => gone === "sold"))} note={t("recalls.soldHint")} />}
            {may("GET /scans") && extent.data && <Scans recall={recall} batches={extent.data.batches} />}
          </div>
          <Section><About recall={recall} /></Section>
          <Section title={t("holders.title")} hint={t("recalls.holdersHint")}>
            {extent.error && <ErrorPanel error={extent.error} retry={() => void extent.refetch()} />}
            {extent.isPending && <Skeleton active />}
            {extent.data && <HoldersList holders={extent.data.holders} items={extent.data.items} />}
          </Section>
          <Section title={t("recalls.says")}>
            <div className="phones">
              {LANGUAGES.map((one) => {
                const text = recall.texts.find(({ language: of }) => of === one);
                return text && <PhonePreview key={one} language={one} message={text.message} instructions={text.instructions} />;
              })}
            </div>
          </Section>
        </>
      )}
    </Page>
  );
}

/** How often goods under recall were scanned since: of its batch, where it is one, and of all batches otherwise. */
function Scans({ recall, batches }: { recall: One; batches: string[] }) {
  const { t } = useTranslation();
  const query = { from: recall.at, ...(recall.lifted_at ? { until: recall.lifted_at } : {}), verdict: "recalled" as const, ...(batches.length === 1 ? { batch: batches[0]! } : {}) };
  const asked = useQuery({
    queryKey: ["scans", "recalled", query], queryFn: () => answer(api.GET("/v1/scans", { params: { query: { ...query, limit: 1, count: true } } })), refetchInterval: LIVE_MS,
  });
  const count = asked.data?.count;
  return (
    <NumberCard
      label={t("recalls.scans")} loading={asked.isPending} value={count ? `${number(count.number)}${count.exact ? "" : "+"}` : "–"}
      note={t(batches.length === 1 ? "recalls.scansHint" : "recalls.scansHintAll")} to={`/codes/scans?${new URLSearchParams(query).toString()}`}
    />
  );
}

const UNITS_SHOWN = 20;

function About({ recall }: { recall: One }) {
  const { t } = useTranslation();
  const may = useMay();
  const { scope } = recall;
  const goods = (): ReactNode => {
    if (scope.kind === "batch") return <Lot batch={scope.batch} />;
    if (scope.kind === "operation") return may("GET /operations") ? <Link to={`/trace/operations?operation=${scope.operation}`}><Id value={scope.operation} bare /></Link> : <Id value={scope.operation} />;
    return (
      <ul className="unit-list">
        {scope.units.slice(0, UNITS_SHOWN).map((unit) => <li key={`${unit.batch} ${unit.level} ${unit.first}`}><UnitLink unit={unit} beside="" /></li>)}
        {scope.units.length > UNITS_SHOWN && <li className="muted">{t("operation.more", { count: scope.units.length - UNITS_SHOWN })}</li>}
      </ul>
    );
  };
  const items: [ReactNode, ReactNode][] = [
    [t("recalls.scope"), t(`recalls.kind.${scope.kind}`)],
    [t("recalls.goods"), goods()],
    [t("common.at"), <Time at={recall.at} />],
    [t("common.reason"), recall.reason],
    ...(recall.lifted_at ? [[t("recalls.liftedAt"), <Time at={recall.lifted_at} />], [t("recalls.liftReason"), recall.lift_reason ?? "–"]] as [ReactNode, ReactNode][] : []),
    [t("common.id"), <Id value={recall.id} />],
  ];
  return <Facts items={items} />;
}

function Lift({ recall }: { recall: One }) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const lift = useCommand({
    run: (reason: string) => answer(api.POST("/v1/recalls/{id}/lift", { params: { path: { id: recall.id } }, body: { reason } })),
    done: t("recalls.lifted"), changes: [["recalls"], ["code"]], then: () => setOpen(false),
  });
  return (
    <>
      <Button onClick={() => setOpen(true)}>{t("recalls.lift")}</Button>
      <ConfirmReason
        open={isOpen} title={t("recalls.liftTitle")} confirm={t("recalls.lift")} most={200} busy={lift.isPending} error={lift.error}
        onConfirm={(reason) => lift.mutate(reason)} onClose={() => setOpen(false)}
      >
        <p>{t("recalls.liftLead")}</p>
      </ConfirmReason>
    </>
  );
}
