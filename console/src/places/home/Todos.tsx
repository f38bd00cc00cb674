import { useQueries, useQuery } from "@tanstack/react-query";
import { Skeleton } from "antd";
import dayjs from "dayjs";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { useMay } from "../../api/permissions";
import { balanceQuery, campaignsQuery, exceptionsSinceQuery, healthQuery, openProposalsQuery, quarantineQuery, usersQuery } from "../../api/queries";
import { number, percent } from "../../shared/format";
import { Section } from "../../shared/Page";
import { LOW_SHARE } from "../campaigns/BudgetBar";

const SOON_DAYS = 7;

interface Todo {
  key: string;
  text: string;
  to: string;
}

/** What waits for somebody, each with the way to where it is done. */
export function Todos() {
  const { t } = useTranslation();
  const may = useMay();
  const quarantine = useQuery({ ...quarantineQuery, enabled: may("POST /intake/quarantine/{id}/replay") });
  const campaigns = useQuery({ ...campaignsQuery, enabled: may("GET /campaigns") });
  const users = useQuery({ ...usersQuery, enabled: may("POST /users/{id}/links") });
  const proposals = useQuery({ ...openProposalsQuery, enabled: may("POST /identity/proposals/{id}/accept") });
  // A day begins once: a question that moved with the clock would be another one at each look.
  const since = dayjs().subtract(SOON_DAYS - 1, "day").startOf("day").toISOString();
  const exceptions = useQuery({ ...exceptionsSinceQuery(since), enabled: may("GET /exceptions") });
  const health = useQuery({ ...healthQuery, enabled: may("GET /health") });
  const running = campaigns.data?.filter(({ status }) => status === "running") ?? [];
  const balances = useQueries({ queries: running.map(({ id }) => ({ ...balanceQuery(id, "budget"), enabled: may("GET /balances") })) });

  const todos: Todo[] = [];
  const wrong = health.data?.findings.filter(({ state }) => state === "wrong").length ?? 0;
  if (wrong > 0) todos.push({ key: "health", text: t("home.todo.health", { count: wrong }), to: "/settings/health" });
  const count = quarantine.data?.items.length ?? 0;
  if (count > 0) todos.push({ key: "quarantine", text: t("home.todo.quarantine", { count }), to: "/members/quarantine" });
  const open = proposals.data?.items.length ?? 0;
  if (open > 0) todos.push({ key: "proposals", text: t("home.todo.proposals", { count: proposals.data?.next ? `${open}+` : String(open) }), to: "/members/proposals" });
  const strayed = exceptions.data?.count;
  if (strayed && strayed.number > 0) {
    const count = strayed.exact ? number(strayed.number) : `${number(strayed.number)}+`;
    todos.push({ key: "exceptions", text: t("home.todo.exceptions", { count, days: SOON_DAYS }), to: `/trace/exceptions?from=${since}` });
  }
  for (const { id, name, reset_asked_at } of users.data ?? []) {
    if (reset_asked_at) todos.push({ key: id, text: t("home.todo.reset", { name }), to: "/settings/users" });
  }
  running.forEach(({ id, name, ends, budget_fen }, at) => {
    const to = `/campaigns/${id}`;
    const left = balances[at]?.data?.available;
    if (dayjs(ends).diff(dayjs(), "day") < SOON_DAYS) todos.push({ key: `ends ${id}`, text: t("home.todo.ending", { name, day: dayjs(ends).format("YYYY-MM-DD") }), to });
    if (budget_fen > 0 && left !== undefined && left < LOW_SHARE * budget_fen) {
      todos.push({ key: `low ${id}`, text: t("home.todo.low", { name, percent: percent(left, budget_fen) }), to });
    }
  });
  if (may("POST /campaigns/{id}/status")) {
    for (const { id, name, status } of campaigns.data ?? []) {
      if (status === "draft") todos.push({ key: `draft ${id}`, text: t("home.todo.draft", { name }), to: `/campaigns/${id}` });
    }
  }
  const isLoading = [quarantine, campaigns, users, proposals, exceptions].some(({ isLoading: loading }) => loading);
  return (
    <Section title={t("home.todo")}>
      {isLoading ? (
        <Skeleton active title={false} />
      ) : todos.length === 0 ? (
        <span className="muted">{t("home.todoNone")}</span>
      ) : (
        <ul className="todo">
          {todos.map(({ key, text, to }) => (
            <li key={key}>
              <Link to={to}>{text}</Link>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}
