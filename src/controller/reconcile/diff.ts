import { keyOf } from "../../model/environment.ts";
import { diffEnvironment } from "./diff-environment.ts";
import { diffNames } from "./diff-names.ts";
import { diffOrphans } from "./diff-orphans.ts";
import type { Difference } from "./difference.ts";
import type { Observation } from "./observation.ts";

/** After these an environment's record is mended, or it is changing: its names follow by themselves. */
const unsettling = new Set<Difference["type"]>(["under-way", "interrupted", "half-destroyed", "drifted"]);

/** Finds all that does not agree on a machine, in a stable order. Pure. */
export function diff(observation: Observation): Difference[] {
  const { engine, strays, state } = observation;
  const environments = Object.values(state.hosts.local.environments).sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  const byEnvironment = environments.map((environment) => ({
    id: environment.id,
    differences: diffEnvironment(observation, environment),
  }));
  const unsettled = byEnvironment.filter(({ differences }) => differences.some(({ type }) => unsettling.has(type)));
  return [
    ...byEnvironment.flatMap(({ differences }) => differences),
    ...("problem" in engine
      ? [{ type: "unreachable-engine", problem: engine.problem } as const]
      : diffOrphans(observation, engine)),
    ...strays.map((file): Difference => ({ type: "stray-file", file })),
    ...diffNames(observation, new Set(unsettled.map(({ id }) => id))),
  ];
}
