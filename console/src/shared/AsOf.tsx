import { DatePicker } from "antd";
import dayjs from "dayjs";
import { useTranslation } from "react-i18next";

interface Props {
  /** A moment, or nothing for now. */
  at: string;
  onChange: (at: string) => void;
}

/** As of when something is looked at: to the end of a minute that is over, or now. */
export function AsOf({ at, onChange }: Props) {
  const { t } = useTranslation();
  return (
    <DatePicker
      aria-label={t("trace.asOf")} prefix={t("trace.asOf")} placeholder={t("trace.now")} showTime={{ format: "HH:mm" }} format="YYYY-MM-DD HH:mm"
      value={at ? dayjs(at) : null} disabledDate={(day) => day.isAfter(dayjs().endOf("day"))}
      onChange={(moment) => onChange(moment?.endOf("minute").toISOString() ?? "")}
    />
  );
}
