import { useQuery } from "@tanstack/react-query";
import { Skeleton } from "antd";
import { useTranslation } from "react-i18next";

import { reportQuery } from "../../api/queries";
import { Section } from "../../shared/Page";
import { ProvinceTiles } from "../../shared/ProvinceTiles";
import { column, numbers, reportLink } from "../data/answers";
import type { Range } from "./Funnel";

export function ProvinceMap({ range }: { range: Range }) {
  const { t } = useTranslation();
  const asked = useQuery(reportQuery("scans", { by: "province", ...range }));
  const data = asked.data;
  const scans = new Map<string, number>();
  let elsewhere = 0;
  if (data) {
    const counts = numbers(data, "scans");
    column(data, "province").forEach((place, at) => {
      if (place === null) elsewhere = counts[at]!;
      else scans.set(String(place), counts[at]!);
    });
  }
  const to = reportLink("scans", { by: "province", ...range });
  return (
    <Section title={t("home.map")} hint={t("home.mapHint", { count: elsewhere })}>
      {data ? <ProvinceTiles counts={scans} to={() => to} /> : <Skeleton active paragraph={{ rows: 6 }} />}
    </Section>
  );
}
