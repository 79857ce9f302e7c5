import type { ContainerFacts } from "../model/engine.ts";
import { isOneOff } from "../model/observation.ts";

type Seen = Pick<ContainerFacts, "id" | "state" | "labels">;

/**
 * Tells whether an `up` found everything running as it is to be: no container is new, gone or started again. A job that
 * is done was run again by it, so that something happened.
 * @param before the environment's containers as they were found.
 * @param after as they are at the end; none: there was nothing to run.
 */
export function isUnchanged(before: readonly Seen[], after: readonly Seen[]): boolean {
  const found = before.filter((container) => !isOneOff(container));
  const left = after.filter((container) => !isOneOff(container));
  const running = new Set(found.filter(({ state }) => state === "running").map(({ id }) => id));
  return left.length > 0 && left.length === found.length && left.every(({ id }) => running.has(id));
}
