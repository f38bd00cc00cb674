import { ArrowDownOutlined, ArrowUpOutlined, CloseOutlined } from "@ant-design/icons";
import { useQuery } from "@tanstack/react-query";
import { Button, Select, Skeleton } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api } from "../../api/client";
import { useMay } from "../../api/permissions";
import { apiKeysQuery } from "../../api/queries";
import { useNames } from "../../shared/actors";
import { ErrorPanel } from "../../shared/ErrorPanel";
import { Page, Section } from "../../shared/Page";
import { useCommand } from "../../shared/useCommand";

/** Whose word counts where sources of a profile contradict each other. */
export default function Sources() {
  const { t } = useTranslation();
  const asked = useQuery({ queryKey: ["profile-sources"], queryFn: () => answer(api.GET("/v1/profile-sources")) });
  return (
    <Page title={t("sources.title")} lead={t("sources.lead")}>
      {asked.error && <ErrorPanel error={asked.error} retry={() => void asked.refetch()} />}
      {asked.isPending && <Skeleton active />}
      {asked.data && <Order key={asked.data.sources.join()} kept={asked.data.sources} />}
    </Page>
  );
}

function Order({ kept }: { kept: string[] }) {
  const { t } = useTranslation();
  const may = useMay();
  const names = useNames();
  const [sources, setSources] = useState(kept);
  const keys = useQuery({ ...apiKeysQuery, enabled: may("GET /api-keys") });
  const save = useCommand({
    run: () => answer(api.PUT("/v1/profile-sources", { body: { sources } })),
    done: t("sources.saved"),
    changes: [["profile-sources"]],
  });
  const writes = may("PUT /profile-sources");
  const nameOf = (source: string) => (source === "operator" ? t("sources.operator") : (names(source) ?? source));
  const known = ["operator", ...(keys.data ?? []).filter(({ scopes }) => scopes.includes("track")).map(({ id }) => id.toLowerCase())];
  const move = (at: number, by: number) => {
    const next = [...sources];
    const [one] = next.splice(at, 1);
    next.splice(at + by, 0, one!);
    setSources(next);
  };
  return (
    <Section>
      <div className="stack">
        {sources.length === 0 && <span className="muted">{t("sources.none")}</span>}
        <ol>
          {sources.map((source, at) => (
            <li key={source} className="source-line">
              <span>
                {at + 1}. {nameOf(source)}
              </span>
              {writes && (
                <>
                  <Button type="text" icon={<ArrowUpOutlined />} disabled={at === 0} aria-label={t("sources.up", { name: nameOf(source) })} onClick={() => move(at, -1)} />
                  <Button type="text" icon={<ArrowDownOutlined />} disabled={at === sources.length - 1} aria-label={t("sources.down", { name: nameOf(source) })} onClick={() => move(at, 1)} />
                  <Button type="text" icon={<CloseOutlined />} aria-label={t("sources.remove", { name: nameOf(source) })} onClick={() => setSources(sources.filter((one) => one !== source))} />
                </>
              )}
            </li>
          ))}
        </ol>
        {save.error && <ErrorPanel error={save.error} />}
        {writes && (
          <div className="row">
            <Select
              className="source-add" value={null} placeholder={t("sources.add")} aria-label={t("sources.add")} popupMatchSelectWidth={false}
              options={known.filter((one) => !sources.includes(one)).map((value) => ({ value, label: nameOf(value) }))}
              onChange={(source: string) => setSources([...sources, source])}
            />
            <Button type="primary" disabled={sources.join() === kept.join()} loading={save.isPending} onClick={() => save.mutate(undefined)}>
              {t("sources.save")}
            </Button>
          </div>
        )}
      </div>
    </Section>
  );
}
