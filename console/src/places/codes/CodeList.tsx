import { useQuery } from "@tanstack/react-query";
import { Alert, Skeleton } from "antd";
import { useTranslation } from "react-i18next";

import { answer, api, type Schemas } from "../../api/client";
import { ErrorPanel } from "../../shared/ErrorPanel";
import { joined, number, Time } from "../../shared/format";
import { Facts, Section } from "../../shared/Page";

/** The list of a batch whose codes were made elsewhere. */
export function CodeList({ batch }: { batch: Schemas["Batch"] }) {
  const { t } = useTranslation();
  const asked = useQuery({ queryKey: ["batch", batch.id, "code-list"], queryFn: () => answer(api.GET("/v1/batches/{id}/code-list", { params: { path: { id: batch.id } } })) });
  const list = asked.data;
  const named = (labels: Schemas["CodeLabel"][]) => joined(labels.map((label) => t(`listed.label.${label}`)));
  const open = list?.labels.filter((label) => !list.proof.includes(label)) ?? [];
  return (
    <Section title={t("listed.title")} hint={t("listed.titleHint")}>
      {asked.error && <ErrorPanel error={asked.error} retry={() => void asked.refetch()} />}
      {asked.isPending && <Skeleton active paragraph={{ rows: 2 }} />}
      {list && (
        <>
          {open.length > 0 && <Alert type="warning" showIcon title={t("listed.guessable", { labels: named(open) })} description={t("listed.guessableLead")} />}
          <Facts
            items={[
              [t("listed.labels"), named(list.labels)],
              [t("listed.codes"), number(list.codes)],
              [t("listed.guess"), t("listed.guessOne", { bits: list.guess_bits })],
              [t("listed.link"), list.link ? <code>{list.link}</code> : t("listed.bare")],
              [t("listed.at"), <Time at={list.at} />],
            ]}
          />
        </>
      )}
    </Section>
  );
}
