/** A column of a table: its head, and whether its cells end at the same place (numbers) or begin there (words). */
export type Column = { readonly head: string; readonly align: "left" | "right" };

/** Aligned lines with two spaces between columns and none at their ends; no frame, so that it can be cut and sorted. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map(({ head }, at) => Math.max(head.length, ...rows.map((row) => row[at].length)));
  const lineOf = (cells: readonly string[]): string =>
    columns
      .map(({ align }, at) => (align === "right" ? cells[at].padStart(widths[at]) : cells[at].padEnd(widths[at])))
      .join("  ")
      .trimEnd();
  return `${[columns.map(({ head }) => head), ...rows].map(lineOf).join("\n")}\n`;
}

/** 40000 → "40,000"; parts of a whole are rounded to tenths. */
export function count(value: number): string {
  const [whole, part] = String(Math.round(value * 10) / 10).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return part === undefined ? grouped : `${grouped}.${part}`;
}

/** 1 job, 40,000 jobs */
export function countOf(value: number, thing: string): string {
  return `${count(value)} ${thing}${value === 1 ? "" : "s"}`;
}
