import { Table } from "antd";
import { useTranslation } from "react-i18next";

import type { Schemas } from "../../api/client";
import { wordText } from "../../app/i18n";
import { Time } from "../../shared/format";
import { Tag } from "../../shared/Tag";
import { LeftOut } from "./LeftOut";

/** What the first rows of a file would be, personal values masked, and what would be left out of them. */
export function Rows({ outlook }: { outlook: Schemas["ImportOutlook"] }) {
  const { t } = useTranslation();
  return (
    <>
      <Table
        size="small" pagination={false} scroll={{ x: "max-content" }} rowKey="line" dataSource={outlook.rows}
        locale={{ emptyText: t("imports.rowsNone") }}
        columns={[
          { title: t("imports.line"), dataIndex: "line", align: "right", width: 64 },
          {
            title: t("imports.as.identifier"), dataIndex: "identifiers",
            render: (all: Schemas["PreviewedIdentifier"][]) =>
              all.map(({ kind, value }) => (
                <div key={kind} className="nowrap">
                  <span className="muted small">{t(`idKind.${kind}`)}</span> <span className="num">{value ?? "–"}</span>
                </div>
              )),
          },
          {
            title: t("imports.as.profile"), dataIndex: "profile",
            render: (all: Schemas["PreviewedValue"][]) =>
              all.map(({ field, value }) => (
                <div key={field} className="nowrap">
                  <span className="muted small">{wordText("field", field)}</span> {value ?? "–"}
                </div>
              )),
          },
          {
            title: t("imports.as.consent"), dataIndex: "consents",
            render: (all: Schemas["PreviewedConsent"][]) =>
              all.map(({ purpose, channel, given }) => (
                <div key={purpose + channel} className="nowrap">
                  {purpose} · {wordText("channel", channel)} <Tag tone={given ? "good" : "plain"}>{given ? t("consent.given") : t("consent.withdrawn")}</Tag>
                </div>
              )),
          },
          { title: t("imports.since"), dataIndex: "at", render: (at: string) => <Time at={at} /> },
        ]}
      />
      <LeftOut outlook={outlook} />
    </>
  );
}
