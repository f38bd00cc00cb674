import { useQuery } from "@tanstack/react-query";
import { App, Button, Skeleton } from "antd";
import { useTranslation } from "react-i18next";

import { answer, api } from "../../api/client";
import { useMay } from "../../api/permissions";
import { ErrorPanel } from "../../shared/ErrorPanel";
import { Time } from "../../shared/format";
import { Facts, Page, Section } from "../../shared/Page";
import { Tag } from "../../shared/Tag";
import { useCommand } from "../../shared/useCommand";

const POLL_MS = 5_000;

export default function PeopleKeys() {
  const { t } = useTranslation();
  const { modal } = App.useApp();
  const may = useMay();
  const asked = useQuery({
    queryKey: ["people-keys"],
    queryFn: () => answer(api.GET("/v1/people-keys")),
    refetchInterval: ({ state }) => (state.data?.made_at && !state.data.done_at ? POLL_MS : false),
  });
  const rotate = useCommand({
    run: () => answer(api.POST("/v1/people-keys/rotate")),
    done: t("peopleKeys.rotated"),
    changes: [["people-keys"], ["tasks"]],
    tells: true,
  });
  const ask = () =>
    void modal.confirm({ title: t("peopleKeys.rotateTitle"), content: t("peopleKeys.rotateLead"), okText: t("peopleKeys.rotate"), onOk: () => rotate.mutate(undefined) });
  const button = may("POST /people-keys/rotate") && (
    <Button onClick={ask} loading={rotate.isPending}>
      {t("peopleKeys.rotate")}
    </Button>
  );
  const data = asked.data;
  return (
    <Page title={t("peopleKeys.title")} lead={t("peopleKeys.lead")} actions={button}>
      {asked.error && <ErrorPanel error={asked.error} retry={() => void asked.refetch()} />}
      {asked.isPending && <Skeleton active />}
      {data && (
        <Section>
          <Facts
            items={[
              [t("peopleKeys.generation"), data.generation],
              [t("peopleKeys.madeAt"), data.made_at ? <Time at={data.made_at} /> : t("peopleKeys.first")],
              [t("peopleKeys.doneAt"), data.made_at && !data.done_at ? <Tag tone="info">{t("peopleKeys.working")}</Tag> : <Time at={data.done_at} />],
            ]}
          />
        </Section>
      )}
    </Page>
  );
}
