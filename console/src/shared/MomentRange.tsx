import { DatePicker } from "antd";
import dayjs from "dayjs";
import { useTranslation } from "react-i18next";

interface Props {
  from: string | undefined;
  until: string | undefined;
  onChange: (range: { from: string | undefined; until: string | undefined }) => void;
}

/** From one moment to another, either of which may be open. */
export function MomentRange({ from, until, onChange }: Props) {
  const { t } = useTranslation();
  const moment = (text: string | undefined) => (text ? dayjs(text) : null);
  return (
    <DatePicker.RangePicker
      aria-label={t("table.range")} showTime={{ format: "HH:mm" }} format="YYYY-MM-DD HH:mm" allowEmpty={[true, true]} value={[moment(from), moment(until)]}
      onChange={(range) => onChange({ from: range?.[0]?.toISOString(), until: range?.[1]?.toISOString() })}
    />
  );
}
