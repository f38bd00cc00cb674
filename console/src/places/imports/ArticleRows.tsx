import { Table } from "antd";
import { useTranslation } from "react-i18next";

import type { Schemas } from "../../api/client";
import { LeftOut } from "./LeftOut";

const dash = (text: string | null | undefined) => text ?? <span className="muted">–</span>;

/** What the first articles of a file would be. */
export function ArticleRows({ outlook }: { outlook: Schemas["ImportArticlesOutlook"] }) {
  const { t } = useTranslation();
  return (
    <>
      <Table
        size="small" pagination={false} scroll={{ x: "max-content" }} rowKey="code" dataSource={outlook.articles} locale={{ emptyText: t("imports.rowsNone") }}
        columns={[
          { title: t("articles.code"), dataIndex: "code", render: (code: string) => <code>{code}</code> },
          ...(["name", "department", "category", "brand"] as const).map((field) => ({ title: t(`articles.${field}`), dataIndex: field, render: dash })),
        ]}
      />
      <LeftOut outlook={outlook} />
    </>
  );
}
