import { CloseOutlined, PlusOutlined } from "@ant-design/icons";
import { Button, Form, Input, InputNumber, Select } from "antd";
import { useTranslation } from "react-i18next";

import { fenOf, percent } from "../../shared/format";
import type { Draft, PrizeDraft } from "./draft";

const KINDS: PrizeDraft["kind"][] = ["red_packet", "points", "gift", "nothing"];

export function PrizesStep() {
  const { t } = useTranslation();
  const prizes = Form.useWatch<Draft["prizes"] | undefined>("prizes") ?? [];
  const weights = prizes.reduce((sum, prize) => sum + (prize?.weight || 0), 0);
  const names = [...new Set(prizes.map((prize) => prize?.name?.trim()).filter(Boolean))];
  return (
    <>
      <Form.List
        name="prizes"
        rules={[{ validator: (_, value: unknown[]) => (value?.length > 0 ? Promise.resolve() : Promise.reject(new Error(t("wizard.prizeNeeded")))) }]}
      >
        {(fields, { add, remove }, { errors }) => (
          <div className="stack tight">
            {fields.map(({ key, name }) => (
              <Prize
                key={key} at={name} prize={prizes[name]} odds={percent(prizes[name]?.weight ?? 0, weights)}
                remove={fields.length > 1 ? () => remove(name) : undefined}
              />
            ))}
            <Form.ErrorList errors={errors} />
            <div className="row">
              <Button icon={<PlusOutlined />} onClick={() => add({ kind: "points", name: "", weight: 10 })}>
                {t("wizard.addPrize")}
              </Button>
              <span className="muted small">{t("wizard.weightHint")}</span>
            </div>
          </div>
        )}
      </Form.List>
      <div className="wizard-narrow wizard-sub">
        <Form.Item name="fallback" label={t("campaign.fallback")} extra={t("wizard.fallbackHint")}>
          <Select allowClear placeholder={t("common.none")} options={names.map((value) => ({ value, label: value }))} />
        </Form.Item>
      </div>
    </>
  );
}

function Prize({ at, prize, odds, remove }: { at: number; prize: PrizeDraft | undefined; odds: string; remove: (() => void) | undefined }) {
  const { t } = useTranslation();
  const needed = [{ required: true, message: t("common.needed") }];
  const money = { required: true, validator: (_: unknown, value: string) => ((fenOf(value ?? "") ?? 0) > 0 ? Promise.resolve() : Promise.reject(new Error(t("campaign.amountBad")))) };
  return (
    <div className="prize">
      <Form.Item name={[at, "kind"]} label={t("campaign.reward")}>
        <Select options={KINDS.map((value) => ({ value, label: t(`campaign.reward.${value}`) }))} />
      </Form.Item>
      <Form.Item name={[at, "name"]} label={t("wizard.prizeName")} rules={[{ required: true, whitespace: true, message: t("common.needed") }]}>
        <Input maxLength={60} autoComplete="off" />
      </Form.Item>
      {prize?.kind === "red_packet" && (
        <>
          <Form.Item name={[at, "min"]} label={t("wizard.minYuan")} rules={[money]}>
            <Input inputMode="decimal" autoComplete="off" placeholder="0.30" />
          </Form.Item>
          <Form.Item
            name={[at, "max"]} label={t("wizard.maxYuan")} dependencies={[["prizes", at, "min"]]}
            rules={[
              money,
              ({ getFieldValue }) => ({
                validator: (_, value: string) =>
                  (fenOf(value ?? "") ?? 0) >= (fenOf((getFieldValue(["prizes", at, "min"]) as string) ?? "") ?? 0) ? Promise.resolve() : Promise.reject(new Error(t("wizard.rangeBad"))),
              }),
            ]}
          >
            <Input inputMode="decimal" autoComplete="off" placeholder="1.88" />
          </Form.Item>
        </>
      )}
      {prize?.kind === "points" && (
        <Form.Item name={[at, "points"]} label={t("wizard.points")} rules={needed}>
          <InputNumber min={1} precision={0} className="full" />
        </Form.Item>
      )}
      <Form.Item name={[at, "weight"]} label={`${t("campaign.weight")} · ${odds}`} rules={needed}>
        <InputNumber min={1} precision={0} className="full" />
      </Form.Item>
      <Form.Item name={[at, "stock"]} label={t("campaign.stock")}>
        <InputNumber min={1} precision={0} placeholder={t("common.unlimited")} className="full" />
      </Form.Item>
      {remove && <Button className="prize-remove" type="text" icon={<CloseOutlined />} aria-label={t("wizard.removePrize", { name: prize?.name || at + 1 })} onClick={remove} />}
    </div>
  );
}
