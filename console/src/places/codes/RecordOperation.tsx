// Says what was done with goods: by codes as they are scanned, or by the serials of a batch.

import { Button, Checkbox, DatePicker, Form, Input, InputNumber, Segmented, Select } from "antd";
import { useQuery } from "@tanstack/react-query";
import dayjs from "dayjs";
import { useState, type KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";

import { answer, api, type Schemas } from "../../api/client";
import { useMay } from "../../api/permissions";
import { organisationsQuery } from "../../api/queries";
import { FormDrawer } from "../../shared/FormDrawer";
import { useCommand } from "../../shared/useCommand";
import { CODES_MAX, codesOf, isApart, KINDS, namesOrganisation, OPERATIONS_MAX, partsOf, type Filled, type Kind, type Outcome, type Part, type WithOrganisation } from "./operations";
import { Outcomes } from "./Outcomes";
import { levelsOf } from "./units";

interface Props {
  /** The code that somebody looks at. */
  code?: string;
  /** The batch that somebody looks at. */
  batch?: Schemas["Batch"];
}

export interface Came {
  part: Part;
  outcome: Outcome;
}

export function RecordOperation({ code, batch }: Props) {
  const { t } = useTranslation();
  const may = useMay();
  const [isOpen, setOpen] = useState(false);
  const [came, setCame] = useState<Came[]>([]);
  const [form] = Form.useForm<Filled>();
  const record = useCommand({
    run: async (parts: Part[]) => {
      const { outcomes } = await answer(api.POST("/v1/operations", { body: { operations: parts.map(({ operation }) => operation) } }));
      return outcomes.map((outcome, at) => ({ part: parts[at]!, outcome }));
    },
    changes: [["trace"], ["holders"], ["code"], ["shipments"], ["operations"], ["exceptions"], ["flows"], ["flow_shipments"]],
    then: (all) => {
      setCame(all);
      // What was refused stays to be put right.
      form.setFieldValue("codes", all.flatMap(({ part, outcome }) => ("refused" in outcome ? part.lines : [])).join("\n"));
    },
  });
  if (!may("POST /operations")) return null;
  const close = () => {
    setOpen(false);
    setCame([]);
    record.reset();
  };
  return (
    <>
      <Button onClick={() => setOpen(true)}>{t("operation.record")}</Button>
      <FormDrawer<Filled>
        open={isOpen} title={t("operation.record")} submit={t("operation.submit")} width={560} form={form} busy={record.isPending} error={record.error}
        initial={{ kind: "receive", source: batch ? "serials" : "codes", codes: code ?? "", apart: isApart("receive") }}
        onSubmit={(filled) => (setCame([]), record.mutate(partsOf(filled, batch?.id)))} onClose={close}
      >
        {came.length > 0 && <Outcomes came={came} />}
        <Fields batch={batch} code={code} />
      </FormDrawer>
    </>
  );
}

function Fields({ batch, code }: Props) {
  const { t } = useTranslation();
  const form = Form.useFormInstance<Filled>();
  const kind = Form.useWatch("kind", form) ?? "receive";
  return (
    <>
      <Form.Item name="kind" label={t("operation.kind")} extra={t(`operation.hint.${kind}`)}>
        <Select options={KINDS.map((value) => ({ value, label: t(`operation.kind.${value}`) }))} onChange={(chosen: Kind) => form.setFieldValue("apart", isApart(chosen))} />
      </Form.Item>
      {namesOrganisation(kind) && <Organisations kind={kind} />}
      {kind === "pack" && (
        <>
          <CodeField name="pack" next="codes" label={t("operation.pack")} />
          <Form.Item name="moves" valuePropName="checked">
            <Checkbox>{t("operation.moves")}</Checkbox>
          </Form.Item>
        </>
      )}
      {kind === "replace" ? (
        <>
          <CodeField name="old" next="new" label={t("operation.old")} initial={code} />
          <CodeField name="new" label={t("operation.new")} hint={t("operation.newHint")} />
        </>
      ) : (
        <Goods batch={batch} />
      )}
      <Form.Item name="at" label={t("operation.at")} extra={t("operation.atHint")}>
        <DatePicker showTime={{ format: "HH:mm" }} format="YYYY-MM-DD HH:mm" className="full" disabledDate={(day) => day.isAfter(dayjs().endOf("day"))} />
      </Form.Item>
    </>
  );
}

function Organisations({ kind }: { kind: WithOrganisation }) {
  const { t } = useTranslation();
  const may = useMay();
  const { data } = useQuery({ ...organisationsQuery, enabled: may("GET /organisations") });
  const options = data?.map(({ id, name }) => ({ value: id, label: name }));
  return (
    <>
      <Form.Item name="organisation" label={t(`operation.who.${kind}`)} rules={[{ required: true, message: t("common.needed") }]}>
        <Select showSearch={{ optionFilterProp: "label" }} options={options} />
      </Form.Item>
      {kind === "ship" && (
        <Form.Item name="sender" label={t("operation.from")} extra={t("operation.fromHint")}>
          <Select allowClear showSearch={{ optionFilterProp: "label" }} options={options} />
        </Form.Item>
      )}
    </>
  );
}

/** One code. A scanner ends it with Enter, which leads to the next field. */
function CodeField({ name, next, label, hint, initial }: { name: "pack" | "old" | "new"; next?: "codes" | "new"; label: string; hint?: string; initial?: string | undefined }) {
  const { t } = useTranslation();
  const form = Form.useFormInstance<Filled>();
  const onEnter = (event: KeyboardEvent) => {
    event.preventDefault();
    if (next) form.focusField(next);
  };
  return (
    <Form.Item name={name} label={label} extra={hint} initialValue={initial} rules={[{ required: true, whitespace: true, message: t("common.needed") }]}>
      <Input className="mono" autoComplete="off" spellCheck={false} allowClear onPressEnter={onEnter} />
    </Form.Item>
  );
}

function Goods({ batch }: { batch: Schemas["Batch"] | undefined }) {
  const { t } = useTranslation();
  const form = Form.useFormInstance<Filled>();
  const source = Form.useWatch("source", form) ?? (batch ? "serials" : "codes");
  return (
    <>
      {batch && (
        <Form.Item name="source" label={t("operation.source")}>
          <Segmented options={(["serials", "codes"] as const).map((value) => ({ value, label: t(`operation.source.${value}`) }))} />
        </Form.Item>
      )}
      {batch && source === "serials" ? <Serials batch={batch} /> : <Codes />}
    </>
  );
}

function Serials({ batch }: { batch: Schemas["Batch"] }) {
  const { t } = useTranslation();
  const levels = levelsOf(batch);
  const needed = [{ required: true, message: t("common.needed") }];
  return (
    <>
      <Form.Item name="serial_level" label={t("batch.level")} initialValue={levels.at(-1)}>
        <Select options={levels.map((value) => ({ value, label: t(`batch.level.${value}`) }))} />
      </Form.Item>
      <div className="grid-form">
        <Form.Item name="serial_first" label={t("batch.first")} rules={needed}>
          <InputNumber min={0} precision={0} className="full" />
        </Form.Item>
        <Form.Item name="serial_last" label={t("batch.last")} rules={needed}>
          <InputNumber min={0} precision={0} className="full" />
        </Form.Item>
      </div>
    </>
  );
}

function Codes() {
  const { t } = useTranslation();
  const form = Form.useFormInstance<Filled>();
  const { codes, twice } = codesOf(Form.useWatch("codes", form));
  const isOfEach = Form.useWatch("apart", form) ?? false;
  const max = isOfEach ? OPERATIONS_MAX : CODES_MAX;
  const check = (_: unknown, text: string | undefined) => {
    const count = codesOf(text).codes.length;
    if (count === 0) return Promise.reject(new Error(t("common.needed")));
    return count > max ? Promise.reject(new Error(t("operation.tooMany", { max }))) : Promise.resolve();
  };
  const counted = [t("operation.counted", { count: codes.length }), ...(twice > 0 ? [t("operation.twice", { count: twice })] : [])].join(" · ");
  return (
    <>
      <Form.Item name="codes" label={t("operation.codes")} dependencies={["apart"]} extra={<>{t("operation.codesHint")} <span role="status">{counted}</span></>} rules={[{ validator: check }]}>
        <Input.TextArea className="mono" autoComplete="off" spellCheck={false} rows={7} />
      </Form.Item>
      <Form.Item name="apart" valuePropName="checked" extra={t("operation.apartHint")}>
        <Checkbox>{t("operation.apart")}</Checkbox>
      </Form.Item>
    </>
  );
}
