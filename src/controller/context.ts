import { randomUUID } from "node:crypto";
import type { Clock } from "../base/clock.ts";
import type { Paths } from "../base/paths.ts";
import type { ControlClient } from "../control/client.ts";
import type { RuntimeLimits, RuntimeProvider } from "../runtime/provider.ts";
import type { StateStore } from "../state/store.ts";

/** What a use case says while it works; it never prints. */
export type ControllerEvent =
  /** Work begins; `id` comes again in the event that ends it. */
  | { type: "step-start"; id: string; text: string }
  | { type: "step-end"; id: string; text: string; failed: boolean }
  /** A line that a program run by a step wrote. */
  | { type: "output"; id: string; line: string }
  | { type: "warning"; text: string }
  | { type: "info"; text: string };

/** Everything a use case works with; given by whoever wires the program together. */
export interface ControllerContext {
  paths: Paths;
  /** The user's process environment. */
  env: NodeJS.ProcessEnv;
  /** The user's working directory, absolute. */
  cwd: string;
  platform: NodeJS.Platform;
  clock: Clock;
  signal: AbortSignal;
  store: StateStore;
  control: ControlClient;
  /** Where DOCKER_HOST, DOCKER_CONTEXT and Docker's own configuration point. */
  resolveEndpoint(): Promise<{ endpoint: string; source: string }>;
  openRuntime(endpoint: string, limits?: RuntimeLimits): RuntimeProvider;
  emit(event: ControllerEvent): void;
}

/** Runs one step of a use case between its two events; the text of the end may say more than that of the start. */
export async function step<T>(
  context: Pick<ControllerContext, "emit">,
  text: string,
  work: (id: string) => Promise<T>,
  describe: (result: T) => string = () => text,
): Promise<T> {
  const id = randomUUID();
  context.emit({ type: "step-start", id, text });
  try {
    const result = await work(id);
    context.emit({ type: "step-end", id, text: describe(result), failed: false });
    return result;
  } catch (error) {
    context.emit({ type: "step-end", id, text, failed: true });
    throw error;
  }
}
