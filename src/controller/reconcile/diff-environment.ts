import { type Environment, keyOf } from "../../model/environment.ts";
import { isLive, observeServices } from "../../model/observation.ts";
import { recordFacts } from "../record.ts";
import { describeChanges } from "./describe-changes.ts";
import { findLostNetworks, findOddNetworks, findSurplus } from "./diff-objects.ts";
import type { Difference } from "./difference.ts";
import type { EnvironmentTraces, Observation, ObservedEngine } from "./observation.ts";
import { findOwnObjects, type OwnObjects } from "./own-objects.ts";

const noTraces: EnvironmentTraces = {
  isOperationAlive: false,
  isChildAlive: false,
  workspace: "",
  hasWorkspace: true,
};

/** Compares one environment's record with what there is of it. */
export function diffEnvironment(observation: Observation, environment: Environment): Difference[] {
  const { state, holders, traces, engine } = observation;
  const { operation, id } = environment;
  const key = keyOf(environment);
  const { isOperationAlive, isChildAlive, hasWorkspace, workspace } = traces[id] ?? noTraces;
  if (operation !== null && isOperationAlive) {
    return [{ type: "under-way", key, holder: { pid: operation.pid, purpose: `${operation.kind} ${key}` } }];
  }
  const holder = holders[id];
  if (holder !== undefined) return [{ type: "under-way", key, holder }];
  const seen = "problem" in engine ? null : engine;
  const differences: Difference[] = [];
  if (operation !== null && operation.child !== null && isChildAlive) {
    differences.push({ type: "leftover-child", environment, operation, child: operation.child });
  }
  if (operation !== null && (seen !== null || operation.kind === "create")) {
    const running = seen === null ? [] : namesOfLive(findOwnObjects(state.installation, seen, environment));
    differences.push({ type: "interrupted", environment, operation, hasWorkspace, running });
  }
  if (operation === null && environment.status === "destroying" && seen !== null) {
    differences.push({ type: "half-destroyed", environment });
  }
  if (isToBeFinished(environment))
    return [...differences, ...(seen === null ? [] : staleProbes(observation, seen, environment))];
  if (!hasWorkspace) differences.push({ type: "missing-workspace", environment, path: workspace });
  if (seen === null) return differences;
  return [...differences, ...diffWithEngine(observation, seen, environment)];
}

/** Whether an operation that decides what becomes of all its objects is to be resumed or undone: until then nothing of it is judged. */
function isToBeFinished({ operation, status }: Pick<Environment, "operation" | "status">): boolean {
  return status === "destroying" || ["create", "down", "migrate"].includes(operation?.kind ?? "");
}

/** They are on its networks, which could not go. */
function staleProbes({ state, now }: Observation, engine: ObservedEngine, environment: Environment): Difference[] {
  const { probes } = findOwnObjects(state.installation, engine, environment);
  return findSurplus(environment, { containers: [], probes, networks: [] }, now);
}

function diffWithEngine(observation: Observation, engine: ObservedEngine, environment: Environment): Difference[] {
  const own = findOwnObjects(observation.state.installation, engine, environment);
  const surplus = findSurplus(environment, own, observation.now);
  // Those go before anything is recorded.
  const leaving = new Set(surplus.map(({ container }) => container).filter((container) => !isLive(container)));
  const staying = own.containers.filter((container) => !leaving.has(container));
  const facts = recordFacts(environment, {
    observed: observeServices(environment, staying),
    volumes: new Set(engine.volumes.map(({ name }) => name)),
  });
  const changes = describeChanges(environment, facts);
  // What judges an interrupted operation records the facts as well.
  const isDrifted = changes.length > 0 && environment.operation === null;
  return [
    ...(isDrifted ? [{ type: "drifted", environment, changes } as const] : []),
    ...surplus,
    ...findLostNetworks(environment, staying, own.networks),
    ...findOddNetworks(environment, own.networks, engine.containers),
  ];
}

function namesOfLive({ containers }: OwnObjects): string[] {
  return containers
    .filter(isLive)
    .map(({ name }) => name)
    .sort();
}
