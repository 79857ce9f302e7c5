import { appendFileSync } from "node:fs";
import type { Instant } from "../support/faults.ts";

/** One cut of the matrix and what came of it. */
export interface CrashCell {
  command: string;
  instant: Instant;
  /** What was there right after the cut. */
  left: string;
  /** The command given next. */
  next: string;
  /** What it said, where it did not simply do it. */
  said: string;
  outcome: string;
}

/** What stands above the rows. */
export const crashTableHead =
  "| command | killed at | what was left | next command | what it said | in the end |\n|---|---|---|---|---|---|\n";

/** Variable with the file that the table is written to; without it none is. */
const tableVariable = "CILO_CRASH_TABLE";

/** Adds rows to the Markdown table of the crash points, where one is asked for. */
export function recordCells(cells: readonly CrashCell[]): void {
  const file = process.env[tableVariable];
  if (file === undefined) return;
  for (const cell of cells) appendFileSync(file, `${toRow(cell)}\n`);
}

function toRow({ command, instant, left, next, said, outcome }: CrashCell): string {
  const { point, passing } = instant;
  const cells = [command, passing === 1 ? point : `${point} (${passing})`, left, next, said, outcome];
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
}
