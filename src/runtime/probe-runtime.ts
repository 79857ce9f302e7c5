import type { ContainerSetup } from "../model/container-setup.ts";
import type { EngineStorage } from "../model/engine-storage.ts";

/** A program to be run in a container that runs already. */
export interface ContainerExecution {
  /** The program and its arguments; no shell is put around it. */
  command: readonly string[];
  /** Added to the container's environment. */
  env?: Record<string, string>;
  /**
   * After this time its output is left alone. The engine cannot end such a program: it must be one that ends by itself.
   */
  timeoutMs: number;
  signal: AbortSignal;
}

export interface ContainerExecutionResult {
  /** Null when it was not started, or had not ended in time. */
  exitCode: number | null;
  /** What it wrote, stdout and stderr in the order they came; cut off where it is long. */
  output: string;
  timedOut: boolean;
  /** Why the engine did not start it, else null. */
  refusal: string | null;
}

/** A short-lived container inside another one's network namespace. */
export interface ProbeContainerSpec {
  /** Id or name of an image that is on the engine. */
  image: string;
  /** Id of the container whose network namespace it joins. */
  joins: string;
  /** What it does until it is removed; it must end by itself, and the engine then removes it. */
  command: readonly string[];
  labels: Record<string, string>;
}

/**
 * What cilo asks of an engine to look into containers and to probe from inside them. Errors are those of
 * `RuntimeProvider`.
 */
export interface ProbeRuntime {
  /** Null when it is gone. */
  inspectSetup(containerId: string): Promise<ContainerSetup | null>;
  /** Where it keeps volumes and everything else. */
  storage(): Promise<EngineStorage>;
  /** The image's id, or null when the engine does not have it. */
  findImage(reference: string): Promise<string | null>;
  /**
   * The tables of a container's TCP sockets, /proc/net/tcp and tcp6 one after the other, read on this machine.
   * @returns null where the container's processes are not this machine's to see.
   */
  readSocketTables(container: Pick<ContainerSetup, "id" | "pid">): Promise<string | null>;
  /** Does not throw when the program fails or cannot be started, but when `signal` is aborted. */
  execute(containerId: string, execution: ContainerExecution): Promise<ContainerExecutionResult>;
  /**
   * Makes and starts a container; nothing is left of it when that fails.
   * @returns its id, or the engine's reason for not starting it.
   */
  startProbeContainer(spec: ProbeContainerSpec): Promise<{ id: string } | { refusal: string }>;
  /** Ends and removes it with the volumes its image made it have; what is gone already is no error. */
  removeProbeContainer(id: string): Promise<void>;
}
