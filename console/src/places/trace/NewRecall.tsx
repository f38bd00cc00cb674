// A recall that is made: which goods, how many that is and who has them, and what their scans say in both languages.

import { useMutation, useQuery } from "@tanstack/react-query";
import { App, Button, Form, Input, InputNumber, Select } from "antd";
import { useTranslation } from "react-i18next";

import { answer, api } from "../../api/client";
import { useMay } from "../../api/permissions";
import { batchesQuery } from "../../api/queries";
import { ErrorPanel } from "../../shared/ErrorPanel";
import { FormDrawer } from "../../shared/FormDrawer";
import { number } from "../../shared/format";
import { useCommand } from "../../shared/useCommand";
import { levelsOf } from "../codes/units";
import { HoldersList } from "./HoldersList";
import { PhonePreview } from "./PhonePreview";
import { goodsOf, KINDS, LANGUAGES, textsOf, type Filled, type Goods, type Kind } from "./recalls";

interface Props {
  batch: string | null;
  operation: string | null;
  onClose: () => void;
  onDone: (id: string) => void;
}

export function NewRecall({ batch, operation, onClose, onDone }: Props) {
  const { t } = useTranslation();
  const { modal } = App.useApp();
  const [form] = Form.useForm<Filled>();
  const reach = useMutation({ mutationFn: (goods: Goods) => answer(api.POST("/v1/recalls/preview", { body: { goods } })) });
  const make = useCommand({
    run: (filled: Filled) => answer(api.POST("/v1/recalls", { body: { goods: goodsOf(filled)!, texts: textsOf(filled), reason: filled.reason.trim() } })),
    done: ({ items }) => t("recalls.done", { number: number(items) }),
    changes: [["recalls"], ["code"], ["scans"]],
    then: ({ id }) => onDone(id),
  });
  const look = () => {
    const goods = goodsOf(form.getFieldsValue());
    if (goods) reach.mutate(goods);
    else void form.validateFields(["batch", "operation", "codes", "level", "first"]);
  };
  // Whoever calls goods back sees first how many they are.
  const ask = async (filled: Filled) => {
    const goods = goodsOf(filled);
    if (!goods) return;
    const found = await reach.mutateAsync(goods).catch(() => null);
    if (!found) return;
    void modal.confirm({
      title: t("recalls.confirmTitle", { number: number(found.items) }), content: t("recalls.confirmLead"), okText: t("recalls.add"), cancelText: t("common.cancel"),
      okButtonProps: { danger: true }, onOk: () => make.mutate(filled),
    });
  };
  const initial: Partial<Filled> = { kind: operation ? "operation" : "batch", ...(batch ? { batch } : {}), ...(operation ? { operation } : {}), level: "case" };
  return (
    <FormDrawer<Filled>
      open title={t("recalls.add")} submit={t("recalls.add")} width={680} form={form} busy={make.isPending || reach.isPending} error={make.error}
      initial={initial} onSubmit={(filled) => void ask(filled)} onClose={onClose}
    >
      <Which />
      <div className="recall-reach">
        <Button onClick={look} loading={reach.isPending}>{t("recalls.look")}</Button>
        {reach.error && <ErrorPanel error={reach.error} />}
        {reach.data && (
          <>
            <p role="status"><strong>{t("recalls.reach", { number: number(reach.data.items), count: reach.data.batches.length })}</strong></p>
            <HoldersList holders={reach.data.holders} items={reach.data.items} />
          </>
        )}
      </div>
      {LANGUAGES.map((language, at) => <Texts key={language} language={language} isNeeded={at === 0} />)}
      <Form.Item name="reason" label={t("recalls.reason")} extra={t("recalls.reasonHint")} rules={[{ required: true, whitespace: true, message: t("common.reasonNeeded") }]}>
        <Input maxLength={200} />
      </Form.Item>
    </FormDrawer>
  );
}

/** The fields that say which goods. */
function Which() {
  const { t } = useTranslation();
  const may = useMay();
  const form = Form.useFormInstance<Filled>();
  const kind: Kind = Form.useWatch("kind", form) ?? "batch";
  const chosen: string | undefined = Form.useWatch("batch", form);
  const batches = useQuery({ ...batchesQuery, enabled: may("GET /batches") });
  const batch = batches.data?.find(({ id }) => id === chosen);
  const needed = [{ required: true, whitespace: true, message: t("common.needed") }];
  return (
    <>
      <Form.Item name="kind" label={t("recalls.scope")} extra={t(`recalls.hint.${kind}`)}>
        <Select options={KINDS.map((value) => ({ value, label: t(`recalls.by.${value}`) }))} />
      </Form.Item>
      {(kind === "batch" || kind === "serials") && (
        <Form.Item name="batch" label={t("batches.lot")} rules={needed}>
          <Select showSearch={{ optionFilterProp: "label" }} options={batches.data?.map(({ id, lot }) => ({ value: id, label: lot }))} />
        </Form.Item>
      )}
      {kind === "serials" && (
        <div className="grid-form">
          <Form.Item name="level" label={t("batch.level")} rules={needed}>
            <Select options={(batch ? levelsOf(batch) : (["case"] as const)).map((value) => ({ value, label: t(`batch.level.${value}`) }))} />
          </Form.Item>
          <Form.Item name="first" label={t("batch.first")} rules={[{ required: true, message: t("common.needed") }]}>
            <InputNumber min={0} precision={0} className="full" />
          </Form.Item>
          <Form.Item name="last" label={t("batch.last")} extra={t("recalls.lastHint")}>
            <InputNumber min={0} precision={0} className="full" />
          </Form.Item>
        </div>
      )}
      {kind === "operation" && (
        <Form.Item name="operation" label={t("recalls.operation")} rules={[{ required: true, pattern: /^\s*(opr|shp)_[0-9A-Z]{13}\s*$/i, message: t("recalls.operationBad") }]}>
          <Input className="mono" autoComplete="off" spellCheck={false} />
        </Form.Item>
      )}
      {kind === "codes" && (
        <Form.Item name="codes" label={t("operation.codes")} extra={t("operation.codesHint")} rules={needed}>
          <Input.TextArea rows={4} className="mono" spellCheck={false} />
        </Form.Item>
      )}
    </>
  );
}

/** What is said in a language, beside the phone that says it. */
function Texts({ language, isNeeded }: { language: (typeof LANGUAGES)[number]; isNeeded: boolean }) {
  const { t } = useTranslation();
  const form = Form.useFormInstance<Filled>();
  const message: string | undefined = Form.useWatch(["texts", language, "message"], form);
  const instructions: string | undefined = Form.useWatch(["texts", language, "instructions"], form);
  // One without the other would be said to nobody.
  const rules = (other: string | undefined) => [{ required: isNeeded || Boolean(other?.trim()), whitespace: true, message: t("common.needed") }];
  return (
    <div className="recall-texts">
      <div>
        <Form.Item name={["texts", language, "message"]} label={t("recalls.in", { field: t("recalls.message"), language: t(`recalls.language.${language}`) })} rules={rules(instructions)}>
          <Input maxLength={200} lang={language} />
        </Form.Item>
        <Form.Item name={["texts", language, "instructions"]} label={t("recalls.in", { field: t("recalls.instructions"), language: t(`recalls.language.${language}`) })} rules={rules(message)}>
          <Input.TextArea rows={3} maxLength={1000} lang={language} />
        </Form.Item>
      </div>
      <PhonePreview language={language} message={message} instructions={instructions} />
    </div>
  );
}
