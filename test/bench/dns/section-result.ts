import type { SectionName } from "./options.ts";

/** A figure of the design next to what was measured. */
export interface Target {
  what: string;
  figure: string;
  measured: string;
  isReached: boolean;
}

/** What one part of the bench found out. */
export interface SectionResult {
  name: SectionName;
  title: string;
  /** Markdown, below the title. */
  text: string;
  /** All figures, for `--json`. */
  data: unknown;
  targets: Target[];
  /** Wrong answers, servers that ended: what makes the bench's figures worthless. Never a figure itself. */
  problems: string[];
  /** What could not be measured here, and what to install for it. */
  omissions: string[];
}
