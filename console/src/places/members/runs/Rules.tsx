// Try other rules: a table of those that hold, whose cells write the differences as JSON, which can be edited as well.

import { useQuery } from "@tanstack/react-query";
import { Alert, Button, Checkbox, Input, InputNumber, Skeleton, Table } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";

import { answer, api } from "../../../api/client";
import { wordText } from "../../../app/i18n";
import { ErrorPanel } from "../../../shared/ErrorPanel";
import { Section } from "../../../shared/Page";
import { useCommand } from "../../../shared/useCommand";
import { wishOf, withKind, withWhole, type Policy, type Wish } from "./policy";

interface Row {
  kind: string;
}

export function Rules() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const [text, setText] = useState("{}");
  const policy = useQuery({ queryKey: ["identity-policy"], queryFn: () => answer(api.GET("/v1/identity/policy")) as Promise<Policy> });
  const start = useCommand({
    run: (wish: Wish) => answer(api.POST("/v1/identity/runs", { body: { policy: wish } })),
    changes: [["identity-runs"], ["tasks"]],
    then: ({ id }) => void navigate(`/members/runs/${id}`),
  });
  if (policy.error) return <ErrorPanel error={policy.error} retry={() => void policy.refetch()} />;
  if (!policy.data) return <Skeleton active paragraph={{ rows: 8 }} />;

  const { wish, fault } = read(text);
  const held = policy.data;
  const say = (next: Wish) => setText(JSON.stringify(next, null, 2));
  const rows = Object.keys(held.kinds).sort((one, other) => held.kinds[one]!.priority - held.kinds[other]!.priority).map((kind) => ({ kind }));
  return (
    <Section title={t("runs.rules")} hint={t("runs.rulesHint")} flush>
      <div className="run-rules">
        <Table<Row>
          size="small" pagination={false} scroll={{ x: "max-content" }} rowKey="kind" dataSource={rows}
          columns={[
            { title: t("runs.kind"), key: "kind", render: (_, { kind }) => wordText("idKind", kind) },
            {
              title: t("runs.perPerson"), key: "per", align: "right",
              render: (_, { kind }) => {
                const said = wish.kinds?.[kind]?.per_person;
                return (
                  <InputNumber
                    size="small" min={1} precision={0} disabled={fault !== null} className={said === undefined ? "" : "changed"}
                    aria-label={`${wordText("idKind", kind)} ${t("runs.perPerson")}`} placeholder={t("runs.perPersonNone")}
                    value={said === undefined ? held.kinds[kind]!.per_person : said}
                    onChange={(value) => say(withKind(wish, held, kind, "per_person", value))}
                  />
                );
              },
            },
            {
              title: <span title={t("runs.priorityHint")}>{t("runs.priority")}</span>, key: "priority", align: "right",
              render: (_, { kind }) => (
                <InputNumber
                  size="small" min={0} max={15} precision={0} disabled={fault !== null}
                  className={wish.kinds?.[kind]?.priority === undefined ? "" : "changed"}
                  aria-label={`${wordText("idKind", kind)} ${t("runs.priority")}`}
                  value={wish.kinds?.[kind]?.priority ?? held.kinds[kind]!.priority}
                  onChange={(value) => value !== null && say(withKind(wish, held, kind, "priority", value))}
                />
              ),
            },
            {
              title: t("runs.shareable"), key: "shareable",
              render: (_, { kind }) => (
                <Checkbox
                  disabled={fault !== null} aria-label={`${wordText("idKind", kind)} ${t("runs.shareable")}`}
                  checked={wish.kinds?.[kind]?.shareable ?? held.kinds[kind]!.shareable}
                  onChange={({ target }) => say(withKind(wish, held, kind, "shareable", target.checked))}
                />
              ),
            },
            { title: t("runs.scoped"), key: "scoped", render: (_, { kind }) => (held.kinds[kind]!.scoped ? t("common.yes") : t("common.no")) },
          ]}
        />
        <div className="run-rules-side">
          {(["shared_from", "members_max"] as const).map((field) => (
            <label className="row between" key={field}>
              <span>{t(field === "shared_from" ? "runs.sharedFrom" : "runs.membersMax")}</span>
              <InputNumber
                size="small" min={1} precision={0} disabled={fault !== null} className={wish[field] === undefined ? "" : "changed"}
                value={wish[field] ?? held[field]} onChange={(value) => value !== null && say(withWhole(wish, held, field, value))}
              />
            </label>
          ))}
          <label className="stack tight">
            <span>{t("runs.json")}</span>
            <Input.TextArea className="mono" rows={10} spellCheck={false} value={text} onChange={(event) => setText(event.target.value)} status={fault ? "error" : ""} />
          </label>
          {fault && <Alert type="error" title={t("runs.jsonBad", { why: fault })} />}
          {start.error && <ErrorPanel error={start.error} />}
          <div className="row">
            <Button type="primary" disabled={fault !== null || Object.keys(wish).length === 0} loading={start.isPending} onClick={() => start.mutate(wish)}>
              {t("runs.dry")}
            </Button>
            <Button onClick={() => setText("{}")}>{t("runs.reset")}</Button>
          </div>
        </div>
      </div>
    </Section>
  );
}

function read(text: string): { wish: Wish; fault: string | null } {
  try {
    return { wish: wishOf(text.trim()), fault: null };
  } catch (error) {
    return { wish: {}, fault: error instanceof Error ? error.message : String(error) };
  }
}
