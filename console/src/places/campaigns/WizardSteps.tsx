import { useQuery } from "@tanstack/react-query";
import { DatePicker, Form, Input, InputNumber, Select, TreeSelect } from "antd";
import { useTranslation } from "react-i18next";

import { useMay } from "../../api/permissions";
import { batchesQuery, productsQuery } from "../../api/queries";
import { usePlaceTree } from "../data/usePlaceTree";

export function BasicsStep() {
  const { t } = useTranslation();
  return (
    <div className="wizard-narrow">
      <Form.Item name="name" label={t("campaigns.name")} extra={t("wizard.nameHint")} rules={[{ required: true, whitespace: true, message: t("common.needed") }]}>
        <Input maxLength={120} autoFocus />
      </Form.Item>
      <Form.Item name="time" label={t("campaigns.time")} rules={[{ required: true, message: t("wizard.timeNeeded") }]}>
        <DatePicker.RangePicker showTime={{ format: "HH:mm" }} format="YYYY-MM-DD HH:mm" className="full" />
      </Form.Item>
      <Form.Item name="face" label={t("campaigns.face")}>
        <Select allowClear placeholder={t("campaigns.face.usual")} options={(["outer", "inner"] as const).map((value) => ({ value, label: t(`batch.face.${value}`) }))} />
      </Form.Item>
    </div>
  );
}

export function WhoStep() {
  const { t } = useTranslation();
  const may = useMay();
  const products = useQuery({ ...productsQuery, enabled: may("GET /products") });
  const batches = useQuery({ ...batchesQuery, enabled: may("GET /batches") });
  const tree = usePlaceTree();
  const audience = Form.useWatch<string>("audience");
  const nameOf = (id: string) => products.data?.find((one) => one.id === id)?.name ?? "";
  const caps = [["per_person", "perPerson"], ["per_person_per_day", "perPersonDay"], ["per_day", "perDay"]] as const;
  return (
    <div className="wizard-narrow">
      <Form.Item name="products" label={t("campaigns.products")}>
        <Select mode="multiple" placeholder={t("campaigns.allGoods")} options={products.data?.map(({ id, name }) => ({ value: id, label: name }))} />
      </Form.Item>
      <Form.Item name="batches" label={t("campaigns.batches")}>
        <Select mode="multiple" placeholder={t("campaigns.allGoods")} options={batches.data?.map(({ id, lot, product }) => ({ value: id, label: `${lot} ${nameOf(product)}` }))} />
      </Form.Item>
      <Form.Item name="regions" label={t("campaigns.regions")}>
        <TreeSelect treeData={tree} treeCheckable showCheckedStrategy="SHOW_PARENT" treeNodeFilterProp="title" placeholder={t("campaigns.everywhere")} maxTagCount={6} />
      </Form.Item>
      <div className="grid-form">
        <Form.Item name="audience" label={t("campaigns.audience")}>
          <Select
            options={[
              ...(["everyone", "new", "known"] as const).map((value) => ({ value: value as string, label: t(`campaigns.audience.${value}`) })),
              { value: "tier", label: t("campaigns.audience.tiered") },
            ]}
          />
        </Form.Item>
        {audience === "tier" && (
          <Form.Item name="tier" label={t("campaigns.tier")} rules={[{ required: true, message: t("common.needed") }]}>
            <InputNumber min={1} precision={0} className="full" />
          </Form.Item>
        )}
      </div>
      <h3 className="wizard-sub">{t("campaigns.caps")}</h3>
      <div className="grid-form">
        {caps.map(([name, text]) => (
          <Form.Item key={name} name={name} label={t(`campaigns.${text}`)}>
            <InputNumber min={1} precision={0} placeholder={t("common.unlimited")} className="full" />
          </Form.Item>
        ))}
      </div>
    </div>
  );
}
