import { useTranslation } from "react-i18next";

import type { Schemas } from "../../api/client";
import { number, Time } from "../../shared/format";
import { Tag } from "../../shared/Tag";
import { useUnitText, type Level } from "../codes/units";
import { LeftOut } from "./LeftOut";

type One = Schemas["ImportPreviewedDocument"];

/** The first documents of a file: what would be done by each, with which goods, and for whom. */
export function Documents({ outlook }: { outlook: Schemas["ImportOperationsOutlook"] }) {
  const { t } = useTranslation();
  return (
    <>
      {outlook.documents.length === 0 && <p className="imports-note muted">{t("imports.documents.none")}</p>}
      {outlook.documents.length > 0 && (
        <ul className="receipts" aria-label={t("imports.rows.operations")}>
          {outlook.documents.map((document) => (
            <li key={document.line} className="receipt">
              <Document document={document} />
            </li>
          ))}
        </ul>
      )}
      <LeftOut outlook={outlook} />
    </>
  );
}

function Document({ document }: { document: One }) {
  const { t } = useTranslation();
  const unitText = useUnitText();
  const { number: name, line, operation, organisation, organisation_name, pack, at, goods } = document;
  return (
    <>
      <div className="receipt-head">
        <strong className="receipt-number">{name}</strong>
        <Tag tone="info">{t(`imports.does.${operation}`)}</Tag>
        <span className="muted small nowrap">{t("imports.lineOf", { line })}</span>
      </div>
      <p className="muted small receipt-where">
        {at ? <Time at={at} /> : <span>{t("imports.documents.atImport")}</span>}
        {organisation && <span>{t(operation === "receive" ? "imports.documents.by" : "imports.documents.to", { name: organisation_name ?? organisation })}</span>}
        {pack && <span>{t("imports.documents.into", { pack: unitText(pack) })}</span>}
      </p>
      <dl className="receipt-lines">
        {goods.map(({ product, name: title, level, codes }) => (
          <div key={product + level}>
            <dt>{title}</dt>
            <dd className="nowrap num">{t("imports.documents.count", { level: t(`batch.level.${level as Level}`), shown: number(codes) })}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}
