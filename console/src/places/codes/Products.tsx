import { useQuery } from "@tanstack/react-query";
import { Button, Form, Input } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";

import { answer, api, type Schemas } from "../../api/client";
import { useMay } from "../../api/permissions";
import { productsQuery } from "../../api/queries";
import { DataTable, type Column } from "../../shared/DataTable";
import { FormDrawer } from "../../shared/FormDrawer";
import { gtinText, Id, Time } from "../../shared/format";
import { Nothing } from "../../shared/Nothing";
import { Page, Section } from "../../shared/Page";
import { useCommand } from "../../shared/useCommand";
import { CompanyPrefix, Profiles } from "./Profiles";

type Product = Schemas["Product"];

export default function Products() {
  const { t } = useTranslation();
  const may = useMay();
  const [isOpen, setOpen] = useState(false);
  const [packed, setPacked] = useState<Product | null>(null);
  const products = useQuery(productsQuery);
  const add = useCommand({
    run: (body: Schemas["NewProduct"]) => answer(api.POST("/v1/products", { body })),
    done: t("products.done"),
    changes: [["products"]],
    then: () => setOpen(false),
  });
  const button = may("POST /products") && (
    <Button type="primary" onClick={() => setOpen(true)}>
      {t("products.add")}
    </Button>
  );
  const seesBatches = may("GET /batches");
  const columns: Column<Product>[] = [
    { key: "name", title: t("products.name"), plain: (one) => one.name, show: (one) => <strong>{one.name}</strong> },
    { key: "gtin", title: t("products.gtin"), plain: (one) => gtinText(one.gtin), show: (one) => <span className="num">{gtinText(one.gtin)}</span> },
    { key: "sku", title: t("products.sku"), plain: (one) => one.sku, show: (one) => <code>{one.sku}</code> },
    ...(seesBatches ? [{ key: "batches", title: t("products.batches"), show: (one: Product) => <Link to={`/codes/batches?product=${one.id}`}>{t("products.batches")}</Link> }] : []),
    ...(may("GET /products/{id}/pack-profiles")
      ? [{ key: "profiles", title: t("profiles.title"), show: (one: Product) => <Button type="link" size="small" className="cell-link" onClick={() => setPacked(one)}>{t("profiles.title")}</Button> }]
      : []),
    { key: "created", title: t("common.created"), plain: (one) => one.created_at, show: (one) => <Time at={one.created_at} /> },
    { key: "id", title: t("common.id"), spare: true, plain: (one) => one.id, show: (one) => <Id value={one.id} /> },
  ];
  const needed = [{ required: true, whitespace: true, message: t("common.needed") }];
  return (
    <Page title={t("products.title")} lead={t("products.lead")} actions={<><CompanyPrefix />{button}</>}>
      <Section flush>
        <DataTable<Product>
          name="products" rows={products.data} rowKey={({ id }) => id} columns={columns} error={products.error}
          retry={() => void products.refetch()} empty={<Nothing title={t("products.none")} hint={t("products.noneHint")} action={button} />}
        />
      </Section>
      <Profiles product={packed} onClose={() => setPacked(null)} />
      <FormDrawer<Schemas["NewProduct"]>
        open={isOpen} title={t("products.add")} submit={t("products.add")} busy={add.isPending} error={add.error}
        onSubmit={(product) => add.mutate(product)} onClose={() => setOpen(false)}
      >
        <Form.Item name="name" label={t("products.name")} rules={needed}>
          <Input maxLength={120} />
        </Form.Item>
        <Form.Item name="gtin" label={t("products.gtin")} extra={t("products.gtinHint")} rules={[{ required: true, pattern: /^(\d{8}|\d{12,14})$/, message: t("products.gtinHint") }]}>
          <Input inputMode="numeric" maxLength={14} />
        </Form.Item>
        <Form.Item name="sku" label={t("products.sku")} rules={needed}>
          <Input maxLength={60} />
        </Form.Item>
      </FormDrawer>
    </Page>
  );
}
