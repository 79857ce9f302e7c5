import { ownNetworkKey, toNetworkName } from "../model/names.ts";
import { type ComposeService, compareText, sortedServices } from "./model.ts";
import type { NetworkMode } from "./network-mode.ts";
import { firstFree } from "./override/first-free.ts";
import type { ProjectReading } from "./project.ts";

type ComposeAttachment = NonNullable<NonNullable<ComposeService["networks"]>[string]>;
type Chosen = Pick<ProjectReading, "base" | "options">;

/**
 * The networks of the project that a copy keeps as networks of its own (`networks: preserve`), by their key in the
 * project: their key in the copy. These are the internal ones, which have no way out; all others become one. The copy's
 * own network, which has one, is its `default`, so a kept one of that key gets another.
 */
export function keptKeysOf({ base, options }: Chosen): Map<string, string> {
  if (options.networks !== "preserve") return new Map();
  const given = new Set(Object.keys(base.networks));
  const kept = [...given].filter((key) => base.networks[key]?.internal && !base.networks[key]?.external);
  return new Map(
    kept
      .sort(compareText)
      .map((key) => [key, key === ownNetworkKey ? firstFree(`${ownNetworkKey}_internal`, given) : key]),
  );
}

/**
 * The networks that each service with one of its own is on in a copy, by their keys there: the copy's own first, then
 * kept ones by key. A service that is on none but kept ones in the project is on those alone.
 */
export function networksOfServices(reading: Chosen, modes: ReadonlyMap<string, NetworkMode>): Map<string, string[]> {
  const kept = keptKeysOf(reading);
  const placed = sortedServices(reading.base).filter(([name]) => modes.get(name)?.kind === "environment");
  return new Map(
    placed.map(([name, service]) => {
      const given = Object.keys(service.networks ?? {});
      const isOnOwn = given.length === 0 || given.some((key) => !kept.has(key));
      return [
        name,
        [...(isOnOwn ? [ownNetworkKey] : []), ...given.flatMap((key) => kept.get(key) ?? []).sort(compareText)],
      ];
    }),
  );
}

/** What a service says in the project of the networks that one of the copy's stands for, by the order of their keys. */
export function attachmentsOn(
  reading: Chosen,
  { networks }: ComposeService,
  key: string,
): (ComposeAttachment | null)[] {
  const kept = keptKeysOf(reading);
  const given = Object.entries(networks ?? {}).sort(([a], [b]) => compareText(a, b));
  return given.filter(([old]) => (kept.get(old) ?? ownNetworkKey) === key).map(([, attachment]) => attachment);
}

/** The names on the engine of a copy's networks, by their keys in the copy. */
export function namesOfNetworks(
  reading: Chosen,
  { networkName, composeProject }: { networkName: string; composeProject: string },
): Map<string, string> {
  const kept = [...keptKeysOf(reading).values()].sort(compareText);
  return new Map([
    [ownNetworkKey, networkName],
    ...kept.map((key): [string, string] => [key, toNetworkName(composeProject, key)]),
  ]);
}
