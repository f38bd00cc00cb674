// Everything long that somebody asked for: how far it is, its file or page, and what can be done about it.

import { keepPreviousData, useQuery, useQueryClient } from "@tanstack/react-query";
import { App, Button, Drawer, Skeleton } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { answer, api } from "../api/client";
import { may, type Me } from "../api/permissions";
import { Actor } from "../shared/actors";
import { fetchFile, number, Time } from "../shared/format";
import { Nothing } from "../shared/Nothing";
import { Tag, type Tone } from "../shared/Tag";
import { useCommand } from "../shared/useCommand";
import { refusalText } from "./i18n";
import { isUnderWay, merged, TASKS, TASKS_MAX, type Task } from "./tasks";
import "./tasks.css";

const WIDTH = 460;
const TONES: Record<Task["state"], Tone> = { queued: "plain", running: "info", done: "good", failed: "bad", cancelled: "warn" };

interface Subject {
  title: string;
  /** Why it failed: a stable code. */
  code?: string | null;
  /** What became of a file that was there. */
  gone?: "expired" | "withdrawn";
}

interface Props {
  me: Me;
  tasks: Task[] | undefined;
  onClose: () => void;
}

export default function TaskCentre({ me, tasks, onClose }: Props) {
  const { t } = useTranslation();
  const subjects = useSubjects(me, tasks ?? []);
  return (
    <Drawer open title={t("tasks.title")} size={Math.min(WIDTH, window.innerWidth)} onClose={onClose} styles={{ body: { padding: 0 } }}>
      {!tasks && <div className="task"><Skeleton active /></div>}
      {tasks?.length === 0 && <Nothing title={t("tasks.none")} hint={t("tasks.noneHint")} />}
      {tasks && tasks.length > 0 && (
        <ul className="tasks" aria-label={t("tasks.title")}>
          {tasks.map((task) => (
            <li key={task.subject ?? task.id} className="task" data-testid={`task-${task.kind}`}>
              <One task={task} me={me} subject={task.subject ? subjects.get(task.subject) : undefined} onClose={onClose} />
            </li>
          ))}
        </ul>
      )}
      {tasks?.length === TASKS_MAX && <p className="task muted small">{t("tasks.cut", { count: TASKS_MAX })}</p>}
    </Drawer>
  );
}

/** What imports and exports are about, by their ids: a task only names them. */
function useSubjects(me: Me, tasks: Task[]): Map<string, Subject> {
  const { t } = useTranslation();
  const latest = (kind: Task["kind"]) => tasks.find((task) => task.kind === kind)?.changed_at;
  const [exported, imported] = [latest("export"), latest("import")];
  const query = { params: { query: { limit: TASKS_MAX } } };
  const exports = useQuery({
    queryKey: ["task-exports", exported], queryFn: () => answer(api.GET("/v1/exports", query)),
    enabled: exported !== undefined && may(me, "GET /exports"), placeholderData: keepPreviousData,
  });
  const imports = useQuery({
    queryKey: ["task-imports", imported], queryFn: () => answer(api.GET("/v1/imports", query)),
    enabled: imported !== undefined && may(me, "GET /imports"), placeholderData: keepPreviousData,
  });
  const found = new Map<string, Subject>();
  for (const { id, list, format, state, error_code: code } of exports.data?.items ?? []) {
    const title = `${t(`tasks.list.${list as "scans"}`)} · ${format.toUpperCase()}`;
    found.set(id, { title, code, gone: state === "expired" || state === "withdrawn" ? state : undefined });
  }
  for (const { id, file, error_code: code } of imports.data?.items ?? []) found.set(id, { title: file || id, code });
  return found;
}

/** Where the console shows what came of a task. */
function pageOf(task: Task): { to: string; text: "tasks.toImport" | "tasks.toRun" | "tasks.toProposals" | "tasks.toKeys" } | null {
  if (task.kind === "import" && task.subject) return { to: `/members/imports/${task.subject}`, text: "tasks.toImport" };
  if (task.kind === "rebuild" || task.kind === "policy_outlook") return { to: `/members/runs/${task.id}`, text: "tasks.toRun" };
  if (task.kind === "matching") return { to: "/members/proposals", text: "tasks.toProposals" };
  if (task.kind === "key_rotation") return { to: "/settings/people-keys", text: "tasks.toKeys" };
  return null;
}

/** Whether the caller may stop it or have it done again: whoever may ask for it. */
function isInHands(me: Me, { kind }: Task): boolean {
  const needed = kind === "export" ? [] : kind === "key_rotation" ? ["owner"] : ["owner", "people"];
  return needed.length === 0 || me.scopes.some((scope) => needed.includes(scope));
}

function One({ task, me, subject, onClose }: { task: Task; me: Me; subject: Subject | undefined; onClose: () => void }) {
  const { t } = useTranslation();
  const { modal } = App.useApp();
  const client = useQueryClient();
  const known = (changed: Task) => client.setQueryData<Task[]>(TASKS, (before) => merged(before ?? [], [changed]));
  const path = { params: { path: { id: task.id } } };
  const retry = useCommand({ run: () => answer(api.POST("/v1/tasks/{id}/retry", path)), done: t("tasks.retried"), then: known, tells: true });
  const cancel = useCommand({ run: () => answer(api.POST("/v1/tasks/{id}/cancel", path)), done: t("tasks.cancelled"), then: known, tells: true });
  const page = pageOf(task);
  const file = task.kind === "export" ? task.result : null;
  const gone = subject?.gone;
  const stop = () =>
    task.kind === "import"
      ? void modal.confirm({
          title: t("imports.cancelTitle"), content: t("imports.cancelLead"), okText: t("imports.cancel"), cancelText: t("imports.goOn"),
          okButtonProps: { danger: true }, onOk: () => cancel.mutate(undefined),
        })
      : cancel.mutate(undefined);
  return (
    <>
      <div className="task-head">
        <span className="task-title">
          <strong>{t(`tasks.kind.${task.kind}`)}</strong>
          {subject && <span className="task-subject">{subject.title}</span>}
        </span>
        <Tag tone={gone ? "plain" : TONES[task.state]}>{gone ? t(`tasks.gone.${gone}`) : t(`tasks.state.${task.state}`)}</Tag>
      </div>
      <Progress task={task} />
      {task.error && <p className="task-error small">{refusalText(subject?.code ?? "", task.error)}</p>}
      <div className="task-foot">
        <span className="task-meta muted small">
          <Time at={task.created_at} />
          {task.by && <Actor id={task.by} />}
        </span>
        <span className="row">
          {page && may(me, ROUTES[page.text]) && <Link to={page.to} onClick={onClose}>{t(page.text)}</Link>}
          {task.may_cancel && isInHands(me, task) && <Button size="small" loading={cancel.isPending} onClick={stop}>{t("tasks.cancel")}</Button>}
          {task.may_retry && isInHands(me, task) && <Button size="small" loading={retry.isPending} onClick={() => retry.mutate(undefined)}>{t("tasks.retry")}</Button>}
          {file && <Button size="small" onClick={() => fetchFile(file)}>{t("tasks.download")}</Button>}
        </span>
      </div>
    </>
  );
}

/** What the page behind a link asks for. */
const ROUTES = {
  "tasks.toImport": "GET /imports/{id}", "tasks.toRun": "GET /identity/runs/{id}", "tasks.toProposals": "GET /identity/proposals", "tasks.toKeys": "GET /people-keys",
} as const;

function Progress({ task }: { task: Task }) {
  const { t } = useTranslation();
  const { kind, state, done, total } = task;
  const isOpen = isUnderWay(task);
  if (done == null || (kind === "export" && !isOpen && state !== "done")) return null;
  const text = isOpen && total != null ? t("tasks.rowsOf", { done: number(done), total: number(total) }) : t("tasks.rows", { count: done, shown: number(done) });
  return (
    <div className="task-rows">
      {isOpen && total ? (
        <span className="budget-bar" role="progressbar" aria-label={t("tasks.progress")} aria-valuemin={0} aria-valuemax={total} aria-valuenow={done}>
          <span style={{ width: `${Math.min(100, (100 * done) / total)}%` }} />
        </span>
      ) : null}
      <span className="muted small num">{text}</span>
    </div>
  );
}
