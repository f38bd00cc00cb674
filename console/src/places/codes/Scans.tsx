import { useQuery } from "@tanstack/react-query";
import { Select } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { answer, api, type Schemas } from "../../api/client";
import { useMay } from "../../api/permissions";
import { batchesQuery, productsQuery } from "../../api/queries";
import type { Column } from "../../shared/columns";
import { Id, number, Time, yuan } from "../../shared/format";
import { LongList, useFilter } from "../../shared/LongList";
import { MomentRange } from "../../shared/MomentRange";
import { Nothing } from "../../shared/Nothing";
import { Page, Section } from "../../shared/Page";
import { Tag } from "../../shared/Tag";
import { usePlaceName } from "../data/places";
import { VERDICT_TONES } from "./Scan";

type Line = Schemas["Listed_ScanLine"]["items"][number];

const VERDICTS = Object.keys(VERDICT_TONES) as Schemas["Verdict"][];

/** Every scan, the latest first. */
export default function Scans() {
  const { t } = useTranslation();
  const may = useMay();
  const place = usePlaceName();
  const products = useQuery({ ...productsQuery, enabled: may("GET /products") });
  const batches = useQuery({ ...batchesQuery, enabled: may("GET /batches") });
  const [filter, setFilter] = useFilter(["from", "until", "verdict", "product", "batch"]);
  const productName = (id: string) => products.data?.find((one) => one.id === id)?.name ?? id;
  const lot = (id: string) => batches.data?.find((one) => one.id === id)?.lot ?? id;
  const opensPeople = may("GET /people/{id}");
  const columns: Column<Line>[] = [
    { key: "at", title: t("scan.at"), file: ["at"], show: ({ at, scan }) => <Link to={`/codes/scans/${scan}`}><Time at={at} /></Link> },
    { key: "verdict", title: t("scan.verdict"), file: ["verdict"], show: ({ verdict }) => <Tag tone={VERDICT_TONES[verdict]}>{t(`verdict.${verdict}`)}</Tag> },
    { key: "product", title: t("batches.product"), file: ["sku", "product_name"], show: ({ goods }) => (goods ? <span className="wide-text">{productName(goods.product)}</span> : "–") },
    { key: "lot", title: t("batches.lot"), file: ["lot"], show: ({ goods }) => (goods ? <Link to={`/codes/batches/${goods.batch}`}>{lot(goods.batch)}</Link> : "–") },
    { key: "serial", title: t("lookup.serial"), number: true, spare: true, file: ["serial"], show: ({ goods }) => (goods ? number(goods.serial) : "–") },
    { key: "place", title: t("scan.place"), file: ["adcode", "place"], show: ({ place: adcode }) => (adcode ? place(adcode) : "–") },
    { key: "checks", title: t("scan.checks"), number: true, file: ["checks"], show: ({ checks }) => number(checks) },
    { key: "reward", title: t("scan.reward"), file: ["reward", "red_packet", "points"], show: ({ reward }) => <Reward reward={reward} /> },
    { key: "person", title: t("scan.person"), file: ["person"], show: ({ person }) => (!person ? "–" : opensPeople ? <Link to={`/members/people/${person}`}><Id value={person} bare /></Link> : <Id value={person} bare />) },
    { key: "id", title: t("common.id"), spare: true, file: ["scan"], show: ({ scan }) => <Id value={scan} /> },
  ];
  const list = (name: "product" | "batch", title: string, options: { value: string; label: string }[]) => (
    <Select
      aria-label={title} placeholder={title} allowClear showSearch={{ optionFilterProp: "label" }} popupMatchSelectWidth={false} value={filter[name]} options={options}
      className="filter-wide" onChange={(value: string | undefined) => setFilter({ [name]: value })}
    />
  );
  return (
    <Page title={t("scans.title")} lead={t("scans.lead")}>
      <Section flush>
        <LongList<Line>
          name="scans" filter={filter} columns={columns} rowKey={({ scan }) => scan}
          ask={(page) => answer(api.GET("/v1/scans", { params: { query: { ...page, ...(filter as { verdict?: Schemas["Verdict"] }) } } }))}
          empty={<Nothing title={t("scans.none")} hint={t("scans.noneHint")} />}
          filters={
            <>
              <MomentRange from={filter.from} until={filter.until} onChange={setFilter} />
              <Select
                aria-label={t("scan.verdict")} placeholder={t("scan.verdict")} allowClear popupMatchSelectWidth={false} value={filter.verdict}
                options={VERDICTS.map((value) => ({ value: value as string, label: t(`verdict.${value}`) }))} onChange={(verdict: string | undefined) => setFilter({ verdict })}
              />
              {products.data && list("product", t("batches.product"), products.data.map(({ id, name }) => ({ value: id, label: name })))}
              {batches.data && list("batch", t("batches.lot"), batches.data.map(({ id, lot: label }) => ({ value: id, label })))}
            </>
          }
        />
      </Section>
    </Page>
  );
}

function Reward({ reward }: { reward: Schemas["RewardAnswer"] }) {
  const { t } = useTranslation();
  const won = reward.status === "opened" ? reward.won : [];
  if (won.length === 0) return <span className="muted">{t(`scan.reward.${reward.status}`)}</span>;
  return (
    <span className="num">
      {won.map(({ kind, amount }) => (kind === "red_packet" ? yuan(amount) : kind === "points" ? `${number(amount)} ${t("unit.points")}` : t("reward.gift"))).join(" + ")}
    </span>
  );
}
