import type { ComposeProject } from "../model.ts";
import type { ProjectReading } from "../project.ts";

/** What is checked: the project merged with its override, beside the project as it is. */
export interface MergedProject {
  merged: ComposeProject;
  reading: ProjectReading;
  /** Names on the engine of the copy's networks, by key. */
  networkNames: ReadonlyMap<string, string>;
}

/** A property the merged project does not have. Never holds a value of the project, which may be a secret. */
export interface Violation {
  /** "service web", "volume data". */
  subject: string;
  field: string;
  problem: string;
}
