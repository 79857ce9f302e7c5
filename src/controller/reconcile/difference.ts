import type { ContainerFacts, NetworkFacts } from "../../model/engine.ts";
import type { Environment, Operation } from "../../model/environment.ts";
import type { ObservedDaemon, ObservedHolder, StrayFile } from "./observation.ts";

/** Why a container of an environment that state knows is one too many. */
export type SurplusReason = "one-off" | "replaced" | "unknown-service" | "stale-probe";

/** Why a network of an environment that state knows is not as it should be. */
export type OddNetworkReason = "subnet" | "duplicate" | "unknown";

/** Whose an object is that no environment of state accounts for, as its labels say. */
export interface OrphanOwner {
  environmentId: string;
  /** "shop/login"; null when the labels do not say. */
  key: string | null;
  /** Whether there is another environment of that name now. */
  hasNamesake: boolean;
}

/** One way in which state, engine, files and names do not agree. Facts only: what to do about it is the plan's. */
export type Difference =
  /** Something is being done to it: what it looks like now says nothing. */
  | { type: "under-way"; key: string; holder: ObservedHolder }
  | { type: "leftover-child"; environment: Environment; operation: Operation; child: NonNullable<Operation["child"]> }
  /** Its process died. */
  | {
      type: "interrupted";
      environment: Environment;
      operation: Operation;
      hasWorkspace: boolean;
      /** Names of its containers that run. */
      running: string[];
    }
  /** Its destruction failed half-way. */
  | { type: "half-destroyed"; environment: Environment }
  /** What state says was seen is not what is there; each change in words. */
  | { type: "drifted"; environment: Environment; changes: string[] }
  | { type: "surplus-container"; environment: Environment; container: ContainerFacts; reason: SurplusReason }
  /** A container cannot go on with the networks there are: the one it is on is gone or was made anew. */
  | { type: "lost-network"; environment: Environment; container: string; network: string }
  | {
      type: "odd-network";
      environment: Environment;
      network: NetworkFacts;
      reason: OddNetworkReason;
      expected: string | null;
      /** Names of the containers on it. */
      users: string[];
    }
  | { type: "missing-workspace"; environment: Environment; path: string }
  | { type: "orphan-container"; owner: OrphanOwner; container: ContainerFacts; anonymousVolumes: readonly string[] }
  | { type: "orphan-network"; owner: OrphanOwner; network: NetworkFacts; isInUse: boolean; strangers: string[] }
  | { type: "orphan-volume"; owner: OrphanOwner; name: string }
  | { type: "stray-file"; file: StrayFile }
  /** The daemon answers otherwise than the engine shows. */
  | { type: "misanswered"; environment: Environment; changes: string[] }
  /** The daemon answers for an environment that is no more. */
  | { type: "still-answered"; environmentId: string; key: string }
  /** The daemon serves a state that is not this one's, or is of another version. */
  | { type: "other-daemon"; daemon: ObservedDaemon; reason: "installation" | "revision" | "version"; revision: number }
  | { type: "unreachable-daemon"; problem: string }
  | { type: "unreachable-engine"; problem: string };
