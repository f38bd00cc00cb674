import { AutoComplete, Form, Input, Radio, Select } from "antd";
import { useTranslation } from "react-i18next";

import { answer, api, type Schemas } from "../../api/client";
import { FormDrawer } from "../../shared/FormDrawer";
import { gtinText } from "../../shared/format";
import { useCommand } from "../../shared/useCommand";
import { filledOf, newLink, TYPES, type Filled, type One } from "./links";

const LANGUAGES = ["zh-CN", "en"];

/** A link that is made, or put in the place of one. */
export function LinkForm({ link, products, onClose }: { link: One | null; products: Schemas["Product"][]; onClose: () => void }) {
  const { t } = useTranslation();
  const [form] = Form.useForm<Filled>();
  const about = Form.useWatch("about", form) ?? "product";
  const save = useCommand({
    run: (filled: Filled) => {
      const body = newLink(filled);
      return link ? answer(api.PUT("/v1/links/{id}", { params: { path: { id: link.id } }, body })) : answer(api.POST("/v1/links", { body }));
    },
    done: t("links.done"), changes: [["links"], ["resolved"]], then: onClose,
  });
  const needed = [{ required: true, whitespace: true, message: t("common.needed") }];
  return (
    <FormDrawer<Filled>
      open title={link ? t("links.editTitle") : t("links.add")} submit={t("common.save")} form={form} busy={save.isPending} error={save.error}
      initial={link ? filledOf(link) : { about: "product", link_type: "pip", default_use: "no", languages: [] }} onSubmit={(filled) => save.mutate(filled)} onClose={onClose}
    >
      <Form.Item name="about" label={t("links.about")}>
        <Radio.Group options={(["product", "other"] as const).map((value) => ({ value, label: t(`links.about.${value}`) }))} />
      </Form.Item>
      {about === "product" ? (
        <>
          <Form.Item name="gtin" label={t("batches.product")} rules={needed}>
            <Select showSearch={{ optionFilterProp: "label" }} options={products.map(({ gtin, name }) => ({ value: gtin, label: `${name} · ${gtinText(gtin)}` }))} />
          </Form.Item>
          <Form.Item name="lot" label={t("links.lot")} extra={t("links.lotHint")}>
            <Input maxLength={20} />
          </Form.Item>
        </>
      ) : (
        <Form.Item name="anchor" label={t("links.anchor")} extra={t("links.anchorHint")} rules={needed}>
          <Input className="mono" spellCheck={false} placeholder="/414/9506000134352" />
        </Form.Item>
      )}
      <Form.Item name="link_type" label={t("links.linkType")} extra={t("links.linkTypeHint")} rules={needed}>
        <AutoComplete options={TYPES.map((value) => ({ value, label: t(`links.type.${value}`) }))} />
      </Form.Item>
      <Form.Item name="target" label={t("links.target")} rules={[{ required: true, pattern: /^\s*https:\/\/\S+\s*$/, message: t("links.targetHint") }]} extra={t("links.targetHint")}>
        <Input spellCheck={false} inputMode="url" placeholder="https://" />
      </Form.Item>
      <Form.Item name="title" label={t("links.title.of")} rules={needed}>
        <Input maxLength={120} />
      </Form.Item>
      <Form.Item name="languages" label={t("links.languages")} extra={t("links.languagesHint")}>
        <Select mode="tags" options={LANGUAGES.map((value) => ({ value, label: value }))} />
      </Form.Item>
      <Form.Item name="default_use" label={t("links.default")} extra={t("links.defaultHint")}>
        <Select options={(["no", "default", "by_request"] as const).map((value) => ({ value, label: t(`links.default.${value}`) }))} />
      </Form.Item>
    </FormDrawer>
  );
}
