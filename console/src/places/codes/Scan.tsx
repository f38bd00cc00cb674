// Why a scan was decided as it was, from what was stored, and what it moved in the ledger.

import { useQuery } from "@tanstack/react-query";
import { Skeleton, Table } from "antd";
import { useTranslation } from "react-i18next";
import { Link, useParams } from "react-router";

import { answer, api, type Schemas } from "../../api/client";
import { useMay } from "../../api/permissions";
import { wordText } from "../../app/i18n";
import { ErrorPanel } from "../../shared/ErrorPanel";
import { Id, number, Time, yuan } from "../../shared/format";
import { Facts, Page, Section } from "../../shared/Page";
import { Tag, type Tone } from "../../shared/Tag";
import { usePlaceName } from "../data/places";

export const VERDICT_TONES: Record<Schemas["Verdict"], Tone> = { genuine: "good", not_active: "warn", void: "bad", recalled: "bad", unknown: "bad", suspicious: "bad" };

export default function Scan() {
  const { t } = useTranslation();
  const { id = "" } = useParams();
  const asked = useQuery({ queryKey: ["scan", id], queryFn: () => answer(api.GET("/v1/scans/{id}", { params: { path: { id } } })) });
  return (
    <Page title={<span className="row">{t("scan.title")} <Id value={id} /></span>} name={t("scan.title")} up={["/codes/lookup", t("lookup.title")]}>
      {asked.error && <ErrorPanel error={asked.error} retry={() => void asked.refetch()} />}
      {asked.isPending && <Skeleton active paragraph={{ rows: 8 }} />}
      {asked.data && <Explained scan={asked.data} />}
    </Page>
  );
}

function Explained({ scan }: { scan: Schemas["Explained"] }) {
  const { t, i18n } = useTranslation();
  const may = useMay();
  const place = usePlaceName();
  const amount = ({ amount: value, unit }: Schemas["Movement"]) => (unit === "CNY" ? yuan(value) : unit === "points" ? `${number(value)} ${t("unit.points")}` : number(value));
  return (
    <>
      <Section>
        <Facts
          items={[
            [t("scan.verdict"), <Tag tone={VERDICT_TONES[scan.verdict]}>{t(`verdict.${scan.verdict}`)}</Tag>],
            [t("scan.at"), <Time at={scan.at} />],
            [t("scan.checks"), number(scan.checks)],
            [t("scan.firstAt"), <Time at={scan.first_at} />],
            [t("scan.firstPlace"), scan.first_place ? place(scan.first_place) : "–"],
            [t("scan.reward"), t(`scan.reward.${scan.reward.status}`)],
            [t("scan.person"), !scan.person ? "–" : may("GET /people/{id}") ? <Link to={`/members/people/${scan.person}`}><Id value={scan.person} bare /></Link> : <Id value={scan.person} />],
            ...(scan.goods ? [[t("batches.lot"), <Link key="lot" to={`/codes/batches/${scan.goods.batch}`}><Id value={scan.goods.batch} bare /></Link>] as [string, React.ReactNode]] : []),
          ]}
        />
      </Section>
      {scan.draws.map((draw) => (
        <Section
          key={draw.campaign} title={t("scan.why")}
          extra={<Tag tone={draw.replays ? "good" : "bad"}>{draw.replays ? t("scan.replays") : t("scan.differs")}</Tag>}
        >
          <div className="stack tight">
            {may("GET /campaigns/{id}") && <Link to={`/campaigns/${draw.campaign}`}><Id value={draw.campaign} bare /></Link>}
            {(i18n.language === "en" ? draw.en : draw.zh).map((line, at) => (
              <p key={at}>{line}</p>
            ))}
          </div>
        </Section>
      ))}
      <Section title={t("scan.transfers")} flush={scan.transfers.length > 0}>
        {scan.transfers.length === 0 ? (
          <span className="muted">{t("scan.noTransfers")}</span>
        ) : (
          <Table
            size="small" pagination={false} scroll={{ x: "max-content" }} rowKey="part" dataSource={scan.transfers}
            columns={[
              { title: t("scan.transferCode"), dataIndex: "code", render: (code: string) => wordText("transfer", code) },
              { title: t("scan.from"), dataIndex: "from", render: (from: string) => <code>{from}</code> },
              { title: t("scan.to"), dataIndex: "to", render: (to: string) => <code>{to}</code> },
              { title: t("scan.amount"), key: "amount", align: "right", render: (_, one) => <span className="num">{amount(one)}</span> },
            ]}
          />
        )}
      </Section>
    </>
  );
}
