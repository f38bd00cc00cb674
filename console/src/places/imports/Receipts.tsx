import { useTranslation } from "react-i18next";

import type { Schemas } from "../../api/client";
import { Amount } from "../../shared/Amount";
import { quantityText } from "../../shared/currency";
import { number, Time } from "../../shared/format";
import { Tag } from "../../shared/Tag";
import { LeftOut } from "./LeftOut";

type One = Schemas["PreviewedOrder"];

/** Lines of a receipt that are shown; a large order has thousands. */
const LINES_MAX = 8;

/** The first orders of a file as receipts, with what is known of buyers masked. */
export function Receipts({ outlook }: { outlook: Schemas["ImportOrdersOutlook"] }) {
  const { t } = useTranslation();
  return (
    <>
      {outlook.orders.length === 0 && <p className="imports-note muted">{t("orders.previewNone")}</p>}
      {outlook.orders.length > 0 && (
        <ul className="receipts" aria-label={t("imports.rows.orders")}>
          {outlook.orders.map((order) => (
            <li key={order.line} className="receipt">
              <Receipt order={order} />
            </li>
          ))}
        </ul>
      )}
      <LeftOut outlook={outlook} />
    </>
  );
}

function Receipt({ order }: { order: One }) {
  const { t } = useTranslation();
  const { number: name, line, is_return, at, shop, original, buyer, lines, discount, amount, currency } = order;
  return (
    <>
      <div className="receipt-head">
        <strong className="receipt-number">{name}</strong>
        {is_return && <Tag tone="warn">{t("orders.return")}</Tag>}
        <span className="muted small nowrap">{t("imports.lineOf", { line })}</span>
      </div>
      <p className="muted small receipt-where">
        <Time at={at} />
        {shop && <span>{shop}</span>}
        {original && <span>{t("orders.backOf", { number: original })}</span>}
      </p>
      <p className="small receipt-where">
        {buyer.length === 0 && <span className="muted">{t("orders.buyerUnknown")}</span>}
        {buyer.map(({ kind, value }) => (
          <span key={kind}>
            <span className="muted">{t(`idKind.${kind}`)}</span> <span className="num">{value ?? "–"}</span>
          </span>
        ))}
      </p>
      <dl className="receipt-lines">
        {lines.slice(0, LINES_MAX).map((one, place) => (
          <div key={place}>
            <dt>
              <code>{one.article}</code> <span className="muted num">× {quantityText(one.quantity)}</span>
            </dt>
            <dd><Amount amount={one.amount} currency={currency} /></dd>
          </div>
        ))}
        {lines.length > LINES_MAX && (
          <div>
            <dt className="muted">{t("orders.moreLines", { count: lines.length - LINES_MAX, shown: number(lines.length - LINES_MAX) })}</dt>
            <dd />
          </div>
        )}
        {discount !== 0 && (
          <div className="muted">
            <dt>{t("orders.discount")}</dt>
            <dd><Amount amount={discount} currency={currency} /></dd>
          </div>
        )}
        <div className="receipt-sum">
          <dt>{is_return ? t("orders.paidBack") : t("orders.paid")}</dt>
          <dd><Amount amount={amount} currency={currency} /></dd>
        </div>
      </dl>
    </>
  );
}
