import type { Target } from "../target.ts";
import type { SectionName } from "./options.ts";

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
