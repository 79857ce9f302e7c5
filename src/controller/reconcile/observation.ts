import type { ContainerDetails, ContainerFacts, NetworkFacts, VolumeFacts } from "../../model/engine.ts";
import type { State } from "../../model/state.ts";

/** What can be seen of one environment of state on this machine besides the engine's objects. */
export interface EnvironmentTraces {
  /** Whether the process that its journal names runs; false without a journal. */
  isOperationAlive: boolean;
  /** Whether the child that its journal names runs, which outlives its parent. */
  isChildAlive: boolean;
  /** Absolute. */
  workspace: string;
  hasWorkspace: boolean;
}

/** A living process that holds an environment's lock. */
export interface ObservedHolder {
  pid: number;
  /** "up shop/login" */
  purpose: string;
}

/** Everything on the engine, whoever made it. */
export interface ObservedEngine {
  containers: readonly ContainerFacts[];
  networks: readonly NetworkFacts[];
  volumes: readonly VolumeFacts[];
  /** Inspections by id of the containers that no environment accounts for: nothing else tells their volumes without a name. */
  details: Readonly<Record<string, Pick<ContainerDetails, "anonymousVolumes">>>;
}

/**
 * What a dead process or a removed environment left in CILO_HOME. `copy`: half a workspace; `temp`: what was being
 * written; `lock`: of an environment that is gone; `trash`: an entry without its record, so never finished;
 * `generated`: of an environment that is gone.
 */
export interface StrayFile {
  kind: "copy" | "temp" | "lock" | "trash" | "generated";
  /** Absolute. */
  path: string;
  /** The one of CILO_HOME's directories that it is in; nothing outside of it is ever removed with it. */
  within: string;
  /** Process that made it and runs no more, where the name tells. */
  pid: number | null;
  /** Whether containers wrote in it. */
  holdsData: boolean;
}

/** What the daemon answers from. */
export interface ObservedDaemon {
  installation: string | null;
  revision: number;
  pid: number;
  /** Whether it can ask the engine; if not, what it answers is what it remembers. */
  hasEngine: boolean;
  /** By id; null for a daemon of an older cilo, which cannot say. */
  environments: Readonly<Record<string, ServedEnvironment>> | null;
}

/** Addresses by service that the daemon answers with for one environment. */
export interface ServedEnvironment {
  /** "shop/login" */
  key: string;
  services: Readonly<Record<string, readonly string[]>>;
}

/** A machine as it was seen at one moment: all that a plan follows from. */
export interface Observation {
  now: Date;
  /** Read after the rest was looked at: an environment is in state before anything of it is anywhere else. */
  state: State;
  /** By id of every environment of state. */
  traces: Readonly<Record<string, EnvironmentTraces>>;
  /** By environment's id, also of environments that state does not know. */
  holders: Readonly<Record<string, ObservedHolder>>;
  /** Why it could not be asked, in one sentence, where it could not. */
  engine: ObservedEngine | { problem: string };
  strays: readonly StrayFile[];
  /** Null: none runs. A problem: it could not be asked. */
  daemon: ObservedDaemon | { problem: string } | null;
}
