// Where a code is, as of any moment, and how it came there.

import { useQuery } from "@tanstack/react-query";
import { Button, Skeleton } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { answer, api, type Schemas } from "../../api/client";
import { useMay } from "../../api/permissions";
import { AsOf } from "../../shared/AsOf";
import { ErrorPanel } from "../../shared/ErrorPanel";
import { Id, Time, time } from "../../shared/format";
import { Nothing } from "../../shared/Nothing";
import { OrganisationLink } from "../../shared/Organisation";
import { Facts, Section } from "../../shared/Page";
import { useUrl } from "../../shared/useUrl";
import { OperationDrawer } from "./Operation";
import { UnitLink, type Unit } from "./units";
import "./trace.css";

type Steps = Schemas["Trace"]["steps"];

export function Trace({ code }: { code: string }) {
  const { t } = useTranslation();
  const [at, setAt] = useUrl("at");
  const [shown, setShown] = useUrl("operation");
  const asked = useQuery({
    queryKey: ["trace", code, at],
    queryFn: () => answer(api.GET("/v1/codes/{code}/trace", { params: { path: { code }, query: at ? { at } : {} } })),
  });
  const trace = asked.data;
  return (
    <>
      <Section title={t("trace.title")} hint={at && t("trace.past", { at: time(at) })} extra={<AsOf at={at} onChange={setAt} />}>
        {asked.error && <ErrorPanel error={asked.error} retry={() => void asked.refetch()} />}
        {asked.isPending && <Skeleton active />}
        {trace && <Whereabouts trace={trace} />}
      </Section>
      {trace && (
        <Section title={t("trace.chain")} hint={t("trace.chainHint")}>
          {trace.steps.length === 0 ? <Nothing title={t("trace.nothing")} hint={t("trace.nothingHint")} /> : <Chain own={trace.unit} steps={trace.steps} open={setShown} />}
        </Section>
      )}
      <OperationDrawer id={shown} onClose={() => setShown("")} />
    </>
  );
}

function Whereabouts({ trace: { unit, holder, packs } }: { trace: Schemas["Trace"] }) {
  const { t } = useTranslation();
  const may = useMay();
  return (
    <div className="stack">
      <Facts
        items={[
          [t(holder?.gone ? `trace.gone.${holder.gone}` : "trace.holder"), holder ? <strong><OrganisationLink id={holder.organisation} /></strong> : <span title={t("trace.brandHint")}>{t("trace.brand")}</span>],
          ...(holder ? [[t(holder.gone ? "common.at" : "trace.since"), <Time at={holder.since} />] as [string, React.ReactNode]] : []),
          ...(holder?.shipment ? [[t("trace.shipment"), may("GET /shipments/{id}") ? <Link to={`/channel/shipments?shipment=${holder.shipment}`}><Id value={holder.shipment} bare /></Link> : <Id value={holder.shipment} />] as [string, React.ReactNode]] : []),
        ]}
      />
      <div>
        <div className="muted small" id="pack-path">{t("trace.path")}</div>
        {packs.length === 0 ? (
          t("trace.alone")
        ) : (
          <ol className="pack-path" aria-labelledby="pack-path">
            <li className="muted">{t("trace.thisCode")}</li>
            {packs.map((pack) => (
              <li key={`${pack.batch} ${pack.level}`}><UnitLink unit={pack} beside={unit.batch} /></li>
            ))}
          </ol>
        )}
      </div>
    </div>
  );
}

function Chain({ own, steps, open }: { own: Unit; steps: Steps; open: (id: string) => void }) {
  const { t } = useTranslation();
  const may = useMay();
  const isOwn = ({ batch, level, first }: Unit) => batch === own.batch && level === own.level && first === own.first;
  return (
    <ol className="chain">
      {steps.map(({ at, event, unit, kind, organisation, other }) => (
        <li key={`${event} ${unit.level} ${unit.first} ${kind}`} className={isOwn(unit) ? "chain-own" : undefined}>
          <Time at={at} />
          <div className="chain-what">
            <span>{isOwn(unit) ? t("trace.thisCode") : <UnitLink unit={unit} beside={own.batch} />}</span>
            <strong>{t(`trace.step.${kind}`)}</strong>
            {organisation && <OrganisationLink id={organisation} />}
            {other && <UnitLink unit={other} beside={own.batch} />}
          </div>
          {may("GET /operations/{id}") && (
            <Button type="link" size="small" className="cell-link" aria-label={`${t("trace.operation")} ${event}`} onClick={() => open(event)}>
              {t("trace.operation")}
            </Button>
          )}
        </li>
      ))}
    </ol>
  );
}
