// The terms of a campaign in words, always in the same order, so that two of them can be laid side by side.

import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";

import { useMay } from "../../api/permissions";
import { batchesQuery, productsQuery } from "../../api/queries";
import { joined, number, time, yuan } from "../../shared/format";
import { usePlaceName } from "../data/places";
import type { Schemas } from "../../api/client";
import type { Terms } from "./draft";
import { useRewardText } from "./Prizes";

export function useTermTexts(): (terms: Terms | Schemas["Campaign"]) => [label: string, text: string][] {
  const { t } = useTranslation();
  const may = useMay();
  const place = usePlaceName();
  const reward = useRewardText();
  const products = useQuery({ ...productsQuery, enabled: may("GET /products") });
  const batches = useQuery({ ...batchesQuery, enabled: may("GET /batches") });
  const limit = (count: number | null | undefined) => (count == null ? t("common.unlimited") : number(count));
  return (terms) => {
    const { caps, audience = "everyone", face, regions = [], prizes, fallback } = terms;
    const all = (texts: string[], none: string) => (texts.length === 0 ? none : joined(texts));
    const stock = (count: number | null | undefined) => (count == null ? "" : ` · ${t("campaign.stock")} ${number(count)}`);
    // A campaign names its fallback by id, terms by name.
    const instead = prizes.find((prize) => prize.name === fallback || ("id" in prize && prize.id === fallback))?.name;
    return [
      [t("campaigns.name"), terms.name],
      [t("campaigns.starts"), time(terms.starts)],
      [t("campaigns.ends"), time(terms.ends)],
      [t("campaigns.audience"), typeof audience === "string" ? t(`campaigns.audience.${audience}`) : t("campaigns.audience.tier", { tier: audience.tier_at_least })],
      [t("campaigns.regions"), all(regions.map(place), t("campaigns.everywhere"))],
      [t("campaigns.products"), all((terms.products ?? []).map((id) => products.data?.find((one) => one.id === id)?.name ?? id), t("campaigns.allGoods"))],
      [t("campaigns.batches"), all((terms.batches ?? []).map((id) => batches.data?.find((one) => one.id === id)?.lot ?? id), t("campaigns.allGoods"))],
      [t("campaigns.face"), face ? t(`batch.face.${face as "outer" | "inner"}`) : t("campaigns.face.usual")],
      [t("campaigns.perPerson"), limit(caps?.per_person)],
      [t("campaigns.perPersonDay"), limit(caps?.per_person_per_day)],
      [t("campaigns.perDay"), limit(caps?.per_day)],
      [t("campaigns.prizes"), prizes.map((prize) => `${prize.name} (${reward(prize.reward)} · ${t("campaign.weight")} ${number(prize.weight)}${stock(prize.stock)})`).join("\n")],
      [t("campaign.fallback"), instead ?? t("common.none")],
      [t("wizard.budgetYuan"), yuan(terms.budget_fen ?? 0)],
      [t("wizard.budgetPoints"), number(terms.budget_points ?? 0)],
    ];
  };
}
