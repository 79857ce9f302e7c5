import { toPrintable } from "../../base/errors.ts";

/** Spaces between two columns. */
const gap = 2;

/**
 * Lays out rows in plain columns, left-aligned, without boxes.
 * @param rows the first is the heading; all of one length.
 * @returns lines without trailing spaces, each ended by a newline.
 */
export function renderTable(rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map((cell) => toPrintable(cell).replace(/\s+/g, " ")));
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => (row[column] ?? "").length)));
  return cells
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd((widths[column] ?? 0) + gap))
        .join("")
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join("");
}
