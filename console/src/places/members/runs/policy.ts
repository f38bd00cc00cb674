// The rules of who is who, as the API tells them, and another set of which only the differences are said.

export interface KindRule {
  on_shared: boolean;
  per_person: number | null;
  priority: number;
  scoped: boolean;
  shareable: boolean;
}

export interface Policy {
  kinds: Record<string, KindRule>;
  members_max: number;
  shared_from: number;
}

export interface Wish {
  kinds?: Record<string, Partial<KindRule>>;
  members_max?: number;
  shared_from?: number;
}

export function wishOf(text: string): Wish {
  const parsed: unknown = JSON.parse(text === "" ? "{}" : text);
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) throw new SyntaxError("{…}");
  return parsed as Wish;
}

/** The wish with one field of a kind changed; a field that is as the rules that hold have it is not said. */
export function withKind<K extends keyof KindRule>(wish: Wish, policy: Policy, kind: string, field: K, value: KindRule[K]): Wish {
  const { [kind]: said = {}, ...others } = wish.kinds ?? {};
  const { [field]: _, ...rest } = said;
  const now: Partial<KindRule> = policy.kinds[kind]?.[field] === value ? rest : { ...rest, [field]: value };
  const kinds = Object.keys(now).length === 0 ? others : { ...others, [kind]: now };
  const { kinds: __, ...whole } = wish;
  return Object.keys(kinds).length === 0 ? whole : { ...whole, kinds };
}

export function withWhole(wish: Wish, policy: Policy, field: "members_max" | "shared_from", value: number): Wish {
  const { [field]: _, ...rest } = wish;
  return policy[field] === value ? rest : { ...rest, [field]: value };
}
