// What tells an order in a file, and what each column says of it: a field for each, since an order without a number, a time,
// an article or an amount is none.

import { CloseOutlined, PlusOutlined, UpOutlined } from "@ant-design/icons";
import { AutoComplete, Button, Input, Select } from "antd";
import { useTranslation } from "react-i18next";

import type { Schemas } from "../../api/client";
import { CURRENCIES } from "../../shared/currency";
import { KINDS as IDENTIFIER_KINDS, type Kind as IdentifierKind } from "../members/kinds";
import { ColumnField, ColumnsField, Field, Fields, TextField } from "./fields";
import type { EditorProps } from "./handled";
import { FORMATS } from "./MemberMapping";

type Mapping = Schemas["ImportOrdersMapping"];
type Buyer = Schemas["IdentifierColumn"];
type Props = EditorProps<Mapping>;

const NUMBER_COLUMNS_MAX = 4;
const DISCOUNTS_MAX = 8;
const BUYER_MAX = 8;
/** Kinds of identifiers that are valid within an app, shop or system. */
const SCOPED = new Set<IdentifierKind>(["wechat_openid", "user_id", "app_device", "taobao_ouid", "taobao_open_uid", "alipay_openid"]);

export function OrdersMapping(props: Props) {
  return (
    <div className="stack">
      <TheOrder {...props} />
      <TheGoods {...props} />
      <TheBuyer {...props} />
      <TheReturns {...props} />
    </div>
  );
}

function TheOrder({ draft, columns, onChange }: Props) {
  const { t } = useTranslation();
  const set = (more: Partial<Mapping>) => onChange({ ...draft, ...more });
  return (
    <Fields title={t("orders.map.order")}>
      <ColumnsField
        label={t("orders.map.number")} hint={t("orders.map.numberHint")} columns={columns} values={draft.order} most={NUMBER_COLUMNS_MAX} needed
        // An original is told by the number as it stands in one column.
        onChange={(order) => set({ order, original: order.length > 1 ? null : draft.original })}
      />
      <ColumnField label={t("orders.map.time")} columns={columns} value={draft.time.column} needed onChange={(column) => set({ time: { ...draft.time, column } })} />
      <Field label={t("imports.format")}>
        <Select
          aria-label={t("imports.format")} value={draft.time.format ?? "auto"} popupMatchSelectWidth={false}
          options={FORMATS.map((value) => ({ value, label: t(`imports.format.${value}`) }))} onChange={(format) => set({ time: { ...draft.time, format } })}
        />
      </Field>
      <TextField label={t("imports.zone")} hint={t("orders.map.zoneHint")} value={draft.zone} placeholder="Asia/Shanghai" onChange={(zone) => set({ zone })} />
      <ColumnField label={t("orders.shop")} columns={columns} value={draft.shop} onChange={(shop) => set({ shop })} />
      <TextField label={t("imports.source")} hint={t("orders.map.sourceHint")} value={draft.source} placeholder="pos" onChange={(source) => set({ source })} />
    </Fields>
  );
}

function TheGoods({ draft, columns, onChange }: Props) {
  const { t } = useTranslation();
  const set = (more: Partial<Mapping>) => onChange({ ...draft, ...more });
  const currency = draft.currency ?? {};
  return (
    <Fields title={t("orders.map.goods")}>
      <ColumnField label={t("orders.article")} columns={columns} value={draft.article} needed onChange={(article) => set({ article: article ?? "" })} />
      <ColumnField label={t("orders.quantity")} hint={t("orders.map.quantityHint")} columns={columns} value={draft.quantity} onChange={(quantity) => set({ quantity })} />
      <ColumnField
        label={t("orders.map.amount")} columns={columns} value={draft.amount} needed={!draft.price}
        onChange={(amount) => set({ amount, price: amount ? null : draft.price })}
      />
      <ColumnField
        label={t("orders.map.price")} hint={t("orders.map.priceHint")} columns={columns} value={draft.price}
        onChange={(price) => set({ price, amount: price ? null : draft.amount })}
      />
      <ColumnsField
        label={t("orders.map.discounts")} hint={t("orders.map.discountsHint")} columns={columns} values={draft.discounts ?? []} most={DISCOUNTS_MAX}
        onChange={(discounts) => set({ discounts })}
      />
      <ColumnField label={t("orders.map.currencyColumn")} columns={columns} value={currency.column} onChange={(column) => set({ currency: { ...currency, column } })} />
      <Field label={currency.column ? t("orders.map.currencyElse") : t("orders.map.currency")}>
        <AutoComplete
          aria-label={currency.column ? t("orders.map.currencyElse") : t("orders.map.currency")} value={currency.constant ?? ""} placeholder="CNY"
          options={CURRENCIES.map((value) => ({ value }))}
          onChange={(constant: string) => set({ currency: { ...currency, constant: constant.trim() === "" ? null : constant.trim().toUpperCase() } })}
        />
      </Field>
    </Fields>
  );
}

function TheBuyer({ draft, columns, onChange }: Props) {
  const { t } = useTranslation();
  const buyer = draft.buyer ?? [];
  const set = (changed: Buyer[]) => onChange({ ...draft, buyer: changed });
  const change = (at: number, more: Partial<Buyer>) => set(buyer.map((one, place) => (place === at ? { ...one, ...more } : one)));
  const free = columns.find((column) => !buyer.some((one) => one.column === column)) ?? columns[0] ?? "";
  const up = (at: number) => set([...buyer.slice(0, at - 1), buyer[at]!, buyer[at - 1]!, ...buyer.slice(at + 1)]);
  return (
    <fieldset className="map-fields">
      <legend>{t("orders.buyer")}</legend>
      <p className="muted small">{buyer.length === 0 ? t("orders.map.buyerNone") : t("orders.map.buyerHint")}</p>
      <ul className="map-buyers">
        {buyer.map((one, at) => (
          <li key={at}>
            <Select
              aria-label={t("orders.map.buyerColumn", { at: at + 1 })} value={one.column} showSearch popupMatchSelectWidth={false}
              options={columns.map((column) => ({ value: column, label: column }))} onChange={(column) => change(at, { column })}
            />
            <Select
              aria-label={t("orders.map.buyerKind", { at: at + 1 })} value={one.kind} popupMatchSelectWidth={false}
              options={IDENTIFIER_KINDS.map((value) => ({ value, label: t(`idKind.${value}`) }))}
              onChange={(kind) => change(at, { kind, scope: SCOPED.has(kind) ? one.scope : null })}
            />
            {SCOPED.has(one.kind) && (
              <Input
                aria-label={t("orders.map.buyerScope", { at: at + 1 })} value={one.scope ?? ""} placeholder={t("imports.scope")} status={one.scope === "?" ? "error" : ""}
                onChange={({ target }) => change(at, { scope: target.value.trim() === "" ? null : target.value.trim() })}
              />
            )}
            <span className="row nowrap">
              {at > 0 && <Button type="text" icon={<UpOutlined />} aria-label={t("orders.map.buyerUp", { at: at + 1 })} onClick={() => up(at)} />}
              <Button type="text" icon={<CloseOutlined />} aria-label={t("orders.map.buyerRemove", { at: at + 1 })} onClick={() => set(buyer.filter((other) => other !== one))} />
            </span>
          </li>
        ))}
      </ul>
      <Button size="small" icon={<PlusOutlined />} disabled={buyer.length >= BUYER_MAX || free === ""} onClick={() => set([...buyer, { column: free, kind: "phone" }])}>
        {t("orders.map.buyerAdd")}
      </Button>
    </fieldset>
  );
}

function TheReturns({ draft, columns, onChange }: Props) {
  const { t } = useTranslation();
  const { returns } = draft;
  return (
    <Fields title={t("orders.map.returns")}>
      <ColumnField
        label={t("orders.map.returnsColumn")} hint={t("orders.map.returnsHint")} columns={columns} value={returns?.column}
        onChange={(column) => onChange({ ...draft, returns: column ? { column, values: returns?.values ?? [] } : null })}
      />
      {returns && (
        <Field label={t("orders.map.returnsWords")}>
          <Select
            mode="tags" aria-label={t("orders.map.returnsWords")} value={returns.values} open={false} suffixIcon={null}
            status={returns.values.length === 0 ? "error" : ""} onChange={(values: string[]) => onChange({ ...draft, returns: { ...returns, values } })}
          />
        </Field>
      )}
      <ColumnField
        label={t("orders.map.original")} hint={draft.order.length > 1 ? t("orders.map.originalOne") : undefined} columns={columns} value={draft.original} disabled={draft.order.length > 1}
        onChange={(original) => onChange({ ...draft, original })}
      />
    </Fields>
  );
}
