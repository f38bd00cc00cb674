import { useTranslation } from "react-i18next";

import { wordText } from "../../../app/i18n";
import { Actor } from "../../../shared/actors";
import { AuditLine } from "../../../shared/AuditLine";
import { Section } from "../../../shared/Page";
import { ChangeLine } from "../ChangeLine";
import type { Whole } from "./Person";

export function ChangesTab({ person }: { person: Whole }) {
  const { t } = useTranslation();
  return (
    <div className="stack">
      <Section title={t("changes.ofPerson")}>
        {person.changes.length === 0 ? (
          <span className="muted">{t("changes.none")}</span>
        ) : (
          person.changes.map((change) => <ChangeLine key={change.id} change={change} />)
        )}
      </Section>
      <Section title={t("deeds.title")}>
        {person.deeds.length === 0 && <span className="muted">{t("deeds.none")}</span>}
        {person.deeds.map((deed, at) => {
          const after = (deed.after ?? {}) as Record<string, unknown>;
          const { reason, ...rest } = after;
          return (
            <AuditLine
              key={at} at={deed.at} what={wordText("deed", deed.action)} by={<Actor id={deed.by} />}
              why={typeof reason === "string" ? reason : undefined}
              extra={Object.keys(rest).length > 0 ? <code className="small deed-rest">{JSON.stringify(rest)}</code> : undefined}
            />
          );
        })}
      </Section>
    </div>
  );
}
