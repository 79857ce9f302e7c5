import type { ContainerFacts, NetworkFacts } from "../../model/engine.ts";
import type { Environment } from "../../model/environment.ts";
import { networkNamesOf } from "../../model/kept-networks.ts";
import { labelKeys } from "../../model/labels.ts";
import { ownNetworkKey } from "../../model/names.ts";
import { isLive, isOneOff, isReplacement } from "../../model/observation.ts";
import type { Difference } from "./difference.ts";
import { isStaleProbe, type OwnObjects } from "./own-objects.ts";

type Surplus = Extract<Difference, { type: "surplus-container" }>;

/** Finds containers that an environment has and should not have: nothing will ever start or remove them again by itself. */
export function findSurplus(environment: Environment, own: OwnObjects, now: Date): Surplus[] {
  const toSurplus = (container: ContainerFacts, reason: Surplus["reason"]): Surplus => ({
    type: "surplus-container",
    environment,
    container,
    reason,
  });
  const [oneOffs, members] = partition(own.containers, isOneOff);
  const [known, unknown] = partition(members, ({ labels }) =>
    Object.hasOwn(environment.services, labels[labelKeys.service] ?? ""),
  );
  return [
    ...own.probes.filter((probe) => isStaleProbe(probe, now)).map((probe) => toSurplus(probe, "stale-probe")),
    ...oneOffs.filter((container) => !isLive(container)).map((container) => toSurplus(container, "one-off")),
    ...unknown.map((container) => toSurplus(container, "unknown-service")),
    ...findReplaced(environment, known).map((container) => toSurplus(container, "replaced")),
  ];
}

/** Of several containers with one number, which an interrupted recreation leaves, all but the one that is to stay. */
function findReplaced({ composeProject }: Environment, containers: readonly ContainerFacts[]): ContainerFacts[] {
  const places = Map.groupBy(containers, ({ labels }) =>
    JSON.stringify([labels[labelKeys.service], labels["com.docker.compose.container-number"] ?? ""]),
  );
  const rank = (container: ContainerFacts) =>
    (isLive(container) ? 0 : 2) + (isReplacement(composeProject, container) ? 1 : 0);
  return [...places.values()].flatMap((same) =>
    [...same].sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1)).slice(1),
  );
}

/** Finds containers of services that know a network by an id that is no more: the engine cannot start them again. */
export function findLostNetworks(
  environment: Environment,
  containers: readonly ContainerFacts[],
  networks: readonly NetworkFacts[],
): Difference[] {
  const names = [...networkNamesOf(environment).values()];
  const ids = Map.groupBy(networks, ({ name }) => name);
  return containers
    .filter((container) => !isOneOff(container))
    .flatMap(({ name: container, networkIds = {} }) => {
      const lost = names.find((name) => {
        const id = networkIds[name];
        return id !== undefined && !(ids.get(name) ?? []).some((network) => network.id === id);
      });
      return lost === undefined ? [] : [{ type: "lost-network", environment, container, network: lost } as const];
    });
}

/** Finds networks with an environment's labels that are none of its networks, or not as state says. */
export function findOddNetworks(
  environment: Environment,
  networks: readonly NetworkFacts[],
  containers: readonly ContainerFacts[],
): Difference[] {
  const expected = expectedSubnets(environment);
  const used = networks.map((network) => ({ network, users: usersOf(network, containers) }));
  // Of several with one name the one in use is the one that its containers know.
  const sorted = used.sort((a, b) => b.users.length - a.users.length || (a.network.id < b.network.id ? -1 : 1));
  const seen = new Set<string>();
  return sorted.flatMap(({ network, users }): Difference[] => {
    const subnet = expected.get(network.name);
    const reason = subnet === undefined ? "unknown" : seen.has(network.name) ? "duplicate" : "subnet";
    seen.add(network.name);
    if (reason === "subnet" && network.subnets.includes(subnet ?? "")) return [];
    return [{ type: "odd-network", environment, network, reason, expected: subnet ?? null, users }];
  });
}

function expectedSubnets(environment: Environment): Map<string, string> {
  const { subnet, keptNetworks = {} } = environment;
  return new Map(
    [...networkNamesOf(environment)].flatMap(([key, name]): [string, string][] => {
      const cidr = key === ownNetworkKey ? subnet : keptNetworks[key];
      return cidr === undefined ? [] : [[name, cidr]];
    }),
  );
}

/** Names of the containers on a network, also of those that do not run: without it they could not start any more. */
export function usersOf({ id, name }: NetworkFacts, containers: readonly ContainerFacts[]): string[] {
  return containers
    .filter(({ networkIds = {}, addresses }) =>
      networkIds[name] === undefined ? Object.hasOwn(addresses, name) : networkIds[name] === id,
    )
    .map((container) => container.name)
    .sort();
}

function partition<T>(all: readonly T[], test: (one: T) => boolean): [T[], T[]] {
  return [all.filter(test), all.filter((one) => !test(one))];
}
