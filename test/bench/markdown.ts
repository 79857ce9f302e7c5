import type { Spread } from "./statistics.ts";

/** A table; the first row is its head. */
export function formatTable(rows: readonly (readonly string[])[]): string {
  const [head = [], ...body] = rows;
  return [head, head.map(() => "---"), ...body].map((row) => `| ${row.join(" | ")} |`).join("\n");
}

/** "81,204 (79,990 to 82,001)" */
export function formatCounts({ median, min, max }: Spread): string {
  return `${formatCount(median)} (${formatCount(min)} to ${formatCount(max)})`;
}

/** "1.04 (1.01 to 1.10)" */
export function formatSpread({ median, min, max }: Spread, digits = 2): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)} to ${max.toFixed(digits)})`;
}

/** "81,204" */
export function formatCount(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** "42 %" */
export function formatPercent(share: number, digits = 0): string {
  return `${(share * 100).toFixed(digits)} %`;
}

/** A chapter with a list, or nothing when there is nothing to list. */
export function formatList(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`## ${title}\n\n${lines.map((line) => `- ${line}`).join("\n")}`];
}
