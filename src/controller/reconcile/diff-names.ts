import type { Environment } from "../../model/environment.ts";
import { observeServices } from "../../model/observation.ts";
import { isSameSet, listAddresses } from "./describe-changes.ts";
import type { Difference } from "./difference.ts";
import type { Observation, ObservedDaemon, ObservedEngine, ServedEnvironment } from "./observation.ts";
import { findOwnObjects } from "./own-objects.ts";

/**
 * Compares what the daemon answers with what the engine shows.
 * @param except ids of environments that are changing or whose record is to be mended, which tells the daemon as well.
 */
export function diffNames(observation: Observation, except: ReadonlySet<string>): Difference[] {
  const { daemon, state, engine, holders } = observation;
  if (daemon === null) return [];
  if ("problem" in daemon) return [{ type: "unreachable-daemon", problem: daemon.problem }];
  const reason = findForeignness(daemon, observation);
  if (reason !== null) return [{ type: "other-daemon", daemon, reason, revision: state.revision }];
  const served = daemon.environments ?? {};
  const known = Object.values(state.hosts.local.environments);
  const ids = new Set(known.map(({ id }) => id));
  const gone = Object.entries(served)
    .filter(([id]) => !ids.has(id) && holders[id] === undefined)
    .map(([environmentId, { key }]): Difference => ({ type: "still-answered", environmentId, key }));
  if ("problem" in engine || !daemon.hasEngine) return gone;
  const told = known.filter(({ id }) => !except.has(id));
  return [...gone, ...told.flatMap((environment) => compare({ observation, engine, environment, served }))];
}

function findForeignness(
  daemon: ObservedDaemon,
  { state }: Observation,
): Extract<Difference, { type: "other-daemon" }>["reason"] | null {
  if (daemon.environments === null) return "version";
  // Before the first write of state every process makes up an installation's id.
  if (state.revision === 0 && daemon.revision === 0) return null;
  if (daemon.installation !== null && daemon.installation !== state.installation) return "installation";
  return daemon.revision > state.revision ? "revision" : null;
}

function compare(options: {
  observation: Observation;
  engine: ObservedEngine;
  environment: Environment;
  served: Readonly<Record<string, ServedEnvironment>>;
}): Difference[] {
  const { observation, engine, environment, served } = options;
  const { containers } = findOwnObjects(observation.state.installation, engine, environment);
  const observed = observeServices(environment, containers);
  const answered = served[environment.id]?.services ?? {};
  const changes = Object.keys(environment.services)
    .sort()
    .flatMap((service) => {
      const wanted = observed[service]?.addresses ?? [];
      const given = Object.hasOwn(answered, service) ? (answered[service] ?? []) : [];
      if (isSameSet(wanted, given)) return [];
      return [`${service} is at ${listAddresses(wanted)}, the answer is ${listAddresses(given)}`];
    });
  return changes.length === 0 ? [] : [{ type: "misanswered", environment, changes }];
}
