import { useTranslation } from "react-i18next";

import { number, yuan } from "../../shared/format";

/** Below this share a budget needs somebody. */
export const LOW_SHARE = 0.2;

interface Props {
  left: number | undefined;
  /** What it was funded with at first; what was added later makes it more. */
  whole: number;
  unit: "CNY" | "points";
}

export function BudgetBar({ left, whole, unit }: Props) {
  const { t } = useTranslation();
  if (left === undefined) return <span className="muted">…</span>;
  const most = Math.max(whole, left);
  const share = most === 0 ? 0 : left / most;
  const show = (value: number) => (unit === "CNY" ? yuan(value) : `${number(value)} ${t("unit.points")}`);
  return (
    <span className="budget">
      <span className="budget-bar" aria-hidden>
        <span className={share < LOW_SHARE ? "budget-low" : ""} style={{ width: `${100 * share}%` }} />
      </span>
      <span className="muted small num">{t("home.budgetLeft", { left: show(left), whole: show(most) })}</span>
    </span>
  );
}
