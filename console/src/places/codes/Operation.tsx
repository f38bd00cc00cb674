// What was done in one go, with whatever else was in it, and what was not as it should be.

import { useQuery } from "@tanstack/react-query";
import { Drawer, Skeleton } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { answer, api, type Schemas } from "../../api/client";
import { useMay } from "../../api/permissions";
import { ErrorPanel } from "../../shared/ErrorPanel";
import { Id, number, Time } from "../../shared/format";
import { OrganisationLink, useOrganisationName } from "../../shared/Organisation";
import { Facts } from "../../shared/Page";
import { UnitLink, type Unit } from "./units";
import "./trace.css";

const UNITS_SHOWN = 50;

export function OperationDrawer({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTranslation();
  const asked = useQuery({ queryKey: ["operation", id], queryFn: () => answer(api.GET("/v1/operations/{id}", { params: { path: { id } } })), enabled: id !== "" });
  return (
    <Drawer open={id !== ""} onClose={onClose} title={t("trace.operation")} size={Math.min(480, window.innerWidth)}>
      {asked.error && <ErrorPanel error={asked.error} />}
      {asked.isLoading && <Skeleton active />}
      {asked.data && <Whole operation={asked.data} />}
    </Drawer>
  );
}

function Whole({ operation }: { operation: Schemas["RecordedOperation"] }) {
  const { t } = useTranslation();
  const { id, kind, at, items, organisation, pack, units, exceptions } = operation;
  const facts: [string, ReactNode][] = [
    [t("trace.operationKind"), t(`operation.kind.${kind}`)],
    [t("common.at"), <Time at={at} />],
    [t("trace.operationItems"), number(items)],
    ...(organisation ? [[t("trace.with"), <OrganisationLink id={organisation} />] as [string, ReactNode]] : []),
    ...(pack ? [[kind === "replace" ? t("trace.newLabel") : t("trace.pack"), <UnitLink unit={pack} />] as [string, ReactNode]] : []),
    ...(exceptions.length > 0 ? [[t("trace.exceptions"), <Exceptions exceptions={exceptions} beside={units[0]?.batch} />] as [string, ReactNode]] : []),
    [t("trace.operationCodes"), <Units units={units} />],
    [t("common.id"), <Id value={id} />],
  ];
  return <Facts items={facts} />;
}

function Exceptions({ exceptions, beside }: { exceptions: Schemas["Reported"][]; beside: string | undefined }) {
  const { t } = useTranslation();
  const nameOf = useOrganisationName();
  return (
    <ul className="unit-list">
      {exceptions.slice(0, UNITS_SHOWN).map(({ kind, unit, expected }) => (
        <li key={`${unit.batch} ${unit.level} ${unit.first}`}>
          <UnitLink unit={unit} beside={beside} />
          <div className="unit-wrong">{t(`operation.exception.${kind}`, { expected: expected ? (nameOf(expected) ?? expected) : "" })}</div>
        </li>
      ))}
      {exceptions.length > UNITS_SHOWN && <li className="muted">{t("operation.more", { count: exceptions.length - UNITS_SHOWN })}</li>}
    </ul>
  );
}

function Units({ units }: { units: Unit[] }) {
  const { t } = useTranslation();
  const may = useMay();
  const first = units[0];
  return (
    <ul className="unit-list">
      {units.slice(0, UNITS_SHOWN).map((unit) => (
        <li key={`${unit.batch} ${unit.level} ${unit.first}`}><UnitLink unit={unit} beside={first!.batch} /></li>
      ))}
      {units.length > UNITS_SHOWN && <li className="muted">{t("operation.more", { count: units.length - UNITS_SHOWN })}</li>}
      {first && may("GET /batches/{id}") && <li><Link to={`/codes/batches/${first.batch}`}>{t("trace.toBatch")}</Link></li>}
    </ul>
  );
}
