import { useTranslation } from "react-i18next";

import { reasonText } from "../../app/i18n";
import { joined } from "../../shared/format";
import { Tag } from "../../shared/Tag";
import type { Outlook } from "./handled";

/** What of a file would not be taken: columns that the mapping does not name, and what cannot be read. */
export function LeftOut({ outlook }: { outlook: Outlook }) {
  const { t } = useTranslation();
  return (
    <>
      {outlook.left_out.length > 0 && <p className="imports-note muted">{t("imports.leftOut", { columns: joined(outlook.left_out) })}</p>}
      {outlook.rejects.length > 0 && (
        <ul className="imports-rejects" aria-label={t("imports.rejects")}>
          {outlook.rejects.map(({ line, column, code, reason }, at) => (
            <li key={at}>
              <Tag tone="warn">{t("imports.lineOf", { line })}</Tag> {column && <code>{column}</code>} {reasonText(code, reason)} <code className="muted small">{code}</code>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
