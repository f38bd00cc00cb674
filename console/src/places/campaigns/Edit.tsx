// The terms of a draft anew. Where somebody else changed it meanwhile, both are shown, and nothing that was typed is lost.

import { useQuery } from "@tanstack/react-query";
import { Alert, Button, Skeleton, Table } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams } from "react-router";

import { answer, api, type Schemas } from "../../api/client";
import { toApiError } from "../../api/errors";
import { ErrorPanel } from "../../shared/ErrorPanel";
import { Page } from "../../shared/Page";
import { useCommand } from "../../shared/useCommand";
import { draftOf, type Terms } from "./draft";
import { useTermTexts } from "./useTermTexts";
import { TermsForm } from "./Wizard";

type One = Schemas["Campaign"];

const read = (id: string) => answer(api.GET("/v1/campaigns/{id}", { params: { path: { id } } }));

export default function Edit() {
  const { t } = useTranslation();
  const { id = "" } = useParams();
  // As it was when the form was opened: what others do meanwhile is told when it is saved.
  const asked = useQuery({ queryKey: ["campaign", id, "edited"], queryFn: () => read(id), staleTime: Infinity, gcTime: 0, refetchOnWindowFocus: false });
  const name = asked.data?.name ?? t("campaigns.title");
  return (
    <Page title={t("edit.title", { name })} name={name} up={[`/campaigns/${id}`, name]}>
      {asked.error && <ErrorPanel error={asked.error} retry={() => void asked.refetch()} />}
      {asked.isPending && <Skeleton active paragraph={{ rows: 8 }} />}
      {asked.data && (asked.data.status === "draft" ? <Terms first={asked.data} /> : <Alert type="info" showIcon title={t("edit.begun")} />)}
    </Page>
  );
}

function Terms({ first }: { first: One }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { id } = first;
  const [seen, setSeen] = useState(first);
  const [other, setOther] = useState<{ theirs: One; mine: Terms }>();
  const save = useCommand({
    run: (body: Schemas["CampaignChange"]) => answer(api.PUT("/v1/campaigns/{id}", { params: { path: { id } }, body })),
    done: t("edit.done"),
    changes: [["campaign", id], ["campaigns"], ["balance", id]],
    then: () => void navigate(`/campaigns/${id}`, { replace: true }),
  });
  const isChanged = (error: unknown) => toApiError(error).code === "campaigns.changed";
  const submit = (terms: Terms, version: number) =>
    save.mutate({ version, terms }, {
      // Where theirs cannot be read either, the refusal itself is shown, and saving again tries both.
      onError: (error) => {
        if (isChanged(error)) void read(id).then((theirs) => setOther({ theirs, mine: terms })).catch(() => undefined);
      },
    });
  const takeTheirs = (theirs: One) => {
    setSeen(theirs);
    setOther(undefined);
    save.reset();
  };
  return (
    <TermsForm
      key={seen.version} initial={draftOf(seen)} submit={other ? t("edit.keepMine") : t("common.save")} isBusy={save.isPending}
      onSubmit={(terms) => submit(terms, other?.theirs.version ?? seen.version)}
    >
      {other && <Changed seen={seen} {...other} onTake={() => takeTheirs(other.theirs)} />}
      {save.error && !(other && isChanged(save.error)) && <ErrorPanel error={save.error} />}
    </TermsForm>
  );
}

interface ChangedProps {
  seen: One;
  theirs: One;
  mine: Terms;
  onTake: () => void;
}

/** What somebody else changed since the form was opened, beside what stands in it. */
function Changed({ seen, theirs, mine, onTake }: ChangedProps) {
  const { t } = useTranslation();
  const textsOf = useTermTexts();
  const [before, after, typed] = [textsOf(seen), textsOf(theirs), textsOf(mine)];
  const rows = after.map(([label, text], at) => ({ label, before: before[at]![1], theirs: text, mine: typed[at]![1] })).filter((row) => row.theirs !== row.before);
  return (
    <Alert
      className="edit-changed" type="warning" showIcon title={t("edit.changed")}
      description={
        <div className="stack tight">
          <Table
            size="small" pagination={false} rowKey="label" dataSource={rows} scroll={{ x: "max-content" }}
            columns={[
              { dataIndex: "label", rowScope: "row" },
              { dataIndex: "before", title: t("edit.before") },
              { dataIndex: "theirs", title: t("edit.theirs") },
              { dataIndex: "mine", title: t("edit.mine") },
            ]}
          />
          <Button onClick={onTake}>{t("edit.takeTheirs")}</Button>
        </div>
      }
    />
  );
}
