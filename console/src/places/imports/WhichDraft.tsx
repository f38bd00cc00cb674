import { useQuery } from "@tanstack/react-query";
import { Select } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { answer, api } from "../../api/client";
import { productsQuery } from "../../api/queries";
import { ErrorPanel } from "../../shared/ErrorPanel";
import { number } from "../../shared/format";
import { Nothing } from "../../shared/Nothing";
import { Section } from "../../shared/Page";

const LISTED_MAX = 200;

/** Which draft of a batch a list of codes is for. */
export function WhichDraft({ batch, choose }: { batch: string; choose: (batch: string) => void }) {
  const { t } = useTranslation();
  const asked = useQuery({ queryKey: ["batches", "drafts"], queryFn: () => answer(api.GET("/v1/batches", { params: { query: { limit: LISTED_MAX } } })) });
  const products = useQuery(productsQuery);
  const drafts = (asked.data?.items ?? []).filter(({ status }) => status === "draft");
  const name = (id: string) => products.data?.find((one) => one.id === id)?.name ?? "";
  return (
    <Section title={t("listed.batch")} hint={t("listed.batchHint")}>
      {asked.error && <ErrorPanel error={asked.error} retry={() => void asked.refetch()} />}
      {asked.data && drafts.length === 0 && batch === "" ? (
        <Nothing title={t("listed.noDraft")} hint={t("listed.noDraftHint")} action={<Link to="/codes/batches">{t("batches.title")}</Link>} />
      ) : (
        <Select
          className="full" aria-label={t("listed.batch")} placeholder={t("listed.choose")} value={batch || null} loading={asked.isPending} showSearch={{ optionFilterProp: "label" }}
          options={drafts.map(({ id, lot, product, items }) => ({ value: id, label: `${name(product)} · ${lot} · ${t("listed.items", { items: number(items) })}` }))}
          onChange={choose}
        />
      )}
    </Section>
  );
}
