import { CiloError } from "../../base/errors.ts";
import { type Environment, keyOf } from "../../model/environment.ts";
import { isHostIn, sameHostIn } from "../../model/kept-networks.ts";
import { ownNetworkKey, toNetworkName } from "../../model/names.ts";
import { defaultKeptBaseSubnet, type State } from "../../model/state.ts";
import { isSubnetOf } from "../../network/cidr.ts";
import { allocateSubnet, type TakenSubnet } from "../../network/pool.ts";
import { isOwn } from "../conflicts.ts";
import { createOccupancy, type PlacedEnvironment, type SubnetSurroundings } from "./taken-subnets.ts";

/** Which of an environment's networks a subnet is for: its own one, `default`, or one that it keeps. */
export type NetworkKey = string;

/** The block that subnets for networks which environments keep are taken from. */
export function keptPoolOf({ keptBaseSubnet = defaultKeptBaseSubnet }: Pick<State, "keptBaseSubnet">): string {
  return keptBaseSubnet;
}

/** The block that subnets for an environment's network are taken from. */
export function poolOf(state: Pick<State, "baseSubnet" | "keptBaseSubnet">, network: NetworkKey): string {
  return network === ownNetworkKey ? state.baseSubnet : keptPoolOf(state);
}

/**
 * The lowest /24 that nothing uses, of the base subnet, or for a network that is kept of the one for those.
 * @throws CILO_POOL_EXHAUSTED
 */
export function chooseSubnet(
  state: State,
  surroundings: SubnetSurroundings,
  network: NetworkKey = ownNetworkKey,
): string {
  const pool = poolOf(state, network);
  const { byEnvironments, byOthers } = createOccupancy(state, surroundings).takenOf(pool);
  return allocateSubnet({ pool, prefixLength: 24, taken: [...byEnvironments, ...byOthers] });
}

/** Who else uses the subnet of an environment's network now, or null. */
export function findSubnetHolder(
  state: State,
  surroundings: SubnetSurroundings,
  environment: PlacedEnvironment,
  network: NetworkKey = ownNetworkKey,
): TakenSubnet | null {
  const subnet = subnetOf(environment, network);
  if (subnet === null) return null;
  const pool = judgingPool(subnet, poolOf(state, network));
  return createOccupancy(state, surroundings).findHolder({ subnet, pool, environment });
}

/**
 * The block that routes are judged by for a subnet: that it is of. Of a block that it was not taken from nothing is known;
 * there a broader route than its own leads past it.
 */
export function judgingPool(subnet: string, pool: string): string {
  return isSubnetOf(subnet, pool) ? pool : subnet;
}

/** The subnet of an environment's network; null when it has none for it. */
export function subnetOf(
  { subnet, keptNetworks }: Pick<Environment, "subnet" | "keptNetworks">,
  network: NetworkKey,
): string | null {
  return network === ownNetworkKey ? subnet : (keptNetworks?.[network] ?? null);
}

/** Keys of all networks that an environment has a subnet for, the own one first. */
export function networkKeysOf({ keptNetworks = {} }: Pick<Environment, "keptNetworks">): NetworkKey[] {
  return [ownNetworkKey, ...Object.keys(keptNetworks).sort()];
}

/**
 * Gives an environment a subnet for each network that it needs and has none for, and another one where somebody else
 * uses what it has; its services keep their host parts. Changes its record, which is one of `state`.
 * @param options.kept keys of the networks to be kept.
 * @param options.isBound whether there are containers, which know the subnets of those networks that are there.
 * @throws CILO_SUBNET_TAKEN when somebody else uses a subnet that cannot be changed, CILO_POOL_EXHAUSTED.
 */
export function placeNetworks(
  state: State,
  surroundings: SubnetSurroundings,
  options: { environment: Environment; kept: readonly string[]; isBound: boolean },
): void {
  const { environment, kept, isBound } = options;
  for (const network of [ownNetworkKey, ...kept]) {
    const before = subnetOf(environment, network);
    const holder = findSubnetHolder(state, surroundings, environment, network);
    if (before !== null && holder === null) continue;
    if (before !== null && holder !== null && isBound && mayBeThere(state, surroundings, { environment, network })) {
      throw subnetTaken(environment, before, holder);
    }
    giveSubnet(environment, network, chooseSubnet(state, surroundings, network));
  }
}

/** Gives an environment's network a subnet in the place of the one that it had; services on it keep their host parts. */
export function giveSubnet(environment: Environment, network: NetworkKey, subnet: string): void {
  const before = subnetOf(environment, network);
  if (network === ownNetworkKey) environment.subnet = subnet;
  else environment.keptNetworks = { ...environment.keptNetworks, [network]: subnet };
  if (before !== null) moveServices(environment, before, subnet);
}

/** Whether the engine has the environment's own network of that key, as far as is known. */
function mayBeThere(
  { installation }: State,
  { networks }: SubnetSurroundings,
  { environment, network }: { environment: Environment; network: NetworkKey },
): boolean {
  const wanted = toNetworkName(environment.composeProject, network);
  return networks?.some(({ name, labels }) => name === wanted && isOwn(environment, installation, labels)) ?? true;
}

/** Nothing is on the network any more, so what was last seen there says nothing. */
function moveServices(environment: Environment, from: string, to: string): void {
  const { services } = environment;
  environment.services = Object.fromEntries(
    Object.entries(services).map(([name, service]) => {
      const { address, addresses } = service;
      const isMoved = address !== null && isHostIn(from, address);
      const left = addresses.filter((seen) => !isHostIn(from, seen));
      return [name, { ...service, addresses: left, address: isMoved ? sameHostIn(to, address) : address }];
    }),
  );
}

function subnetTaken(environment: Environment, subnet: string, { holder }: TakenSubnet): CiloError {
  const key = keyOf(environment);
  return new CiloError("CILO_SUBNET_TAKEN", `the subnet ${subnet} of ${key} is now used by ${holder}`, {
    hint: `run "cilo network migrate --env ${key}" to give it another one, or free the subnet`,
    details: { subnet, holder },
  });
}

/** What is to be told of an environment's subnets: those that changed, and routes that lead elsewhere. */
export function describePlacement(
  state: State,
  surroundings: SubnetSurroundings,
  { before, after }: { before: Environment; after: Environment },
): { moves: string[]; warnings: string[] } {
  const networks = networkKeysOf(after);
  const moves = networks.flatMap((network) => {
    const [from, to] = [subnetOf(before, network), subnetOf(after, network)];
    return from === null || from === to ? [] : [`${from} is used by others now; ${keyOf(after)} has moved to ${to}`];
  });
  const occupancy = createOccupancy(state, surroundings);
  const pools = new Set(networks.map((network) => poolOf(state, network)));
  const warnings = [...pools].flatMap((pool) => occupancy.takenOf(pool).warnings);
  return { moves, warnings: [...new Set(warnings)] };
}
