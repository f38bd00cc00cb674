// Amounts of any currency: whole numbers of its smallest unit, parted into digits as texts and never divided.

/** Decimals of currencies whose smallest unit is not a hundredth (ISO 4217, list one), as the API counts them. */
const OTHER_DIGITS: [number, string][] = [
  [0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"],
  [3, "BHD IQD JOD KWD LYD OMR TND"],
  [4, "CLF UYW"],
];
const HUNDREDTHS = 2;

/** What is offered first where a currency is chosen; any other code may be typed. */
export const CURRENCIES = ["CNY", "HKD", "MOP", "TWD", "USD", "EUR", "GBP", "JPY", "KRW", "SGD", "THB", "MYR", "VND"];

/** Decimals of an amount in a currency: 0 of JPY, 2 of CNY, 3 of KWD. */
export function digitsOf(currency: string): number {
  return OTHER_DIGITS.find(([, codes]) => codes.split(" ").includes(currency))?.[0] ?? HUNDREDTHS;
}

/** A whole number with a point before its last digits: 3980 with 2 of them is `39.80`. */
export function decimal(value: number, digits: number): string {
  const all = String(Math.abs(value)).padStart(digits + 1, "0");
  const whole = Number(all.slice(0, all.length - digits)).toLocaleString("en-US");
  const sign = value < 0 ? "−" : "";
  return digits === 0 ? `${sign}${whole}` : `${sign}${whole}.${all.slice(-digits)}`;
}

/** An amount with its currency. Yuan have their sign; it is that of yen as well, which are therefore told by their code. */
export function amountText(amount: number, currency: string): string {
  const text = decimal(amount, digitsOf(currency));
  if (currency !== "CNY") return `${currency} ${text}`;
  return text.startsWith("−") ? `−¥${text.slice(1)}` : `¥${text}`;
}

/** The smallest units of an amount that somebody typed: `12.3` in KWD is 12300. Nothing where it is none, or too fine. */
export function smallestOf(text: string, currency: string): number | null {
  const parts = /^\s*(\d{1,10})(?:\.(\d+))?\s*$/.exec(text);
  const digits = digitsOf(currency);
  const rest = parts?.[2] ?? "";
  if (!parts || rest.length > digits) return null;
  return Number(parts[1] + rest.padEnd(digits, "0"));
}

/** Thousandths as people count: 2000 is `2`, 355 is `0.355`. */
export function quantityText(thousandths: number): string {
  return decimal(thousandths, 3).replace(/\.?0+$/, "");
}
