// The task centre's button: how many long jobs are under way. What it opens is fetched when it is.

import { CarryOutOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation, useNavigate } from "react-router";

import type { Me } from "../api/permissions";
import { loadPlaces } from "./i18n";
import { isUnderWay, useTasks } from "./tasks";

const TaskCentre = lazy(async () => (await Promise.all([import("./TaskCentre"), loadPlaces()]))[0]);

/** A link to here opens the task centre on the page that one is on. */
const TASKS_HASH = "#tasks";

export function TaskBell({ me }: { me: Me }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { hash, pathname, search } = useLocation();
  const [wasOpened, setOpen] = useState(false);
  const isOpen = wasOpened || hash === TASKS_HASH;
  const close = () => {
    setOpen(false);
    if (hash === TASKS_HASH) void navigate({ pathname, search }, { replace: true });
  };
  const tasks = useTasks(isOpen);
  const count = tasks?.filter(isUnderWay).length ?? 0;
  return (
    <>
      <Button
        type="text" aria-label={count > 0 ? t("tasks.openCount", { count }) : t("tasks.title")} aria-haspopup="dialog" onClick={() => setOpen(true)}
        icon={<span className="bell"><CarryOutOutlined />{count > 0 && <span className="bell-count num" aria-hidden>{count}</span>}</span>}
      />
      {isOpen && (
        <Suspense>
          <TaskCentre me={me} tasks={tasks} onClose={close} />
        </Suspense>
      )}
    </>
  );
}
