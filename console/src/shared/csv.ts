/** RFC 4180, with the mark that makes spreadsheets read UTF-8. A text that a spreadsheet would run is made harmless. */
export function csvOf(head: string[], rows: (string | number)[][]): Blob {
  const lines = [head, ...rows].map((cells) => cells.map(cell).join(","));
  return new Blob([`\uFEFF${lines.join("\r\n")}\r\n`], { type: "text/csv;charset=utf-8" });
}

function cell(value: string | number): string {
  if (typeof value === "number") return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
