import { amountText } from "./currency";
import { number } from "./format";

/** An amount in the smallest unit of its currency. */
export function Amount({ amount, currency }: { amount: number; currency: string }) {
  return <span className="num nowrap">{amountText(amount, currency)}</span>;
}

/** A number that comes or goes: its sign stands before it. */
export function signed(value: number): string {
  return value > 0 ? `+${number(value)}` : number(value).replace("-", "−");
}
