// Searching everybody for people who may be one: asking for it, and what the latest search told.

import { Alert, Checkbox, Form, InputNumber } from "antd";
import { useTranslation } from "react-i18next";

import { answer, api, type Schemas } from "../../../api/client";
import { Actor } from "../../../shared/actors";
import { FormDrawer } from "../../../shared/FormDrawer";
import { number, Time } from "../../../shared/format";
import { NumberCard } from "../../../shared/NumberCard";
import { useCommand } from "../../../shared/useCommand";

const AUTO_PERCENT_MIN = 90;
const AUTO_PERCENT = 99.9;

export function SearchLine({ latest }: { latest: Schemas["LatestSearch"] }) {
  const { t } = useTranslation();
  const { state, told, error, by, asked_at } = latest;
  if (error) return <Alert type="error" showIcon title={t("proposals.searchFailed")} description={error} />;
  if (!told) return <Alert type="info" showIcon title={t("proposals.searching")} />;
  return (
    <section className="stack tight" aria-label={t("proposals.latest")} data-testid="search-told">
      <div className="numbers">
        <NumberCard label={t("proposals.people")} value={number(told.people)} note={t("proposals.pairs", { count: number(told.pairs_compared) })} />
        <NumberCard label={t("proposals.new")} value={number(told.new + told.reopened)} note={told.left_out > 0 ? t("proposals.leftOut", { count: number(told.left_out) }) : undefined} />
        <NumberCard label={t("proposals.again")} value={number(told.again)} />
        <NumberCard label={t("proposals.thin")} value={number(told.thin)} note={t("proposals.thinHint")} />
        {told.automatic && <NumberCard label={t("proposals.automatic")} value={number(told.automatic.joined)} note={t("proposals.bothHold", { count: number(told.automatic.both_hold_value) })} />}
      </div>
      <p className="muted small row">
        {t(`runs.state.${state}`)} · <Actor id={by} /> <Time at={asked_at} />
      </p>
    </section>
  );
}

interface Values {
  joins?: boolean;
  auto_percent?: number;
}

export function SearchDrawer({ open, onClose }: { open: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const [form] = Form.useForm<Values>();
  const joins = Form.useWatch("joins", form);
  const search = useCommand({
    run: ({ joins: isAutomatic, auto_percent }: Values) =>
      answer(api.POST("/v1/identity/proposals/find", { body: { auto_from: isAutomatic ? (auto_percent ?? AUTO_PERCENT) / 100 : null, people_max: null, proposals_max: null } })),
    done: t("proposals.searchBegun"),
    changes: [["proposals-search"], ["proposals"], ["tasks"]],
    then: onClose,
  });
  return (
    <FormDrawer<Values>
      open={open} title={t("proposals.search")} submit={t("proposals.search")} busy={search.isPending} error={search.error} form={form}
      initial={{ joins: false, auto_percent: AUTO_PERCENT }} onSubmit={(values) => search.mutate(values)} onClose={onClose}
    >
      <p className="muted form-lead">{t("proposals.searchLead")}</p>
      <Form.Item name="joins" valuePropName="checked" extra={t("proposals.joinsHint")}>
        <Checkbox>{t("proposals.joins")}</Checkbox>
      </Form.Item>
      {joins && (
        <Form.Item name="auto_percent" label={t("proposals.from")} rules={[{ required: true, message: t("common.needed") }]}>
          <InputNumber className="full" min={AUTO_PERCENT_MIN} max={100} step={0.1} suffix="%" />
        </Form.Item>
      )}
    </FormDrawer>
  );
}
