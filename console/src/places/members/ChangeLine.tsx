import { Button } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { answer, api, type Schemas } from "../../api/client";
import { useMay } from "../../api/permissions";
import { personOfAccount } from "../../app/meanings";
import { Actor } from "../../shared/actors";
import { AuditLine } from "../../shared/AuditLine";
import { ConfirmReason } from "../../shared/ConfirmReason";
import { Id } from "../../shared/format";
import { Tag } from "../../shared/Tag";
import { useCommand } from "../../shared/useCommand";

/** A decision about who is who, and the way to take it back. */
export function ChangeLine({ change, subject = false }: { change: Schemas["Change"]; subject?: boolean }) {
  const { t } = useTranslation();
  const may = useMay();
  const [isAsked, setAsked] = useState(false);
  const undo = useCommand({
    run: (reason: string) => answer(api.POST("/v1/identity/changes/{id}/undo", { params: { path: { id: change.id } }, body: { reason } })),
    done: t("undo.done"),
    changes: [["person"], ["identity-changes"]],
    then: () => setAsked(false),
  });
  // What was erased has no keys any more: nothing could bring it back.
  const canUndo = may("POST /identity/changes/{id}/undo") && !change.undone_by && change.kind !== "erased";
  return (
    <>
      <AuditLine
        at={change.at}
        what={
          <span className="row">
            <strong>{t(`change.${change.kind}`)}</strong>
            <span className="muted">{t("changes.moved", { count: change.moved })}</span>
            {subject && (
              <Link to={`/members/people/${personOfAccount(change.subject)}`}>
                <Id value={change.subject} bare />
              </Link>
            )}
            {change.undone_by && <Tag>{t("undo.was")}</Tag>}
            {change.undoes && <span className="muted small">{t("undo.of", { id: change.undoes })}</span>}
          </span>
        }
        why={change.reason}
        by={<Actor id={change.by} />}
        extra={
          canUndo ? (
            <Button type="link" size="small" onClick={() => setAsked(true)}>
              {t("undo.do")}
            </Button>
          ) : undefined
        }
      />
      <ConfirmReason
        open={isAsked} title={t("undo.title")} confirm={t("undo.do")}
        busy={undo.isPending} error={undo.error} onConfirm={(reason) => undo.mutate(reason)} onClose={() => setAsked(false)}
      >
        <p>
          {t(`change.${change.kind}`)} · {change.reason}
        </p>
      </ConfirmReason>
    </>
  );
}
