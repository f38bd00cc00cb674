import { BulbOutlined, CheckOutlined, MoonOutlined, SunOutlined } from "@ant-design/icons";
import { Button, Dropdown } from "antd";
import { useTranslation } from "react-i18next";

import { useAppearance } from "./appearance";
import { language, speak } from "./i18n";
import type { Appearance } from "./theme";

const APPEARANCES: Appearance[] = ["system", "light", "dark"];

export function LanguageTheme() {
  const { t } = useTranslation();
  const { appearance, choose } = useAppearance();
  const other = language() === "en" ? "zh-CN" : "en";
  const icon = appearance === "system" ? <BulbOutlined /> : appearance === "dark" ? <MoonOutlined /> : <SunOutlined />;
  return (
    <>
      <Button type="text" lang={other} onClick={() => void speak(other)}>
        {t("language.switch")}
      </Button>
      <Dropdown
        autoFocus trigger={["click"]}
        menu={{
          items: APPEARANCES.map((key) => ({ key, label: t(`theme.${key}`), icon: key === appearance ? <CheckOutlined /> : <span className="menu-gap" /> })),
          onClick: ({ key }) => choose(key as Appearance),
        }}
      >
        <Button type="text" icon={icon} aria-label={t("theme.label")} />
      </Dropdown>
    </>
  );
}
