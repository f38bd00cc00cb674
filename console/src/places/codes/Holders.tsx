// Who has how many items of a batch, as of any moment.

import { useQuery } from "@tanstack/react-query";
import { Button, Skeleton } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api, type Schemas } from "../../api/client";
import { AsOf } from "../../shared/AsOf";
import { ErrorPanel } from "../../shared/ErrorPanel";
import { ExportMenu } from "../../shared/ExportMenu";
import { number, percent } from "../../shared/format";
import { OrganisationLink } from "../../shared/Organisation";
import { Section } from "../../shared/Page";
import { Tag } from "../../shared/Tag";
import { useUrl } from "../../shared/useUrl";
import "./trace.css";

const SHOWN = 10;

export function Holders({ batch }: { batch: Schemas["Batch"] }) {
  const { t } = useTranslation();
  const [at, setAt] = useUrl("at");
  const [isWhole, setWhole] = useState(false);
  const asked = useQuery({
    queryKey: ["holders", batch.id, at],
    queryFn: () => answer(api.GET("/v1/batches/{id}/holders", { params: { path: { id: batch.id }, query: at ? { at } : {} } })),
  });
  const holders = asked.data ?? [];
  return (
    <Section title={t("holders.title")} extra={<><AsOf at={at} onChange={setAt} /><ExportMenu framed list={{ list: "batch_holders", filters: { batch: batch.id, ...(at ? { at } : {}) } }} /></>}>
      {asked.error && <ErrorPanel error={asked.error} retry={() => void asked.refetch()} />}
      {asked.isPending && <Skeleton active />}
      <ul>
        {holders.slice(0, isWhole ? undefined : SHOWN).map(({ organisation, gone, items }) => (
          <li key={`${organisation ?? ""} ${gone ?? ""}`} className="holder">
            <span>{organisation ? <OrganisationLink id={organisation} /> : t("holders.brand")}{gone && <> <Tag>{t(`holders.gone.${gone}`)}</Tag></>}</span>
            <span className="num">{t("holders.items", { number: number(items) })}</span>
            <span className="num muted">{percent(items, batch.items)}</span>
            <span className="budget-bar" aria-hidden>
              <span style={{ width: percent(items, batch.items) }} />
            </span>
          </li>
        ))}
      </ul>
      {!isWhole && holders.length > SHOWN && (
        <Button type="link" className="cell-link" onClick={() => setWhole(true)}>
          {t("holders.all", { count: holders.length })}
        </Button>
      )}
    </Section>
  );
}
