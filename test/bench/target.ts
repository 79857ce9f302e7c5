import { formatTable } from "./markdown.ts";

/** A figure of the design next to what was measured. */
export interface Target {
  what: string;
  figure: string;
  measured: string;
  isReached: boolean;
}

/** Figures and what was measured, as a table. */
export function formatTargets(targets: readonly Target[]): string {
  return formatTable([
    ["what", "figure", "measured", "reached"],
    ...targets.map(({ what, figure, measured, isReached }) => [what, figure, measured, isReached ? "yes" : "no"]),
  ]);
}
