// How a product is usually packed, under names that batches are ordered by; and the company prefix that SSCCs begin with.

import { useQuery } from "@tanstack/react-query";
import { App, Button, Drawer, Form, Input, InputNumber, Select, Skeleton } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";

import { answer, api, type Schemas } from "../../api/client";
import { useMay } from "../../api/permissions";
import { ErrorPanel } from "../../shared/ErrorPanel";
import { FormDrawer } from "../../shared/FormDrawer";
import { joined, number } from "../../shared/format";
import { useCommand } from "../../shared/useCommand";
import "./packages.css";

type Profile = Schemas["PackProfile"];
type Values = Schemas["NewPackProfile"];

const SSCC_USES: Schemas["SsccUse"][] = ["none", "pallets", "cases_and_pallets"];
const USUAL: Values = { name: "", items_per_box: 0, items_per_case: 24, cases_per_pallet: 0, association: "by_range", faces: "outer_and_inner", sscc: "none" };

export const profilesQuery = (product: string) => ({
  queryKey: ["pack-profiles", product],
  queryFn: () => answer(api.GET("/v1/products/{id}/pack-profiles", { params: { path: { id: product } } })),
});

/** The profiles of a product, beside the list of products. */
export function Profiles({ product, onClose }: { product: Schemas["Product"] | null; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Drawer open={product !== null} title={t("profiles.of", { product: product?.name })} size={Math.min(560, window.innerWidth)} onClose={onClose} destroyOnHidden>
      {product && <List product={product} />}
    </Drawer>
  );
}

function List({ product }: { product: Schemas["Product"] }) {
  const { t } = useTranslation();
  const { modal } = App.useApp();
  const may = useMay();
  const [edited, setEdited] = useState<Profile | "new" | null>(null);
  const profiles = useQuery(profilesQuery(product.id));
  const changes = [["pack-profiles", product.id]];
  const remove = useCommand({
    run: (id: string) => answer(api.DELETE("/v1/pack-profiles/{id}", { params: { path: { id } } })),
    done: t("profiles.removed"),
    changes,
  });
  const add = may("POST /products/{id}/pack-profiles") && (
    <div>
      <Button type="primary" onClick={() => setEdited("new")}>
        {t("profiles.add")}
      </Button>
    </div>
  );
  const ask = ({ id, name }: Profile) =>
    void modal.confirm({ title: t("profiles.removeTitle", { name }), content: t("profiles.stay"), okText: t("profiles.remove"), okButtonProps: { danger: true }, onOk: () => remove.mutate(id) });
  return (
    <div className="stack">
      <p className="muted">{t("profiles.lead")}</p>
      {profiles.error && <ErrorPanel error={profiles.error} retry={() => void profiles.refetch()} />}
      {profiles.isPending && <Skeleton active paragraph={{ rows: 2 }} />}
      {profiles.data?.length === 0 && <p className="muted">{t("profiles.none")}</p>}
      <ul className="packages">
        {profiles.data?.map((one) => (
          <li key={one.id} className="package">
            <div className="package-head">
              <div>
                <strong>{one.name}</strong>
                <Brief one={one} />
              </div>
              <div className="row">
                {may("PUT /pack-profiles/{id}") && (
                  <Button size="small" onClick={() => setEdited(one)}>
                    {t("profiles.change")}
                  </Button>
                )}
                {may("DELETE /pack-profiles/{id}") && (
                  <Button size="small" danger onClick={() => ask(one)}>
                    {t("profiles.remove")}
                  </Button>
                )}
              </div>
            </div>
          </li>
        ))}
      </ul>
      {add}
      <Edit product={product} edited={edited} onClose={() => setEdited(null)} />
    </div>
  );
}

/** What a profile says, in a line. */
function Brief({ one }: { one: Profile }) {
  const { t } = useTranslation();
  const sizes = [
    one.items_per_box > 0 ? `${t("batches.itemsPerBox")} ${number(one.items_per_box)}` : null,
    one.items_per_case > 0 ? `${t("batches.itemsPerCase")} ${number(one.items_per_case)}` : null,
    one.cases_per_pallet > 0 ? `${t("batches.casesPerPallet")} ${number(one.cases_per_pallet)}` : null,
    t(`batches.faces.${one.faces}`),
    one.sscc === "none" ? null : `SSCC: ${t(`batches.sscc.${one.sscc}`)}`,
  ];
  return <p className="muted small">{joined(sizes.filter((size) => size !== null))}</p>;
}

function Edit({ product, edited, onClose }: { product: Schemas["Product"]; edited: Profile | "new" | null; onClose: () => void }) {
  const { t } = useTranslation();
  const profile = edited === "new" ? null : edited;
  const keep = useCommand({
    run: (body: Values) =>
      profile
        ? answer(api.PUT("/v1/pack-profiles/{id}", { params: { path: { id: profile.id } }, body }))
        : answer(api.POST("/v1/products/{id}/pack-profiles", { params: { path: { id: product.id } }, body })),
    done: t("profiles.kept"),
    changes: [["pack-profiles", product.id]],
    then: onClose,
  });
  const title = t(profile ? "profiles.change" : "profiles.add");
  return (
    <FormDrawer<Values>
      open={edited !== null} title={title} submit={t("profiles.keep")} busy={keep.isPending} error={keep.error} initial={profile ?? USUAL}
      onSubmit={(values) => keep.mutate(values)} onClose={onClose}
    >
      <p className="muted form-lead">{t("profiles.stay")}</p>
      <Form.Item name="name" label={t("products.name")} rules={[{ required: true, whitespace: true, message: t("common.needed") }]}>
        <Input maxLength={120} placeholder={t("profiles.nameExample")} />
      </Form.Item>
      <Form.Item name="faces" label={t("batches.faces")}>
        <Select options={(["outer", "outer_and_inner"] as const).map((value) => ({ value, label: t(`batches.faces.${value}`) }))} />
      </Form.Item>
      <PackSizes />
      <Form.Item name="association" label={t("batches.association")}>
        <Select options={(["by_range", "on_line"] as const).map((value) => ({ value, label: t(`batches.association.${value}`) }))} />
      </Form.Item>
      <SsccChoice />
    </FormDrawer>
  );
}

/** How many of what lie in what. */
export function PackSizes() {
  const { t } = useTranslation();
  return (
    <div className="grid-form">
      <Form.Item name="items_per_box" label={t("batches.itemsPerBox")} extra={t("batches.itemsPerBoxHint")}>
        <InputNumber min={0} precision={0} className="full" />
      </Form.Item>
      <Form.Item name="items_per_case" label={t("batches.itemsPerCase")} extra={t("batches.itemsPerCaseHint")}>
        <InputNumber min={0} precision={0} className="full" />
      </Form.Item>
      <Form.Item name="cases_per_pallet" label={t("batches.casesPerPallet")}>
        <InputNumber min={0} precision={0} className="full" />
      </Form.Item>
    </div>
  );
}

/** Which packs bear an SSCC. */
export function SsccChoice() {
  const { t } = useTranslation();
  return (
    <Form.Item name="sscc" label={t("batches.sscc")} extra={t("batches.ssccHint")}>
      <Select options={SSCC_USES.map((value) => ({ value, label: t(`batches.sscc.${value}`) }))} />
    </Form.Item>
  );
}

/** Under which GS1 company prefix SSCCs are given out. */
export function CompanyPrefix() {
  const { t } = useTranslation();
  const may = useMay();
  const [isOpen, setOpen] = useState(false);
  const current = useQuery({ queryKey: ["company-prefix"], queryFn: () => answer(api.GET("/v1/company-prefix")), enabled: may("GET /company-prefix") });
  const set = useCommand({
    run: (body: Schemas["NewCompanyPrefix"]) => answer(api.PUT("/v1/company-prefix", { body })),
    done: t("prefix.kept"),
    changes: [["company-prefix"]],
    then: () => setOpen(false),
  });
  if (!may("PUT /company-prefix") || current.isPending) return null;
  return (
    <>
      <Button onClick={() => setOpen(true)}>{t("prefix.title")}</Button>
      <FormDrawer<Schemas["NewCompanyPrefix"]>
        open={isOpen} title={t("prefix.title")} submit={t("prefix.keep")} busy={set.isPending} error={set.error}
        initial={{ prefix: current.data?.prefix ?? "", extension: current.data?.extension ?? 0 }} onSubmit={(values) => set.mutate(values)} onClose={() => setOpen(false)}
      >
        <p className="muted form-lead">{t("prefix.lead")}</p>
        <Form.Item name="prefix" label={t("prefix.prefix")} rules={[{ required: true, pattern: /^\d{4,12}$/, message: t("prefix.prefixHint") }]} extra={t("prefix.prefixHint")}>
          <Input inputMode="numeric" maxLength={12} />
        </Form.Item>
        <Form.Item name="extension" label={t("prefix.extension")} extra={current.data ? t("prefix.given", { given: number(current.data.given), left: number(current.data.left) }) : undefined}>
          <InputNumber min={0} max={9} precision={0} className="full" />
        </Form.Item>
      </FormDrawer>
    </>
  );
}
