// What came of what was recorded: each part, and what was not as it should be.

import { useTranslation } from "react-i18next";

import { refusalText } from "../../app/i18n";
import { number } from "../../shared/format";
import { useOrganisationName } from "../../shared/Organisation";
import { Tag } from "../../shared/Tag";
import type { Came } from "./RecordOperation";
import { useUnitText } from "./units";
import "./trace.css";

/** Refusals come first; no more than these are told one by one. */
const SHOWN = 50;

export function Outcomes({ came }: { came: Came[] }) {
  const { t } = useTranslation();
  const refused = came.filter(({ outcome }) => "refused" in outcome);
  const told = [...refused, ...came.filter(({ outcome }) => "done" in outcome)];
  const hasLines = refused.some(({ part }) => part.lines.length > 0);
  return (
    <section className="form-lead stack tight" aria-label={t("operation.outcomes")} role="status">
      <div className="row">
        {came.length > refused.length && <Tag tone="good">{t("operation.done", { count: came.length - refused.length })}</Tag>}
        {refused.length > 0 && <Tag tone="bad">{t("operation.refused", { count: refused.length })}</Tag>}
        {hasLines && <span className="muted small">{t("operation.again")}</span>}
      </div>
      <ul className="outcomes">
        {told.slice(0, SHOWN).map((one, at) => (
          <li key={at}><One {...one} /></li>
        ))}
        {told.length > SHOWN && <li className="muted">{t("operation.more", { count: told.length - SHOWN })}</li>}
      </ul>
    </section>
  );
}

function One({ part: { lines }, outcome }: Came) {
  const { t } = useTranslation();
  const unitText = useUnitText();
  const nameOf = useOrganisationName();
  const label = lines.length === 1 ? <code>{lines[0]}</code> : null;
  if ("refused" in outcome) {
    const { code, detail } = outcome.refused;
    const text = refusalText(code, detail);
    return (
      <>
        {label} {text}
        {text !== detail && <div className="muted small" lang="en">{detail}</div>}
      </>
    );
  }
  const { items, exceptions } = outcome.done;
  return (
    <>
      {label} {t("operation.recorded", { number: number(items) })}
      {exceptions.slice(0, SHOWN).map(({ kind, unit, expected }) => (
        <div key={`${kind} ${unit.level} ${unit.first}`} className="small">
          <Tag tone="warn">{unitText(unit)}</Tag> {t(`operation.exception.${kind}`, { expected: expected ? (nameOf(expected) ?? expected) : "–" })}
        </div>
      ))}
    </>
  );
}
