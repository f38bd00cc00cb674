// What tells a document in a file of operations: its number, what is done, with which codes, and for whom.

import { CloseOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Checkbox, Input, Select } from "antd";
import { useTranslation } from "react-i18next";

import type { Schemas } from "../../api/client";
import { ColumnField, ColumnsField, Field, Fields, TextField } from "./fields";
import type { EditorProps } from "./handled";
import { FORMATS } from "./MemberMapping";

type Mapping = Schemas["ImportOperationsMapping"];
type Kind = Schemas["ImportOperation"];
type Props = EditorProps<Mapping>;

const DOCUMENT_COLUMNS_MAX = 4;
const WORDS_MAX = 100;
const KINDS: Kind[] = ["ship", "receive", "return", "sell", "pack", "unpack", "open", "destroy"];

export function OperationsMapping(props: Props) {
  return (
    <div className="stack">
      <TheDocument {...props} />
      <TheOperation {...props} />
      <TheGoods {...props} />
      <TheOrganisations {...props} />
    </div>
  );
}

/** Whether a mapping may say one of these. */
const says = ({ operation }: Mapping, kinds: Kind[]) =>
  kinds.some((kind) => operation.constant === kind || Object.values(operation.words ?? {}).includes(kind));

function TheDocument({ draft, columns, onChange }: Props) {
  const { t } = useTranslation();
  const set = (more: Partial<Mapping>) => onChange({ ...draft, ...more });
  const setTime = (more: Partial<Schemas["TimeColumn"]>) => set({ time: { ...draft.time, ...more } });
  return (
    <Fields title={t("imports.documents.one")}>
      <ColumnsField
        label={t("imports.documents.number")} hint={t("imports.documents.numberHint")} columns={columns} values={draft.document} most={DOCUMENT_COLUMNS_MAX} needed
        onChange={(document) => set({ document })}
      />
      <ColumnField
        label={t("imports.documents.time")} hint={t("imports.documents.timeHint")} columns={columns} value={draft.time?.column}
        onChange={(column) => (column ? setTime({ column }) : set({ time: null, zone: null }))}
      />
      {draft.time && (
        <>
          <Field label={t("imports.format")}>
            <Select
              aria-label={t("imports.format")} value={draft.time.format ?? "auto"} popupMatchSelectWidth={false}
              options={FORMATS.map((value) => ({ value, label: t(`imports.format.${value}`) }))} onChange={(format) => setTime({ format })}
            />
          </Field>
          <TextField label={t("imports.zone")} hint={t("orders.map.zoneHint")} value={draft.zone} placeholder="Asia/Shanghai" onChange={(zone) => set({ zone })} />
        </>
      )}
      <TextField label={t("imports.source")} hint={t("imports.documents.sourceHint")} value={draft.source} placeholder="wms" onChange={(source) => set({ source })} />
    </Fields>
  );
}

function TheOperation({ draft, columns, onChange }: Props) {
  const { t } = useTranslation();
  const { operation } = draft;
  const set = (more: Partial<Mapping["operation"]>) => onChange({ ...draft, operation: { ...operation, ...more } });
  const options = KINDS.map((value) => ({ value, label: t(`imports.does.${value}`) }));
  return (
    <>
      <Fields title={t("imports.documents.does")}>
        <ColumnField
          label={t("imports.documents.doesColumn")} columns={columns} value={operation.column}
          onChange={(column) => set({ column, words: column ? (operation.words ?? {}) : {} })}
        />
        <Field label={operation.column ? t("imports.documents.doesElse") : t("imports.documents.doesAll")}>
          <Select
            aria-label={operation.column ? t("imports.documents.doesElse") : t("imports.documents.doesAll")} value={operation.constant ?? null}
            allowClear={Boolean(operation.column)} status={operation.column || operation.constant ? "" : "error"} placeholder={t("imports.documents.doesChoose")}
            options={options} onChange={(constant: Kind | undefined) => set({ constant: constant ?? null })}
          />
        </Field>
      </Fields>
      {operation.column && <Words words={operation.words ?? {}} onChange={(words) => set({ words })} />}
    </>
  );
}

interface WordsProps {
  words: Record<string, Kind>;
  onChange: (words: Record<string, Kind>) => void;
}

/** What each word of the column means. */
function Words({ words, onChange }: WordsProps) {
  const { t } = useTranslation();
  const all = Object.entries(words);
  const set = (changed: [string, Kind][]) => onChange(Object.fromEntries(changed));
  return (
    <fieldset className="map-fields">
      <legend>{t("imports.documents.words")}</legend>
      <ul className="map-words">
        {all.map(([word, kind], at) => (
          <li key={at}>
            <Input
              aria-label={t("imports.documents.word", { at: at + 1 })} value={word} status={word.trim() === "" ? "error" : ""}
              onChange={({ target }) => {
                // Two words that are the same would become one.
                if (!all.some(([other], place) => place !== at && other === target.value)) set(all.map((one, place) => (place === at ? [target.value, kind] : one)));
              }}
            />
            <Select
              aria-label={t("imports.documents.wordMeans", { at: at + 1 })} value={kind} options={KINDS.map((value) => ({ value, label: t(`imports.does.${value}`) }))}
              onChange={(changed: Kind) => set(all.map((one, place) => (place === at ? [word, changed] : one)))}
            />
            <Button type="text" icon={<CloseOutlined />} aria-label={t("imports.documents.wordRemove", { at: at + 1 })} onClick={() => set(all.filter((_, place) => place !== at))} />
          </li>
        ))}
      </ul>
      <Button size="small" icon={<PlusOutlined />} disabled={all.length >= WORDS_MAX || "" in words} onClick={() => set([...all, ["", "ship"]])}>
        {t("imports.documents.wordAdd")}
      </Button>
    </fieldset>
  );
}

function TheGoods({ draft, columns, onChange }: Props) {
  const { t } = useTranslation();
  const set = (more: Partial<Mapping>) => onChange({ ...draft, ...more });
  const packs = says(draft, ["pack"]);
  return (
    <Fields title={t("imports.documents.goods")}>
      <ColumnField label={t("imports.documents.code")} hint={t("imports.documents.codeHint")} columns={columns} value={draft.code} needed onChange={(code) => set({ code: code ?? "" })} />
      <ColumnField label={t("imports.documents.last")} hint={t("imports.documents.lastHint")} columns={columns} value={draft.last} onChange={(last) => set({ last })} />
      {(packs || draft.pack) && (
        <ColumnField label={t("imports.documents.pack")} columns={columns} value={draft.pack} needed={packs} onChange={(pack) => set({ pack })} />
      )}
      {packs && (
        <Field label={t("imports.documents.moves")}>
          <Checkbox checked={draft.moves ?? false} onChange={({ target }) => set({ moves: target.checked })}>{t("imports.documents.movesYes")}</Checkbox>
        </Field>
      )}
    </Fields>
  );
}

function TheOrganisations({ draft, columns, onChange }: Props) {
  const { t } = useTranslation();
  if (!says(draft, ["ship", "receive", "sell", "destroy"])) return null;
  const change = (field: "organisation" | "from", more: Partial<Schemas["ImportOrganisationColumn"]>) => {
    const { column, constant } = { ...draft[field], ...more };
    onChange({ ...draft, [field]: column || constant ? { column: column ?? null, constant: constant ?? null } : null });
  };
  return (
    <Fields title={t("imports.documents.organisations")}>
      <ColumnField
        label={t("imports.documents.organisation")} hint={t("imports.documents.organisationHint")} columns={columns} value={draft.organisation?.column} needed={!draft.organisation?.constant}
        onChange={(column) => change("organisation", { column })}
      />
      <TextField
        label={draft.organisation?.column ? t("imports.documents.organisationElse") : t("imports.documents.organisationAll")} value={draft.organisation?.constant} placeholder="D-001"
        onChange={(constant) => change("organisation", { constant })}
      />
      <ColumnField label={t("imports.documents.from")} hint={t("imports.documents.fromHint")} columns={columns} value={draft.from?.column} onChange={(column) => change("from", { column })} />
    </Fields>
  );
}
