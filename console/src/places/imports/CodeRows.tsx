import { Table } from "antd";
import { useTranslation } from "react-i18next";

import type { Schemas } from "../../api/client";
import { number } from "../../shared/format";
import { LeftOut } from "./LeftOut";

type Row = Schemas["ImportPreviewedCodes"];

/** What the first rows of a list of codes would be. */
export function CodeRows({ outlook }: { outlook: Schemas["ImportCodesOutlook"] }) {
  const { t } = useTranslation();
  const labels = (["item", "inner", "box", "case", "pallet"] as const).filter((label) => outlook.mapping[label]);
  return (
    <>
      <Table<Row>
        size="small" pagination={false} scroll={{ x: "max-content" }} rowKey="line" dataSource={outlook.rows} locale={{ emptyText: t("imports.rowsNone") }}
        columns={labels.map((label) => ({
          key: label,
          title: t(`listed.label.${label}`),
          render: (_, { codes }: Row) => {
            const code = codes.find((one) => one.label === label);
            return code ? <><span className="muted small">{number(code.serial)}</span> <code>{code.code}</code></> : <span className="muted">{t("listed.samePack")}</span>;
          },
        }))}
      />
      <LeftOut outlook={outlook} />
    </>
  );
}
