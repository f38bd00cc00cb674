import { useQuery } from "@tanstack/react-query";
import { Button, Form, Input, InputNumber, Select } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";

import { answer, api, type Schemas } from "../../api/client";
import { useMay } from "../../api/permissions";
import { batchesQuery, productsQuery } from "../../api/queries";
import { DataTable, type Choice, type Column } from "../../shared/DataTable";
import { FormDrawer } from "../../shared/FormDrawer";
import { Id, number, Time } from "../../shared/format";
import { Nothing } from "../../shared/Nothing";
import { Page, Section } from "../../shared/Page";
import { Tag, type Tone } from "../../shared/Tag";
import { useCommand } from "../../shared/useCommand";
import { PackSizes, profilesQuery, SsccChoice } from "./Profiles";

type AnyBatch = Schemas["Batch"];

const TONES: Record<Schemas["BatchStatus"], Tone> = { created: "plain", partly_active: "warn", active: "good", void: "bad" };
const STATUSES = Object.keys(TONES) as Schemas["BatchStatus"][];

export function BatchStatus({ status }: { status: Schemas["BatchStatus"] }) {
  const { t } = useTranslation();
  return <Tag tone={TONES[status]}>{t(`batches.status.${status}`)}</Tag>;
}

export default function Batches() {
  const { t } = useTranslation();
  const may = useMay();
  const [isOpen, setOpen] = useState(false);
  const batches = useQuery(batchesQuery);
  const products = useQuery(productsQuery);
  const nameOf = (id: string) => products.data?.find((one) => one.id === id)?.name ?? id;
  const button = may("POST /batches") && (
    <Button type="primary" onClick={() => setOpen(true)}>
      {t("batches.add")}
    </Button>
  );
  const columns: Column<AnyBatch>[] = [
    { key: "lot", title: t("batches.lot"), plain: (one) => one.lot, show: (one) => <Link to={`/codes/batches/${one.id}`}>{one.lot}</Link> },
    { key: "goods", title: t("batches.product"), plain: (one) => nameOf(one.product), show: (one) => nameOf(one.product) },
    { key: "items", title: t("batches.items"), number: true, plain: (one) => one.items, show: (one) => number(one.items) },
    { key: "faces", title: t("batches.faces"), plain: (one) => t(`batches.faces.${one.faces}`), show: (one) => t(`batches.faces.${one.faces}`) },
    { key: "state", title: t("batches.status"), plain: (one) => t(`batches.status.${one.status}`), show: (one) => <BatchStatus status={one.status} /> },
    { key: "created", title: t("batches.created"), plain: (one) => one.created_at, show: (one) => <Time at={one.created_at} /> },
    { key: "case", title: t("batches.itemsPerCase"), number: true, spare: true, plain: (one) => one.items_per_case, show: (one) => number(one.items_per_case) },
    { key: "id", title: t("common.id"), spare: true, plain: (one) => one.id, show: (one) => <Id value={one.id} /> },
  ];
  const choices: Choice<AnyBatch>[] = [
    { key: "product", title: t("batches.product"), options: (products.data ?? []).map(({ id, name }) => ({ value: id, label: name })), fits: (one, value) => one.product === value },
    { key: "status", title: t("batches.status"), options: STATUSES.map((value) => ({ value, label: t(`batches.status.${value}`) })), fits: (one, value) => one.status === value },
  ];
  return (
    <Page title={t("batches.title")} lead={t("batches.lead")} actions={button}>
      <Section flush>
        <DataTable<AnyBatch>
          name="batches" rows={batches.data} rowKey={({ id }) => id} columns={columns} choices={choices} error={batches.error}
          retry={() => void batches.refetch()} empty={<Nothing title={t("batches.none")} hint={t("batches.noneHint")} action={button} />}
        />
      </Section>
      <NewBatch open={isOpen} onClose={() => setOpen(false)} products={products.data ?? []} />
    </Page>
  );
}

function NewBatch({ open, onClose, products }: { open: boolean; onClose: () => void; products: Schemas["Product"][] }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const may = useMay();
  const [form] = Form.useForm<Schemas["NewBatch"]>();
  const product = Form.useWatch("product", form);
  const profile = Form.useWatch("profile", form);
  const profiles = useQuery({ ...profilesQuery(product ?? ""), enabled: product !== undefined && may("GET /products/{id}/pack-profiles") });
  const make = useCommand({
    run: (body: Schemas["NewBatch"]) => answer(api.POST("/v1/batches", { body })),
    done: t("batches.done"),
    changes: [["batches"]],
    then: ({ id }) => void navigate(`/codes/batches/${id}`),
  });
  const needed = [{ required: true, message: t("common.needed") }];
  return (
    <FormDrawer<Schemas["NewBatch"]>
      open={open} title={t("batches.add")} submit={t("batches.add")} busy={make.isPending} error={make.error}
      form={form} initial={{ faces: "outer_and_inner", association: "by_range", items_per_box: 0, items_per_case: 24, cases_per_pallet: 0, sscc: "none" }} onSubmit={(batch) => make.mutate(batch)} onClose={onClose}
    >
      <Form.Item name="product" label={t("batches.product")} rules={needed}>
        <Select showSearch={{ optionFilterProp: "label" }} options={products.map(({ id, name }) => ({ value: id, label: name }))} onChange={() => form.setFieldValue("profile", undefined)} />
      </Form.Item>
      {profiles.data && profiles.data.length > 0 && (
        <Form.Item name="profile" label={t("profiles.one")}>
          <Select allowClear placeholder={t("profiles.own")} options={profiles.data.map(({ id, name }) => ({ value: id, label: name }))} />
        </Form.Item>
      )}
      <Form.Item name="lot" label={t("batches.lot")} rules={[{ required: true, whitespace: true, message: t("common.needed") }]}>
        <Input maxLength={40} />
      </Form.Item>
      {!profile && (
        <Form.Item name="faces" label={t("batches.faces")}>
          <Select options={(["outer", "outer_and_inner"] as const).map((value) => ({ value, label: t(`batches.faces.${value}`) }))} />
        </Form.Item>
      )}
      <div className="grid-form">
        <Form.Item name="items" label={t("batches.items")} rules={needed}>
          <InputNumber min={1} precision={0} className="full" />
        </Form.Item>
        <Form.Item name="length" label={t("batches.length")} extra={t("batches.lengthHint")}>
          <InputNumber min={14} max={20} precision={0} placeholder="16" className="full" />
        </Form.Item>
      </div>
      {!profile && (
        <>
          <PackSizes />
          <Association />
          <SsccChoice />
        </>
      )}
    </FormDrawer>
  );
}

/** When it is known which items lie in which pack, and what that means for whoever packs. */
function Association() {
  const { t } = useTranslation();
  const chosen = Form.useWatch<Schemas["Association"] | undefined>("association") ?? "by_range";
  return (
    <Form.Item name="association" label={t("batches.association")} extra={t(`batches.association.${chosen}Hint`)}>
      <Select options={(["by_range", "on_line"] as const).map((value) => ({ value, label: t(`batches.association.${value}`) }))} />
    </Form.Item>
  );
}
