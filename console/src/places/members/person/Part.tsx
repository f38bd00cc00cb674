// Parting: choose accounts, see who would own what, say why, do it. A preview writes nothing.

import { useMutation } from "@tanstack/react-query";
import { Button, Checkbox } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api, type Schemas } from "../../../api/client";
import { useMay } from "../../../api/permissions";
import { wordText } from "../../../app/i18n";
import { ConfirmReason } from "../../../shared/ConfirmReason";
import { ErrorPanel } from "../../../shared/ErrorPanel";
import { Id, joined, Money, Points } from "../../../shared/format";
import { Section } from "../../../shared/Page";
import { Tag } from "../../../shared/Tag";
import { useCommand } from "../../../shared/useCommand";
import type { Labels } from "./IdentityTab";
import type { Whole } from "./Person";

export function Part({ person, labels }: { person: Whole; labels: Labels }) {
  const { t } = useTranslation();
  const may = useMay();
  const [chosen, setChosen] = useState<string[]>([]);
  const [isAsked, setAsked] = useState(false);
  const preview = useMutation({
    mutationFn: (accounts: string[]) => answer(api.POST("/v1/identity/parting/preview", { body: { accounts } })),
  });
  const part = useCommand({
    run: (reason: string) => answer(api.POST("/v1/identity/parting", { body: { accounts: chosen, reason } })),
    done: t("part.done"),
    changes: [["person"], ["identity-changes"]],
    then: () => {
      setAsked(false);
      setChosen([]);
      preview.reset();
    },
  });
  const choose = (accounts: string[]) => {
    setChosen(accounts);
    preview.reset();
  };
  const accounts = person.identifiers.filter(({ erased_at }) => !erased_at);
  return (
    <Section title={t("part.title")} hint={t("part.hint")}>
      <Checkbox.Group
        className="part-list" value={chosen} onChange={choose}
        options={accounts.map(({ account }) => ({ value: account, label: labels(account) }))}
      />
      <Button onClick={() => preview.mutate(chosen)} disabled={chosen.length === 0} loading={preview.isPending}>
        {t("part.preview")}
      </Button>
      {preview.error && <ErrorPanel error={preview.error} />}
      {preview.data && (
        <div className="stack tight part-outlook">
          <h3>{t("part.previewOf", { count: chosen.length })}</h3>
          <Shares outlook={preview.data} labels={labels} />
          <span className="row">
            {may("POST /identity/parting") && (
              <Button type="primary" danger onClick={() => setAsked(true)}>
                {t("part.do")}
              </Button>
            )}
            <span className="muted small">{t("part.nobodyWritten")}</span>
          </span>
        </div>
      )}
      <ConfirmReason
        open={isAsked} title={t("part.doTitle")} confirm={t("part.do")} danger
        busy={part.isPending} error={part.error} onConfirm={(reason) => part.mutate(reason)} onClose={() => setAsked(false)}
      >
        {preview.data && <Shares outlook={preview.data} labels={labels} />}
      </ConfirmReason>
    </Section>
  );
}

/** Who would be whom, and own what. */
function Shares({ outlook, labels }: { outlook: Schemas["Outlook"]; labels: Labels }) {
  const { t } = useTranslation();
  const moved = new Set(outlook.moved);
  return (
    <div className="shares">
      {outlook.persons.map(({ person, accounts, cny_fen, points, events, allowed }) => (
        <div className="share" key={person}>
          <div className="share-head">
            <Id value={person} bare />
            <span className="row">
              <Money fen={cny_fen} />
              <Points points={points} />
            </span>
          </div>
          <ul>
            {accounts.map((account) => (
              <li key={account}>
                <span>{labels(account)}</span>
                {moved.has(account) ? <Tag tone="warn">{t("part.moving")}</Tag> : <Tag>{t("part.staying")}</Tag>}
              </li>
            ))}
          </ul>
          {events != null && <p className="muted small">{t("part.events", { count: events })}</p>}
          {allowed != null && (
            <p className="muted small">
              {t("part.allowed")} {allowed.length === 0 ? t("part.allowedNothing") : joined(allowed.map(({ purpose, channel }) => `${purpose} · ${wordText("channel", channel)}`))}
            </p>
          )}
        </div>
      ))}
    </div>
  );
}
