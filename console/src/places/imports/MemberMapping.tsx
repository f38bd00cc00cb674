import { AutoComplete, Button, Input, Select } from "antd";
import { useTranslation } from "react-i18next";

import { wordText } from "../../app/i18n";
import { KINDS as IDENTIFIER_KINDS } from "../members/kinds";
import type { EditorProps } from "./handled";
import { lineOf, type Draft, type Meaning } from "./meanings";

const AS: Meaning["as"][] = ["none", "identifier", "profile", "consent", "time"];
const FIELDS = ["name", "birthday", "gender", "phone", "email", "city", "address"];
const CHANNELS = ["any", "sms", "wechat", "email", "phone", "push"];
/** How a column may write moments. */
export const FORMATS: Meaning["format"][] = ["auto", "rfc3339", "local", "unix_s", "unix_ms"];

/** What each column of a file of members means. */
export function MemberMapping({ draft, onChange }: EditorProps<Draft>) {
  const { t } = useTranslation();
  const change = (id: number, more: Partial<Meaning>) =>
    onChange({ ...draft, lines: draft.lines.map((line) => (line.id === id ? { ...line, ...more } : line)) });
  const also = (line: Meaning) => {
    const at = draft.lines.indexOf(line) + 1;
    onChange({ ...draft, lines: [...draft.lines.slice(0, at), lineOf(line.column), ...draft.lines.slice(at)] });
  };
  const isDoubled = (line: Meaning) => draft.lines.filter(({ column }) => column === line.column).length > 1;
  return (
    <>
      <ul className="meanings">
        {draft.lines.map((line) => (
          <li key={line.id}>
            <span className="meaning-column" title={line.column}>{line.column}</span>
            <Select
              aria-label={t("imports.meansOf", { column: line.column })} value={line.as} popupMatchSelectWidth={false}
              options={AS.map((value) => ({ value, label: t(`imports.as.${value}`) }))} onChange={(as) => change(line.id, { as })}
            />
            <span className="meaning-more">
              <More line={line} change={(more) => change(line.id, more)} />
            </span>
            {isDoubled(line) ? (
              <Button type="text" size="small" aria-label={t("imports.removeOf", { column: line.column })} onClick={() => onChange({ ...draft, lines: draft.lines.filter((one) => one !== line) })}>
                {t("imports.remove")}
              </Button>
            ) : (
              <Button type="text" size="small" disabled={line.as === "none"} aria-label={t("imports.alsoOf", { column: line.column })} onClick={() => also(line)}>
                {t("imports.also")}
              </Button>
            )}
          </li>
        ))}
      </ul>
      <div className="grid-form imports-whole">
        <label>
          {t("imports.source")}
          <Input value={draft.source} placeholder="import" onChange={({ target }) => onChange({ ...draft, source: target.value })} />
        </label>
        <label>
          {t("imports.zone")}
          <Input value={draft.zone} placeholder="Asia/Shanghai" onChange={({ target }) => onChange({ ...draft, zone: target.value })} />
        </label>
        <label>
          {t("imports.constant")}
          <Input value={draft.constant} placeholder="2026-01-31 12:00:00" onChange={({ target }) => onChange({ ...draft, constant: target.value })} />
        </label>
      </div>
    </>
  );
}

/** What else has to be said of a meaning. */
function More({ line, change }: { line: Meaning; change: (more: Partial<Meaning>) => void }) {
  const { t } = useTranslation();
  const of = (what: string) => `${what} (${line.column})`;
  switch (line.as) {
    case "identifier":
      return (
        <>
          <Select
            aria-label={of(t("find.kind"))} value={line.kind} popupMatchSelectWidth={false}
            options={IDENTIFIER_KINDS.map((value) => ({ value, label: t(`idKind.${value}`) }))} onChange={(kind) => change({ kind })}
          />
          <Input aria-label={of(t("imports.scope"))} value={line.scope} placeholder={t("imports.scope")} status={line.scope === "?" ? "error" : ""} onChange={({ target }) => change({ scope: target.value })} />
        </>
      );
    case "profile":
      return (
        <AutoComplete
          aria-label={of(t("person.editName"))} value={line.field} placeholder={t("person.editName")} status={line.field.trim() === "" ? "error" : ""}
          options={FIELDS.map((value) => ({ value, label: wordText("field", value) }))} onChange={(field: string) => change({ field })}
        />
      );
    case "consent":
      return (
        <>
          <Input aria-label={of(t("consent.purpose"))} value={line.purpose} onChange={({ target }) => change({ purpose: target.value })} />
          <Select
            aria-label={of(t("consent.channel"))} value={line.channel} popupMatchSelectWidth={false}
            options={CHANNELS.map((value) => ({ value, label: wordText("channel", value) }))} onChange={(channel) => change({ channel })}
          />
          <Words label={t("imports.yes")} of={of} words={line.yes} onChange={(yes) => change({ yes })} />
          <Words label={t("imports.no")} of={of} words={line.no} onChange={(no) => change({ no })} />
        </>
      );
    case "time":
      return (
        <Select
          aria-label={of(t("imports.format"))} value={line.format} popupMatchSelectWidth={false}
          options={FORMATS.map((value) => ({ value, label: t(`imports.format.${value}`) }))} onChange={(format) => change({ format })}
        />
      );
    default:
      return null;
  }
}

function Words({ label, of, words, onChange }: { label: string; of: (what: string) => string; words: string[]; onChange: (words: string[]) => void }) {
  return (
    <Select mode="tags" aria-label={of(label)} prefix={label} value={words} open={false} suffixIcon={null} maxTagCount="responsive" onChange={onChange} />
  );
}
