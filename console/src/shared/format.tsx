// How values look. Money is a whole number of fen and never becomes a fraction on its way: yuan and fen are parted as
// integers. Ids are texts.

import { CopyOutlined } from "@ant-design/icons";
import { App, Tooltip } from "antd";
import dayjs from "dayjs";
import i18next from "i18next";
import { useTranslation } from "react-i18next";

const FEN_PER_YUAN = 100;

export function yuan(fen: number): string {
  const sign = fen < 0 ? "−" : "";
  const whole = Math.floor(Math.abs(fen) / FEN_PER_YUAN);
  const rest = String(Math.abs(fen) % FEN_PER_YUAN).padStart(2, "0");
  return `${sign}¥${whole.toLocaleString("en-US")}.${rest}`;
}

/** Fen of what somebody typed as yuan: `12.3` is 1230. Nothing where it is no amount. */
export function fenOf(text: string): number | null {
  const parts = /^\s*(\d{1,12})(?:\.(\d{1,2}))?\s*$/.exec(text);
  if (!parts) return null;
  return Number(parts[1]) * FEN_PER_YUAN + Number((parts[2] ?? "").padEnd(2, "0"));
}

export function number(value: number): string {
  return value.toLocaleString("en-US");
}

export function percent(part: number, whole: number): string {
  return whole === 0 ? "–" : `${((100 * part) / whole).toFixed(1)}%`;
}

/** A GTIN as it stands on goods: without the zero that makes 14 digits of 13. */
export function gtinText(gtin: string): string {
  return gtin.replace(/^0(?=\d{13}$)/, "");
}

export function time(at: string): string {
  return dayjs(at).format("YYYY-MM-DD HH:mm");
}

/** When a day begins in a zone, as a moment. */
export function dayStart(day: string, zone: string): string {
  const asUtc = new Date(`${day}T00:00:00Z`);
  const there = new Date(asUtc.toLocaleString("sv-SE", { timeZone: zone }).replace(" ", "T") + "Z");
  return new Date(asUtc.getTime() - (there.getTime() - asUtc.getTime())).toISOString();
}

export function Money({ fen }: { fen: number }) {
  return <span className="num">{yuan(fen)}</span>;
}

export function Points({ points }: { points: number }) {
  const { t } = useTranslation();
  return (
    <span className="num">
      {number(points)} <span className="unit">{t("unit.points")}</span>
    </span>
  );
}

/** A moment to the minute, in the reader's zone; the exact one on hovering. */
export function Time({ at }: { at: string | null | undefined }) {
  if (!at) return <span className="muted">–</span>;
  return (
    <time className="num nowrap" dateTime={at} title={at}>
      {time(at)}
    </time>
  );
}

/** An id: whole, since its first digits are alike, and copied by a click. */
export function Id({ value, bare = false }: { value: string; bare?: boolean }) {
  const { t } = useTranslation();
  const { message } = App.useApp();
  if (bare) return <code className="id">{value}</code>;
  return (
    <span className="id-line">
      <code className="id">{value}</code>
      <Tooltip title={t("common.copy")}>
        <button
          type="button"
          className="copy"
          aria-label={`${t("common.copy")} ${value}`}
          onClick={(event) => {
            event.stopPropagation();
            void navigator.clipboard.writeText(value).then(() => message.success(t("common.copied")));
          }}
        >
          <CopyOutlined />
        </button>
      </Tooltip>
    </span>
  );
}

/** Reads a file out to whoever asked for it. */
export function save(name: string, content: Blob) {
  const url = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}

/** Has the browser fetch a file of the API by itself, however large it is; its name is told with it. */
export function fetchFile(path: string) {
  const link = document.createElement("a");
  link.href = path;
  link.download = "";
  link.click();
}

/** Words of a list, as the language joins them. */
export function joined(words: string[]): string {
  return words.join(i18next.language === "en" ? ", " : "、");
}
