import { AutoComplete, DatePicker, Form, Input, InputNumber, Select } from "antd";
import type { Dayjs } from "dayjs";
import type { KeyboardEvent } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../../api/client";
import { CURRENCIES, digitsOf, smallestOf } from "../../shared/currency";
import { FormDrawer } from "../../shared/FormDrawer";
import { useCommand } from "../../shared/useCommand";

const POINTS_MAX = 1_000_000;
const SOURCES_MAX = 50;
/** A word, as the API takes it for a source. */
const SOURCE = /^[a-z0-9_.-]{1,32}$/;

interface Values {
  name: string;
  points: number;
  amount: string;
  currency: string;
  sources?: string[];
  starts: Dayjs;
  ends: Dayjs;
}

const code = (currency: string | undefined) => (currency ?? "").trim().toUpperCase();

/** Enter takes the moment that was typed; the form is not sent by it. */
const keepForm = (event: KeyboardEvent<HTMLElement>) => {
  if (event.key === "Enter") event.preventDefault();
};

/** A rule for points, which begins as a draft. */
export function NewPointsRule({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const [form] = Form.useForm<Values>();
  const currency = code(Form.useWatch("currency", form));
  const starts = Form.useWatch("starts", form);
  const make = useCommand({
    run: ({ name, points, amount, currency: typed, sources, starts, ends }: Values) =>
      answer(
        api.POST("/v1/points-rules", {
          body: {
            name, points, currency: code(typed), per_amount: smallestOf(amount, code(typed))!, sources: sources ?? [],
            starts: starts.toISOString(), ends: ends.toISOString(),
          },
        }),
      ),
    done: t("pointsRules.done"),
    changes: [["points-rules"]],
    then: onClose,
  });
  const needed = [{ required: true, message: t("common.needed") }];
  const refuse = (text: string) => Promise.reject(new Error(text));
  return (
    <FormDrawer<Values>
      open={open} title={t("pointsRules.add")} submit={t("pointsRules.add")} busy={make.isPending} error={make.error} form={form}
      initial={{ points: 1, amount: "1", currency: "CNY" }} onSubmit={(values) => make.mutate(values)} onClose={onClose}
    >
      <p className="muted form-lead">{t("pointsRules.newLead")}</p>
      <Form.Item name="name" label={t("common.name")} rules={[{ required: true, whitespace: true, message: t("common.needed") }]}>
        <Input maxLength={120} />
      </Form.Item>
      <div className="rule-formula">
        <Form.Item
          name="amount" label={t("pointsRules.perAmount")} dependencies={["currency"]}
          rules={[
            {
              required: true,
              validator: (_, value: string | undefined) =>
                (smallestOf(value ?? "", currency) ?? 0) > 0 ? Promise.resolve() : refuse(t("pointsRules.amountBad", { digits: digitsOf(currency) })),
            },
          ]}
        >
          <Input inputMode="decimal" autoComplete="off" />
        </Form.Item>
        <Form.Item
          name="currency" label={t("pointsRules.currency")}
          rules={[{ required: true, validator: (_, value: string | undefined) => (/^[A-Z]{3}$/.test(code(value)) ? Promise.resolve() : refuse(t("pointsRules.currencyBad"))) }]}
        >
          <AutoComplete options={CURRENCIES.map((value) => ({ value }))} />
        </Form.Item>
        <Form.Item name="points" label={t("pointsRules.points")} rules={needed}>
          <InputNumber min={1} max={POINTS_MAX} precision={0} className="full" />
        </Form.Item>
      </div>
      <Form.Item
        name="sources" label={t("pointsRules.sources")} extra={t("pointsRules.sourcesHint")}
        rules={[{ validator: (_, value: string[] | undefined) => ((value ?? []).every((one) => SOURCE.test(one)) ? Promise.resolve() : refuse(t("pointsRules.sourceBad"))) }]}
      >
        <Select mode="tags" open={false} suffixIcon={null} maxCount={SOURCES_MAX} placeholder={t("pointsRules.allSources")} tokenSeparators={[",", " ", "，"]} />
      </Form.Item>
      <div className="grid-form">
        <Form.Item name="starts" label={t("campaigns.starts")} extra={t("pointsRules.timeHint")} rules={needed}>
          <DatePicker showTime={{ format: "HH:mm" }} format="YYYY-MM-DD HH:mm" className="full" onKeyDown={keepForm} />
        </Form.Item>
        <Form.Item name="ends" label={t("campaigns.ends")} rules={needed}>
          <DatePicker showTime={{ format: "HH:mm" }} format="YYYY-MM-DD HH:mm" className="full" minDate={starts} onKeyDown={keepForm} />
        </Form.Item>
      </div>
    </FormDrawer>
  );
}
