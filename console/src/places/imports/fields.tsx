// Fields of a mapping: each takes a column of the file, or a text.

import { Input, Select } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

interface FieldProps {
  label: string;
  hint?: string | undefined;
  children: ReactNode;
}

/** What a field is for, and a word about it below. */
export function Field({ label, hint, children }: FieldProps) {
  return (
    <div className="map-field">
      <span aria-hidden>{label}</span>
      {children}
      {hint && <span className="muted small">{hint}</span>}
    </div>
  );
}

/** Fields that belong together. */
export function Fields({ title, children }: { title: string; children: ReactNode }) {
  return (
    <fieldset className="map-fields">
      <legend>{title}</legend>
      <div className="map-grid">{children}</div>
    </fieldset>
  );
}

interface ColumnProps {
  label: string;
  hint?: string | undefined;
  columns: string[];
  value: string | null | undefined;
  /** Whether there is no mapping without it. */
  needed?: boolean;
  disabled?: boolean;
  onChange: (column: string | null) => void;
}

/** One column, or none. */
export function ColumnField({ label, hint, columns, value, needed = false, disabled = false, onChange }: ColumnProps) {
  const { t } = useTranslation();
  return (
    <Field label={label} hint={hint}>
      <Select
        aria-label={label} value={value || null} placeholder={needed ? t("imports.columnNeeded") : t("imports.columnNone")} allowClear={!needed} disabled={disabled}
        showSearch status={needed && !value ? "error" : ""} popupMatchSelectWidth={false}
        options={columns.map((column) => ({ value: column, label: column }))} onChange={(column: string | undefined) => onChange(column ?? null)}
      />
    </Field>
  );
}

interface ColumnsProps {
  label: string;
  hint?: string | undefined;
  columns: string[];
  values: string[];
  most: number;
  needed?: boolean;
  onChange: (columns: string[]) => void;
}

/** Several columns in their order. */
export function ColumnsField({ label, hint, columns, values, most, needed = false, onChange }: ColumnsProps) {
  const { t } = useTranslation();
  return (
    <Field label={label} hint={hint}>
      <Select
        mode="multiple" aria-label={label} value={values} maxCount={most} placeholder={needed ? t("imports.columnNeeded") : t("imports.columnNone")}
        status={needed && values.length === 0 ? "error" : ""} popupMatchSelectWidth={false}
        options={columns.map((column) => ({ value: column, label: column }))} onChange={onChange}
      />
    </Field>
  );
}

interface TextProps {
  label: string;
  hint?: string | undefined;
  value: string | null | undefined;
  placeholder: string;
  onChange: (text: string | null) => void;
}

/** A text, or nothing. */
export function TextField({ label, hint, value, placeholder, onChange }: TextProps) {
  return (
    <Field label={label} hint={hint}>
      <Input aria-label={label} value={value ?? ""} placeholder={placeholder} onChange={({ target }) => onChange(target.value.trim() === "" ? null : target.value.trim())} />
    </Field>
  );
}
