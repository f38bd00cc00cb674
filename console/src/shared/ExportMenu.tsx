// A list of the server as a file: the server writes all of it, by the filters of the page, while somebody goes on; it is handed
// over when it is written. Who leaves the page finds it in the task centre.

import { CloseOutlined, DownOutlined, LoadingOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { App, Button, Dropdown } from "antd";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api, type Schemas } from "../api/client";
import { toApiError } from "../api/errors";
import { useMay } from "../api/permissions";
import { language, refusalText } from "../app/i18n";
import { fetchFile, number } from "./format";
import { useCommand } from "./useCommand";

const POLL_MS = 500;
/** What has to be read takes longer than what is only nice to hear. */
const CUT_SHOWN_S = 8;
const FORMATS: Schemas["ExportFormat"][] = ["xlsx", "csv"];

interface Props {
  list: Schemas["ExportList"];
  /** Which of the file's columns, in this order; all where it is left out. */
  columns?: string[];
  label?: string;
  /** As a button of the page, and not of a table. */
  framed?: boolean;
  /** Rows that the file has at most: whoever gets so many is told that there may be more. */
  rowsMax?: number;
}

export function ExportMenu({ list, columns, label, framed = false, rowsMax }: Props) {
  const { t } = useTranslation();
  const may = useMay();
  const [id, setId] = useState<string | null>(null);
  const ask = useCommand({
    run: (format: Schemas["ExportFormat"]) =>
      answer(api.POST("/v1/exports", { body: { ...list, columns, format, locale: language() === "en" ? "en" : "zh" } })),
    changes: [["tasks"]],
    then: (run) => setId(run.id),
    tells: true,
  });
  if (!may("POST /exports")) return null;
  if (id) return <Writing id={id} rowsMax={rowsMax} onEnd={() => setId(null)} />;
  const items = FORMATS.map((key) => ({ key, label: t(`export.as.${key}`) }));
  return (
    <Dropdown autoFocus trigger={["click"]} placement="bottomRight" menu={{ items, onClick: ({ key }) => ask.mutate(key as Schemas["ExportFormat"]) }}>
      <Button type={framed ? "default" : "text"} loading={ask.isPending}>
        {label ?? t("export.title")} <DownOutlined />
      </Button>
    </Dropdown>
  );
}

/** How far it is; takes the file when it is written. */
function Writing({ id, rowsMax, onEnd }: { id: string; rowsMax: number | undefined; onEnd: () => void }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  const { data: run, error } = useQuery({
    queryKey: ["export", id], queryFn: () => answer(api.GET("/v1/exports/{id}", { params: { path: { id } } })), refetchInterval: POLL_MS,
  });
  const cancel = useCommand({ run: () => answer(api.DELETE("/v1/exports/{id}", { params: { path: { id } } })), then: onEnd, done: t("tasks.cancelled"), tells: true });
  const refused = error ? toApiError(error) : null;
  const isLost = refused !== null && refused.status >= 400 && refused.status < 500 && ![401, 429].includes(refused.status);
  const state = isLost ? "lost" : run?.state;
  useEffect(() => {
    if (state === undefined || state === "queued" || state === "running") return;
    if (state === "done") {
      fetchFile(`/v1/exports/${id}/file`);
      const { rows } = run!;
      if (rowsMax !== undefined && rows >= rowsMax) void message.warning(t("export.cut", { shown: number(rows) }), CUT_SHOWN_S);
      else void message.success(t("export.done", { count: rows, shown: number(rows) }));
    } else if (state === "lost" && refused) void message.error(refusalText(refused.code, refused.message));
    else if (state !== "cancelled") void message.error(refusalText(run?.error_code ?? "", run?.error ?? t("export.stopped")));
    onEnd();
    // It ends once, whatever is drawn anew meanwhile.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [state]);
  return (
    <span className="export-writing">
      <LoadingOutlined aria-hidden />
      <span role="status" className="num">
        {run?.rows_total ? t("tasks.rowsOf", { done: number(run.rows), total: number(run.rows_total) }) : t("export.waiting")}
      </span>
      <Button type="text" size="small" icon={<CloseOutlined />} aria-label={t("export.cancel")} loading={cancel.isPending} onClick={() => cancel.mutate(undefined)} />
    </span>
  );
}
