// What a phone shows to whoever scans goods that are called back.

import { WarningOutlined } from "@ant-design/icons";
import { useTranslation } from "react-i18next";

import type { Language } from "./recalls";

interface Props {
  language: Language;
  message: string | undefined;
  instructions: string | undefined;
}

/** What the page itself says there, whatever the recall says. */
const SAYS = {
  "zh-CN": { title: "品牌方正在召回此商品", lead: "请暂停使用，并按以下说明处理。" },
  en: { title: "The brand recalls this item", lead: "Please do not use it, and do as it says below." },
};

export function PhonePreview({ language, message, instructions }: Props) {
  const { t } = useTranslation();
  return (
    <figure className="phone">
      <figcaption className="muted small">{t(`recalls.language.${language}`)}</figcaption>
      <div className="phone-screen" lang={language}>
        <WarningOutlined aria-hidden className="phone-sign" />
        <strong>{SAYS[language].title}</strong>
        <p>{SAYS[language].lead}</p>
        <div className="phone-said">
          <strong>{message?.trim() || "…"}</strong>
          <p>{instructions?.trim() || "…"}</p>
        </div>
      </div>
    </figure>
  );
}
