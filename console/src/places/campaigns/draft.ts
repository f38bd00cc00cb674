// A campaign as the wizard's fields have it, and as the API takes it.

import dayjs, { type Dayjs } from "dayjs";

import type { Schemas } from "../../api/client";
import { fenOf } from "../../shared/format";

/** As the API takes them. */
export type Terms = Schemas["NewCampaign"];

export interface PrizeDraft {
  kind: Schemas["Reward"]["kind"];
  name: string;
  weight: number;
  stock?: number | null;
  min?: string;
  max?: string;
  points?: number;
}

export interface Draft {
  name: string;
  time: [Dayjs, Dayjs];
  face?: "outer" | "inner";
  products?: string[];
  batches?: string[];
  regions?: string[];
  audience: "everyone" | "new" | "known" | "tier";
  tier?: number;
  per_person?: number | null;
  per_person_per_day?: number | null;
  per_day?: number | null;
  prizes: PrizeDraft[];
  fallback?: string;
  budget?: string;
  budget_points?: number | null;
}

export function rewardOf({ kind, min, max, points }: PrizeDraft): Schemas["Reward"] {
  if (kind === "points") return { kind, points: points ?? 0 };
  if (kind === "red_packet") return { kind, min_fen: fenOf(min ?? "") ?? 0, max_fen: fenOf(max ?? "") ?? 0 };
  return { kind };
}

const inYuan = (fen: number) => (fen / 100).toFixed(2);

/** The wizard's fields for a campaign that is there. */
export function draftOf(campaign: Schemas["Campaign"]): Draft {
  const { audience, caps, fallback } = campaign;
  const tier = typeof audience === "string" ? undefined : audience.tier_at_least;
  const prize = ({ name, weight, stock, reward }: Schemas["Prize"]): PrizeDraft => ({
    kind: reward.kind, name, weight, stock: stock ?? null,
    ...(reward.kind === "red_packet" ? { min: inYuan(reward.min_fen), max: inYuan(reward.max_fen) } : {}),
    ...(reward.kind === "points" ? { points: reward.points } : {}),
  });
  const { per_person = null, per_person_per_day = null, per_day = null } = caps;
  const instead = campaign.prizes.find(({ id }) => id === fallback)?.name;
  return {
    name: campaign.name,
    time: [dayjs(campaign.starts), dayjs(campaign.ends)],
    products: campaign.products,
    batches: campaign.batches,
    regions: campaign.regions,
    audience: typeof audience === "string" ? audience : "tier",
    per_person, per_person_per_day, per_day,
    prizes: campaign.prizes.map(prize),
    ...(campaign.face ? { face: campaign.face as "outer" | "inner" } : {}),
    ...(tier === undefined ? {} : { tier }),
    ...(instead === undefined ? {} : { fallback: instead }),
    ...(campaign.budget_fen > 0 ? { budget: inYuan(campaign.budget_fen) } : {}),
    ...(campaign.budget_points > 0 ? { budget_points: campaign.budget_points } : {}),
  };
}

export function campaignOf(draft: Draft): Terms {
  const { per_person, per_person_per_day, per_day } = draft;
  return {
    name: draft.name.trim(),
    starts: draft.time[0].toISOString(),
    ends: draft.time[1].toISOString(),
    face: draft.face ?? null,
    products: draft.products ?? [],
    batches: draft.batches ?? [],
    regions: draft.regions ?? [],
    audience: draft.audience === "tier" ? { tier_at_least: draft.tier ?? 1 } : draft.audience,
    caps: { per_person: per_person ?? null, per_person_per_day: per_person_per_day ?? null, per_day: per_day ?? null },
    prizes: draft.prizes.map((prize) => ({ name: prize.name.trim(), weight: prize.weight, stock: prize.stock ?? null, reward: rewardOf(prize) })),
    fallback: draft.fallback ?? null,
    budget_fen: fenOf(draft.budget ?? "") ?? 0,
    budget_points: draft.budget_points ?? 0,
  };
}

/** What a draw costs in the mean, where red packets are drawn evenly between their bounds. */
export function meanOf(prizes: PrizeDraft[]): { fen: number; points: number } {
  const weights = prizes.reduce((sum, { weight }) => sum + (weight || 0), 0);
  if (weights === 0) return { fen: 0, points: 0 };
  let [fen, points] = [0, 0];
  for (const prize of prizes) {
    const reward = rewardOf(prize);
    if (reward.kind === "red_packet") fen += ((reward.min_fen + reward.max_fen) / 2) * prize.weight;
    if (reward.kind === "points") points += reward.points * prize.weight;
  }
  return { fen: fen / weights, points: points / weights };
}
