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

/**
 * The CIDRs in which addresses have names: the base subnet, that of kept networks where there are any, and the subnets
 * of environments that are in neither, since they stay where they are when the base subnet becomes another one.
 */
export function publishedSubnets(
  { baseSubnet, keptBaseSubnet = defaultKeptBaseSubnet }: Pick<State, "baseSubnet" | "keptBaseSubnet">,
  environments: Iterable<Pick<Environment, "subnet" | "keptNetworks">>,
): string[] {
  const blocks = new Set([baseSubnet]);
  const subnets: string[] = [];
  for (const environment of environments) {
    const { keptNetworks = {} } = environment;
    if (Object.keys(keptNetworks).length > 0) blocks.add(keptBaseSubnet);
    subnets.push(...subnetsOf(environment));
  }
  const wide = [...blocks];
  const outside = subnets.filter((subnet) => !wide.some((block) => isWithin(subnet, block)));
  return [...new Set([...wide, ...outside.sort()])];
}

/** Whether a /24 lies within a block. */
function isWithin(subnet: string, block: string): boolean {
  const [first = "", length] = block.split("/");
  const size = 2 ** (32 - Number(length));
  const start = Math.floor(toNumber(first) / size) * size;
  const address = toNumber(subnet.split("/")[0] ?? "");
  return address >= start && address < start + size;
}

function toNumber(address: string): number {
  return address.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
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
