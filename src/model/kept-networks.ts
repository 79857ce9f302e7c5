import type { Environment, Service } from "./environment.ts";
import { ownNetworkKey, toNetworkName } from "./names.ts";
import { defaultKeptBaseSubnet, type State } from "./state.ts";

/** The CIDRs of all networks of an environment, the own one's first, then those of kept ones by key. */
export function subnetsOf({ subnet, keptNetworks = {} }: Pick<Environment, "subnet" | "keptNetworks">): string[] {
  return [
    subnet,
    ...Object.keys(keptNetworks)
      .sort()
      .flatMap((key) => keptNetworks[key] ?? []),
  ];
}

/** The CIDRs in which addresses have names: the base subnet, and that of kept networks where there are any. */
export function publishedSubnets(
  { baseSubnet, keptBaseSubnet = defaultKeptBaseSubnet }: Pick<State, "baseSubnet" | "keptBaseSubnet">,
  environments: Iterable<Pick<Environment, "keptNetworks">>,
): string[] {
  for (const { keptNetworks = {} } of environments) {
    if (Object.keys(keptNetworks).length > 0) return [baseSubnet, keptBaseSubnet];
  }
  return [baseSubnet];
}

/**
 * The names on the engine of all networks reserved for an environment, by key: the own one first, then kept ones by key.
 * A service answers at its address in the first of them that it is on.
 */
export function networkNamesOf(environment: Pick<Environment, "composeProject" | "keptNetworks">): Map<string, string> {
  const { composeProject, keptNetworks = {} } = environment;
  const keys = [ownNetworkKey, ...Object.keys(keptNetworks).sort()];
  return new Map(keys.map((key) => [key, toNetworkName(composeProject, key)]));
}

/** Keys of the kept networks that services are on, sorted: those that must be there for them to start. */
export function keptNetworksInUse({
  services,
}: {
  services: Readonly<Record<string, Pick<Service, "networks">>>;
}): string[] {
  const keys = Object.values(services).flatMap(({ networks = [] }) => networks);
  return [...new Set(keys)].filter((key) => key !== ownNetworkKey).sort();
}

/** The address with another one's host part in a /24: "10.225.0.12" for "10.225.0.0/24" and "10.224.3.12". */
export function sameHostIn(subnet: string, address: string): string {
  return [...subnet.split(".").slice(0, 3), address.split(".")[3]].join(".");
}

/** Whether an address is one of a /24. */
export function isHostIn(subnet: string, address: string): boolean {
  return sameHostIn(subnet, address) === address;
}
