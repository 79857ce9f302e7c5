import type { Outcome } from "./outcome.ts";
import type { Namespace } from "./subject.ts";
import type { Target } from "./targets.ts";
import type { WantedName } from "./wanted-names.ts";

/** What answered a kind of question at a place, having been seen to get an answer there that it should get. */
export interface ProvenMethod {
  /** "nc -z", "python3" */
  method: string;
  /** The container itself, or one that was put into its network namespace for the purpose. */
  via: "container" | "probe-container";
  /** The image that has what the method needs. */
  image: string;
}

/** What was probed from inside one network namespace. */
export interface PlaceReport {
  place: Namespace;
  /** Null: nothing was seen to work here, for the reason in `connectProblem`. */
  connect: ProvenMethod | null;
  connectProblem: ProbeProblem | null;
  lookup: ProvenMethod | null;
  lookupProblem: ProbeProblem | null;
  connections: { target: Target; outcome: Outcome }[];
  lookups: { name: WantedName; addresses: string[] | null }[];
  /** Whether the name that should resolve did so along with the others. */
  ownNameResolved: boolean;
}

/** Why nothing is proven at a place: no image has what it takes, or what has it reaches nothing that it should. */
export type ProbeProblem = "no-tools" | "control-failed";
