import type { Extent } from "../options.ts";
import type { Installed } from "../packages.ts";
import type { Workbench } from "../workbench.ts";

/** What every part of the bench gets. */
export interface SectionContext {
  bench: Workbench;
  extent: Extent;
  installed: Installed;
  /** Says what is being done; not part of the report. */
  say: (text: string) => void;
}
