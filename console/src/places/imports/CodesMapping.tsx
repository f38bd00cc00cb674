import { useTranslation } from "react-i18next";

import type { Schemas } from "../../api/client";
import { ColumnField, Fields, TextField } from "./fields";
import type { EditorProps } from "./handled";

const LABELS = ["item", "inner", "box", "case", "pallet"] as const;

/** What each column of a list of codes means. */
export function CodesMapping({ draft, columns, onChange }: EditorProps<Schemas["ImportCodesMapping"]>) {
  const { t } = useTranslation();
  return (
    <div className="stack">
      <Fields title={t("listed.columns")}>
        {LABELS.map((label) => (
          <ColumnField key={label} label={t(`listed.label.${label}`)} columns={columns} value={draft[label]} onChange={(column) => onChange({ ...draft, [label]: column })} />
        ))}
      </Fields>
      <Fields title={t("listed.printed")}>
        <TextField label={t("listed.link")} hint={t("listed.linkHint")} value={draft.link} placeholder="https://q.example.com/v?c={code}" onChange={(link) => onChange({ ...draft, link })} />
        <TextField label={t("imports.source")} value={draft.source} placeholder="supplier" onChange={(source) => onChange({ ...draft, source })} />
      </Fields>
    </div>
  );
}
