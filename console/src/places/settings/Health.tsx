import { useQuery } from "@tanstack/react-query";
import { Button, Skeleton } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import type { Schemas } from "../../api/client";
import { healthQuery } from "../../api/queries";
import { textOr, wordText } from "../../app/i18n";
import { ErrorPanel } from "../../shared/ErrorPanel";
import { number, time } from "../../shared/format";
import { bytes, span } from "../../shared/measures";
import { NumberCard } from "../../shared/NumberCard";
import { Page, Section } from "../../shared/Page";
import { Tag, type Tone } from "../../shared/Tag";
import "./health.css";

type Health = Schemas["Health"];
type Finding = Schemas["HealthFinding"];

const LOOK_AGAIN_MS = 10_000;
const TONES: Record<Finding["state"], Tone> = { ok: "good", note: "warn", wrong: "bad" };
const ORDER: Finding["state"][] = ["wrong", "note", "ok"];

/** Where one acts on what was found: in the console, or by what the handbook says. */
const WAYS: Record<string, string> = {
  jobs: "#tasks",
  webhooks: "/settings/webhooks",
  "put aside": "/data/catalogue",
};
const CHAPTERS: Record<string, string> = {
  backups: "operate#backup-and-restore",
  "backup keys": "operate#backup-and-restore",
  lake: "operate#the-lake",
  "lake lag": "operate#the-lake",
  events: "operate#the-lake",
  subscriptions: "connect#epcis",
  servers: "operate#sizing",
  memory: "operate#sizing",
  size: "operate#what-leaves-the-database",
};

/** A figure by the unit at the end of its name. */
function shown(name: string, value: unknown): string {
  if (typeof value !== "number") return String(value);
  if (name.endsWith("_bytes")) return bytes(value);
  if (name.endsWith("_s")) return span(value);
  return number(value);
}

/** What was found in the reader's language; as the server says it where the console has no words for it. */
function said({ code, text, values }: Finding): string {
  const figures = Object.entries(values ?? {}).map(([name, value]) => [name, shown(name, value)]);
  return code ? textOr(`found.${code}`, text, Object.fromEntries(figures)) : text;
}

export default function HealthPage() {
  const { t } = useTranslation();
  const asked = useQuery({ ...healthQuery, refetchInterval: LOOK_AGAIN_MS });
  const again = (
    <Button onClick={() => void asked.refetch()} loading={asked.isFetching}>
      {t("health.again")}
    </Button>
  );
  return (
    <Page title={t("health.title")} lead={t("health.lead")} actions={again}>
      {asked.error && <ErrorPanel error={asked.error} retry={() => void asked.refetch()} />}
      {asked.isPending && <Skeleton active />}
      {asked.data && <Told health={asked.data} />}
    </Page>
  );
}

function Told({ health }: { health: Health }) {
  const { t } = useTranslation();
  const { findings, state } = health;
  const count = (wanted: Finding["state"]) => findings.filter((one) => one.state === wanted).length;
  const open = ORDER.filter((one) => one !== "ok").flatMap((one) => findings.filter((finding) => finding.state === one));
  const sound = findings.filter((one) => one.state === "ok");
  const up = Math.max(0, (Date.parse(health.looked_at) - Date.parse(health.started_at)) / 1000);
  return (
    <>
      <div className={`health-sum health-${state}`} role="status">
        <strong>{t(`health.sum.${state}`)}</strong>
        <span>{t("health.counts", { wrong: count("wrong"), note: count("note"), ok: count("ok") })}</span>
      </div>
      <div className="numbers">
        <NumberCard label={t("health.version")} value={health.version} />
        <NumberCard label={t("health.uptime")} value={span(up)} note={t("health.since", { at: time(health.started_at) })} />
        {health.resident_bytes != null && <NumberCard label={t("health.resident")} value={bytes(health.resident_bytes)} />}
        <NumberCard label={t("health.lookedAt")} value={<LookedAt at={health.looked_at} />} note={t("health.every")} />
      </div>
      {open.length > 0 && <Found title={t("health.open")} findings={open} />}
      {sound.length > 0 && <Found title={t("health.sound")} findings={sound} />}
    </>
  );
}

function LookedAt({ at }: { at: string }) {
  return <time dateTime={at}>{new Date(at).toLocaleTimeString("sv-SE")}</time>;
}

function Found({ title, findings }: { title: string; findings: Finding[] }) {
  const { t } = useTranslation();
  return (
    <Section title={title}>
      <ul className="health-list">
        {findings.map((finding) => (
          <li key={finding.check} data-check={finding.check}>
            <Tag tone={TONES[finding.state]}>{t(`health.state.${finding.state}`)}</Tag>
            <strong className="health-name">{wordText("healthCheck", finding.check)}</strong>
            <span className="health-text">{said(finding)}</span>
            <Way check={finding.check} isOpen={finding.state !== "ok"} />
          </li>
        ))}
      </ul>
    </Section>
  );
}

function Way({ check, isOpen }: { check: string; isOpen: boolean }) {
  const { t } = useTranslation();
  const way = WAYS[check];
  const name = wordText("healthCheck", check);
  const text = t(isOpen ? "health.act" : "health.look");
  if (way) return <Link className="health-way" to={way} aria-label={`${text}: ${name}`}>{text}</Link>;
  return (
    <a className="health-way" href={`/docs/${CHAPTERS[check] ?? "operate#what-to-watch"}`} target="_blank" rel="noreferrer" aria-label={`${t("health.handbook")}: ${name}`}>
      {t("health.handbook")}
    </a>
  );
}
