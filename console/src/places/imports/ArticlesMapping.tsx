import { useTranslation } from "react-i18next";

import type { Schemas } from "../../api/client";
import { ColumnField, Fields, TextField } from "./fields";
import type { EditorProps } from "./handled";

const FURTHER = ["name", "department", "category", "brand"] as const;

/** What each column of a file of articles means. */
export function ArticlesMapping({ draft, columns, onChange }: EditorProps<Schemas["ImportArticlesMapping"]>) {
  const { t } = useTranslation();
  return (
    <Fields title={t("articles.one")}>
      <ColumnField label={t("articles.code")} hint={t("articles.codeHint")} columns={columns} value={draft.code} needed onChange={(code) => onChange({ ...draft, code: code ?? "" })} />
      {FURTHER.map((field) => (
        <ColumnField key={field} label={t(`articles.${field}`)} columns={columns} value={draft[field]} onChange={(column) => onChange({ ...draft, [field]: column })} />
      ))}
      <TextField label={t("imports.source")} value={draft.source} placeholder="erp" onChange={(source) => onChange({ ...draft, source })} />
    </Fields>
  );
}
