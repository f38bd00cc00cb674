import { useQuery } from "@tanstack/react-query";
import { App, Button, Form, Input, InputNumber, Skeleton } from "antd";
import { useState, type ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate, useParams } from "react-router";

import { answer, api, type Schemas } from "../../api/client";
import { useMay } from "../../api/permissions";
import { productsQuery } from "../../api/queries";
import { ErrorPanel } from "../../shared/ErrorPanel";
import { FormDrawer } from "../../shared/FormDrawer";
import { gtinText, Id, number, Time } from "../../shared/format";
import { NumberCard } from "../../shared/NumberCard";
import { Facts, Page, Section } from "../../shared/Page";
import { useCommand } from "../../shared/useCommand";
import { newImport } from "../imports/kinds";
import { BatchStatus } from "./Batches";
import { CodeList } from "./CodeList";
import { Holders } from "./Holders";
import { Packages } from "./Packages";
import { Print } from "./Print";
import { RecordOperation } from "./RecordOperation";
import { countOf, levelsOf } from "./units";

const PACKS = { box: "boxes", case: "cases", pallet: "pallets" } as const;

export default function Batch() {
  const { t } = useTranslation();
  const { id = "" } = useParams();
  const may = useMay();
  const asked = useQuery({ queryKey: ["batch", id], queryFn: () => answer(api.GET("/v1/batches/{id}", { params: { path: { id } } })) });
  const products = useQuery(productsQuery);
  const scans = useQuery({
    queryKey: ["scans", "count", id],
    queryFn: () => answer(api.GET("/v1/scans", { params: { query: { batch: id, count: true, limit: 1 } } })),
    enabled: may("GET /scans"),
  });
  const batch = asked.data;
  const product = products.data?.find((one) => one.id === batch?.product);
  /** Whether codes of items are of our own making, and printed by us. */
  const isPrinted = batch && !batch.made_elsewhere.includes("item");
  return (
    <Page title={batch ? `${t("batches.lot")} ${batch.lot}` : t("batches.title")} up={["/codes/batches", t("batches.title")]} lead={product?.name} actions={batch && <Actions batch={batch} />}>
      {asked.error && <ErrorPanel error={asked.error} retry={() => void asked.refetch()} />}
      {asked.isPending && <Skeleton active paragraph={{ rows: 6 }} />}
      {batch && (
        <>
          <div className="numbers">
            <NumberCard label={t("batches.items")} value={number(batch.items)} />
            {scans.data?.count && (
              <NumberCard
                label={t("batch.scans")} value={`${number(scans.data.count.number)}${scans.data.count.exact ? "" : "+"}`} to={`/codes/scans?batch=${batch.id}`}
                note={t("batch.scansPer", { rate: (scans.data.count.number / batch.items).toFixed(2) })}
              />
            )}
            {levelsOf(batch).flatMap((level) => (level === "item" ? [] : level)).map((level) => (
              <NumberCard key={level} label={t(`batch.${PACKS[level]}`)} value={number(countOf(batch, level))} />
            ))}
          </div>
          <Section>
            <Facts
              items={[
                [t("batches.status"), <BatchStatus status={batch.status} />],
                [t("batches.product"), product ? `${product.name} (${gtinText(product.gtin)})` : <Id value={batch.product} />],
                [t("batches.faces"), t(`batches.faces.${batch.faces}`)],
                ...(batch.items_per_box > 0 ? [[t("batches.itemsPerBox"), number(batch.items_per_box)] as [string, string]] : []),
                [t("batches.itemsPerCase"), number(batch.items_per_case)],
                [t("batches.casesPerPallet"), number(batch.cases_per_pallet)],
                ...(batch.sscc === "none" ? [] : [["SSCC", t(`batches.sscc.${batch.sscc}`)] as [string, string]]),
                [t("batches.association"), t(`batches.association.${batch.association}`)],
                [t("batches.length"), batch.length],
                [t("batch.epoch"), batch.epoch],
                [t("batches.created"), <Time at={batch.created_at} />],
                ...(batch.printed_at ? [[t("batch.printedAt"), <Time at={batch.printed_at} />] as [string, ReactNode]] : []),
                [t("common.id"), <Id value={batch.id} />],
              ]}
            />
          </Section>
          {batch.status !== "draft" && (
            <>
              {may("GET /batches/{id}/holders") && <Holders batch={batch} />}
              {batch.made_elsewhere.length > 0 && may("GET /batches/{id}/code-list") && <CodeList batch={batch} />}
              {isPrinted && may("GET /batches/{id}/packages") && <Packages batch={batch} />}
              {isPrinted && may("GET /batches/{id}/codes") && <Print batch={batch} />}
            </>
          )}
        </>
      )}
    </Page>
  );
}

interface Range {
  first?: number;
  last?: number;
  reason?: string;
}

function Actions({ batch }: { batch: Schemas["Batch"] }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { modal } = App.useApp();
  const may = useMay();
  const [asked, setAsked] = useState<"activate" | "void" | null>(null);
  const params = { path: { id: batch.id } };
  const changes = [["batch", batch.id], ["batches"]];
  const close = () => setAsked(null);
  const activate = useCommand({
    run: (body: Schemas["NewActivation"]) => answer(api.POST("/v1/batches/{id}/activations", { params, body })),
    done: t("batch.activated"),
    changes,
    then: close,
    tells: asked === null,
  });
  const withdraw = useCommand({
    run: (body: Schemas["NewVoiding"]) => answer(api.POST("/v1/batches/{id}/voids", { params, body })),
    done: ({ newly_void }) => t("batch.voided", { count: newly_void }),
    changes,
    then: close,
  });
  const order = useCommand({ run: () => answer(api.POST("/v1/batches/{id}/order", { params })), done: t("batch.ordered"), changes, tells: true });
  const printed = useCommand({ run: () => answer(api.POST("/v1/batches/{id}/printed", { params })), done: t("batch.markedPrinted"), changes, tells: true });
  const discard = useCommand({
    run: () => answer(api.DELETE("/v1/batches/{id}", { params })),
    done: t("batch.discarded"),
    changes: [["batches"]],
    then: () => void navigate("/codes/batches"),
    tells: true,
  });
  const ask = (title: string, content: string, run: () => void, danger = false) =>
    void modal.confirm({ title, content, okText: title, okButtonProps: { danger }, onOk: run });
  const all = () =>
    void modal.confirm({ title: t("batch.activateAll"), content: t("batch.activateLead"), okText: t("batch.activate"), onOk: () => activate.mutate({}) });
  const isAsleep = ["ready", "printed", "partly_active"].includes(batch.status);
  const isDraft = batch.status === "draft";
  const fields = (
    <div className="grid-form">
      {(["first", "last"] as const).map((name) => (
        <Form.Item key={name} name={name} label={t(`batch.${name}`)} extra={t("batch.rangeHint", { last: batch.items - 1 })} rules={[{ required: true, message: t("common.needed") }]}>
          <InputNumber min={0} max={batch.items - 1} precision={0} className="full" />
        </Form.Item>
      ))}
    </div>
  );
  return (
    <>
      {isDraft && may("DELETE /batches/{id}") && <Button danger onClick={() => ask(t("batch.discard"), t("batch.discardLead"), () => discard.mutate(undefined), true)}>{t("batch.discard")}</Button>}
      {isDraft && may("POST /imports/codes") && <Link to={newImport("codes", batch.id)}><Button tabIndex={-1}>{t("listed.import")}</Button></Link>}
      {isDraft && may("POST /batches/{id}/order") && <Button type="primary" loading={order.isPending} onClick={() => ask(t("batch.order"), t("batch.orderLead"), () => order.mutate(undefined))}>{t("batch.order")}</Button>}
      {batch.status === "ready" && may("POST /batches/{id}/printed") && <Button loading={printed.isPending} onClick={() => printed.mutate(undefined)}>{t("batch.markPrinted")}</Button>}
      {!isDraft && <RecordOperation batch={batch} />}
      {may("POST /batches/{id}/voids") && batch.status !== "void" && !isDraft && <Button danger onClick={() => setAsked("void")}>{t("batch.void")}</Button>}
      {may("POST /batches/{id}/activations") && isAsleep && (
        <>
          <Button onClick={() => setAsked("activate")}>{t("batch.activateRange")}</Button>
          <Button type="primary" onClick={all} loading={activate.isPending}>{t("batch.activate")}</Button>
        </>
      )}
      <FormDrawer<Range>
        open={asked === "activate"} title={t("batch.activateRange")} submit={t("batch.activate")} busy={activate.isPending} error={activate.error}
        onSubmit={({ first, last }) => activate.mutate({ first, last })} onClose={close}
      >
        <p className="muted form-lead">{t("batch.activateLead")}</p>
        {fields}
      </FormDrawer>
      <FormDrawer<Range>
        open={asked === "void"} title={t("batch.void")} submit={t("batch.void")} busy={withdraw.isPending} error={withdraw.error}
        onSubmit={({ first, last, reason }) => withdraw.mutate({ first: first!, last: last!, reason: reason! })} onClose={close}
      >
        <p className="muted form-lead">{t("batch.voidLead")}</p>
        {fields}
        <Form.Item name="reason" label={t("batch.voidReason")} rules={[{ required: true, whitespace: true, message: t("common.reasonNeeded") }]}>
          <Input maxLength={200} />
        </Form.Item>
      </FormDrawer>
    </>
  );
}
