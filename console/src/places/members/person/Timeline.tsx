// What happened to a person, over all channels, the latest first, a day after the other.

import { useInfiniteQuery } from "@tanstack/react-query";
import { Button, Select, Skeleton } from "antd";
import dayjs from "dayjs";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { answer, api, type Schemas } from "../../../api/client";
import { wordText } from "../../../app/i18n";
import { useNames } from "../../../shared/actors";
import { ErrorPanel } from "../../../shared/ErrorPanel";
import { Id, number, time, yuan } from "../../../shared/format";
import { Nothing } from "../../../shared/Nothing";
import { Section } from "../../../shared/Page";
import { useUrl } from "../../../shared/useUrl";

type Happened = Schemas["Happened"];

const DAYS = [7, 30, 90, 366];
const PAGE = 50;

export function Timeline({ id }: { id: string }) {
  const { t } = useTranslation();
  const [days, setDays] = useUrl("days", "90");
  const asked = useInfiniteQuery({
    queryKey: ["person", id, "timeline", days],
    queryFn: ({ pageParam }) =>
      answer(
        api.GET("/v1/people/{id}/timeline", {
          params: { path: { id }, query: { days: Number(days), limit: PAGE, before: pageParam } },
        }),
      ),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => (page.has_more ? page.items.at(-1)?.at : undefined),
  });
  const items = asked.data?.pages.flatMap((page) => page.items) ?? [];
  const since = asked.data?.pages.at(-1)?.since;
  const choose = (
    <Select
      value={days} onChange={setDays} aria-label={t("timeline.days")}
      options={DAYS.map((count) => ({ value: String(count), label: t("timeline.daysCount", { count }) }))}
    />
  );
  return (
    <Section title={t("person.tab.timeline")} hint={since && t("timeline.since", { day: time(since) })} extra={choose}>
      {asked.error && <ErrorPanel error={asked.error} retry={() => void asked.refetch()} />}
      {asked.isPending && <Skeleton active paragraph={{ rows: 6 }} />}
      {asked.data && items.length === 0 && <Nothing title={t("timeline.empty")} hint={t("timeline.emptyHint")} />}
      <ol className="timeline">
        {byDay(items).map(([day, ofDay]) => (
          <li key={day}>
            <h3 className="timeline-day">{day}</h3>
            <ol>
              {ofDay.map((one) => (
                <Line key={one.type + one.id} one={one} />
              ))}
            </ol>
          </li>
        ))}
      </ol>
      {asked.hasNextPage && (
        <Button onClick={() => void asked.fetchNextPage()} loading={asked.isFetchingNextPage}>
          {t("timeline.earlier")}
        </Button>
      )}
    </Section>
  );
}

function byDay(items: Happened[]): [string, Happened[]][] {
  const days = new Map<string, Happened[]>();
  for (const one of items) {
    const day = dayjs(one.at).format("YYYY-MM-DD");
    days.set(day, [...(days.get(day) ?? []), one]);
  }
  return [...days];
}

function Line({ one }: { one: Happened }) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  const data = one.data as Record<string, unknown>;
  return (
    <li className="timeline-line">
      <time className="num muted" dateTime={one.at} title={one.at}>
        {dayjs(one.at).format("HH:mm:ss")}
      </time>
      <div className="timeline-what">
        <span className="row">
          <strong>{titleOf(one, data)}</strong>
          <Summary type={one.type} data={data} />
        </span>
        {isOpen && <pre className="pre">{JSON.stringify(data, null, 2)}</pre>}
      </div>
      <Button type="link" size="small" aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {t("timeline.details")}
      </Button>
    </li>
  );
}

function titleOf({ type }: Happened, data: Record<string, unknown>): string {
  if (type === "intake.event" && typeof data.name === "string") return data.name;
  if (type === "intake.event") return wordText("intakeKind", String(data.kind));
  return wordText("event", type);
}

/** The few words that matter of an event. */
function Summary({ type, data }: { type: string; data: Record<string, unknown> }) {
  const { t } = useTranslation();
  const names = useNames();
  const words: string[] = [];
  if (type === "intake.event") {
    if (typeof data.source === "string") words.push(names(data.source) ?? data.source);
    if (typeof data.properties === "string" && data.properties !== "{}") words.push(data.properties);
  }
  if (type === "scan.decided") words.push(wordText("verdict", String(data.verdict)));
  if (type === "scan.reward_won") {
    const amount = Number(data.amount);
    words.push(data.kind === "red_packet" ? yuan(amount) : data.kind === "points" ? `${number(amount)} ${t("unit.points")}` : wordText("reward", String(data.kind)));
  }
  const scan = typeof data.scan === "string" ? data.scan : null;
  return (
    <span className="muted row">
      {words.join(" · ")}
      {scan && (
        <Link to={`/codes/scans/${scan}`}>
          <Id value={scan} bare />
        </Link>
      )}
    </span>
  );
}
