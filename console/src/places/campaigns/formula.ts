import i18next from "i18next";

import type { Schemas } from "../../api/client";
import { amountText } from "../../shared/currency";
import { number } from "../../shared/format";

/** What a points rule gives, in a sentence. */
export function formula({ points, per_amount, currency }: Schemas["PointsRule"]): string {
  return i18next.t("pointsRules.formula", { count: points, points: number(points), amount: amountText(per_amount, currency) });
}
