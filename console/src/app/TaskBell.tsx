// The task centre's button: how many long jobs are under way. What it opens is fetched when it is.

import { CarryOutOutlined } from "@ant-design/icons";
import { Button } from "antd";
import { lazy, Suspense, useState } from "react";
import { useTranslation } from "react-i18next";

import type { Me } from "../api/permissions";
import { loadPlaces } from "./i18n";
import { isUnderWay, useTasks } from "./tasks";

const TaskCentre = lazy(async () => (await Promise.all([import("./TaskCentre"), loadPlaces()]))[0]);

export function TaskBell({ me }: { me: Me }) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
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
          <TaskCentre me={me} tasks={tasks} onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
