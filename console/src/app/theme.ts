// Colours and measures. A green ink, much white, one line around things; numbers are tabular everywhere (base.css).

import { theme as antd, type ThemeConfig } from "antd";

export type Appearance = "system" | "light" | "dark";

const STORED = "tallymark.appearance";

export function storedAppearance(): Appearance {
  const stored = localStorage.getItem(STORED);
  return stored === "light" || stored === "dark" ? stored : "system";
}

export function storeAppearance(appearance: Appearance) {
  if (appearance === "system") localStorage.removeItem(STORED);
  else localStorage.setItem(STORED, appearance);
}

/** Whoever asked their system for less motion is shown none. */
const STILL = matchMedia("(prefers-reduced-motion: reduce)").matches;

const FONT =
  '-apple-system, BlinkMacSystemFont, "Segoe UI", "PingFang SC", "Hiragino Sans GB", "Microsoft YaHei", "Noto Sans SC", "Noto Sans CJK SC", sans-serif';

/** antd's tertiary and quaternary texts are too faint to read by WCAG 2.2 AA (4.5:1); these are not. */
const LIGHT = {
  colorPrimary: "#0b5f52",
  colorInfo: "#0b5f52",
  colorLink: "#0b5f52",
  colorSuccess: "#1d7a46",
  colorWarning: "#a35a00",
  colorError: "#c2281d",
  colorBgLayout: "#f5f7f6",
  // antd derives these by mixing with grey, which makes them muddy for a dark ink.
  colorPrimaryBg: "#e4f1ee",
  colorPrimaryBgHover: "#d3e8e3",
  colorPrimaryBorder: "#a5d0c6",
  colorPrimaryTextActive: "#084a40",
  colorSuccessBg: "#e3f3e9",
  colorSuccessTextActive: "#14592f",
  colorWarningBg: "#fcefdc",
  colorWarningTextActive: "#7a4300",
  colorErrorBg: "#fdebe9",
  colorErrorTextActive: "#9c1c13",
  controlItemBgActive: "#e4f1ee",
  colorTextTertiary: "rgba(0, 0, 0, 0.6)",
  colorTextDescription: "rgba(0, 0, 0, 0.6)",
  colorTextPlaceholder: "rgba(0, 0, 0, 0.56)",
};

const DARK = {
  colorPrimary: "#4cc2a8",
  colorInfo: "#4cc2a8",
  colorLink: "#5ccbb2",
  colorSuccess: "#5cc98a",
  colorWarning: "#e3a34a",
  colorError: "#ff8a80",
  colorBgLayout: "#0f1413",
  colorBgContainer: "#171d1c",
  colorBgElevated: "#1f2625",
  colorPrimaryBg: "#15322c",
  colorPrimaryBgHover: "#1b4039",
  colorPrimaryTextActive: "#8fe0cd",
  colorSuccessBg: "#16301f",
  colorSuccessTextActive: "#8fdcae",
  colorWarningBg: "#38280f",
  colorWarningTextActive: "#f0c27d",
  colorErrorBg: "#3d1a18",
  colorErrorTextActive: "#ffb3ac",
  controlItemBgActive: "#15322c",
  colorTextTertiary: "rgba(255, 255, 255, 0.62)",
  colorTextDescription: "rgba(255, 255, 255, 0.62)",
  colorTextPlaceholder: "rgba(255, 255, 255, 0.56)",
};

export function themeOf(dark: boolean): ThemeConfig {
  return {
    algorithm: dark ? antd.darkAlgorithm : antd.defaultAlgorithm,
    cssVar: { key: "tm" },
    hashed: false,
    token: { fontFamily: FONT, borderRadius: 6, fontSize: 14, motion: !STILL, ...(dark ? DARK : LIGHT) },
    components: {
      // White on the light green of the dark theme would be 2.2:1.
      Button: dark ? { primaryColor: "#06231d", primaryShadow: "none" } : { primaryShadow: "none" },
      Table: { cellPaddingBlockSM: 9, headerBg: "transparent", headerSplitColor: "transparent" },
      Form: { verticalLabelPadding: "0 0 4px", itemMarginBottom: 18 },
      Modal: { titleFontSize: 17 },
    },
  };
}
