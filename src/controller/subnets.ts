import { CiloError } from "../base/errors.ts";
import type { NetworkFacts } from "../model/engine.ts";
import { type Environment, keyOf } from "../model/environment.ts";
import { isHostIn, sameHostIn, subnetsOf } from "../model/kept-networks.ts";
import { labelKeys } from "../model/labels.ts";
import { ownNetworkKey, toNetworkName } from "../model/names.ts";
import { defaultKeptBaseSubnet, type State } from "../model/state.ts";
import { allocateSubnet, findCollision, type TakenSubnet } from "../network/pool.ts";
import { type HostRoute, judgeRoutes } from "../network/routes.ts";
import { isOwn } from "./conflicts.ts";

/** What else uses addresses on this machine. */
export interface SubnetSurroundings {
  /** Null when the engine could not be asked; it is asked again at `up`. */
  networks: readonly NetworkFacts[] | null;
  routes: readonly HostRoute[];
}

/** Which of an environment's networks a subnet is for: its own one, `default`, or one that it keeps. */
type NetworkKey = string;

/**
 * Everything that a subnet must not overlap: those of environments, networks on the engine, routes of the host.
 * @param options.except id of an environment whose own subnets, networks and routes do not count.
 * @param options.pool CIDR that the subnet is or is to be of.
 */
function takenSubnets(
  state: State,
  surroundings: SubnetSurroundings,
  { except, pool }: { except: string | null; pool: string },
): { taken: TakenSubnet[]; warnings: string[] } {
  const environments = Object.values(state.hosts.local.environments).filter(({ id }) => id !== except);
  const networks = (surroundings.networks ?? []).filter(
    ({ labels }) => except === null || labels[labelKeys.id] !== except,
  );
  // A bridge's own route says nothing that its network does not.
  const networkSubnets = (surroundings.networks ?? []).flatMap(({ subnets }) => subnets);
  const { taken, warnings } = judgeRoutes(surroundings.routes, pool, networkSubnets);
  return {
    taken: [
      ...environments.flatMap((environment) =>
        subnetsOf(environment).map((cidr) => ({ cidr, holder: `environment ${keyOf(environment)}` })),
      ),
      ...networks.flatMap(({ name, subnets }) => subnets.map((cidr) => ({ cidr, holder: `network ${name}` }))),
      ...taken,
    ],
    warnings,
  };
}

/** Where the subnet of an environment's network comes from. */
function poolOf(state: State, network: NetworkKey): string {
  return network === ownNetworkKey ? state.baseSubnet : (state.keptBaseSubnet ?? defaultKeptBaseSubnet);
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
  const { taken } = takenSubnets(state, surroundings, { except: null, pool });
  return allocateSubnet({ pool, prefixLength: 24, taken });
}

/** Who else uses the subnet of an environment's network now, or null. */
export function findSubnetHolder(
  state: State,
  surroundings: SubnetSurroundings,
  environment: Pick<Environment, "id" | "composeProject" | "subnet" | "keptNetworks">,
  network: NetworkKey = ownNetworkKey,
): TakenSubnet | null {
  const subnet = subnetOf(environment, network);
  if (subnet === null) return null;
  const own = `network ${toNetworkName(environment.composeProject, network)}`;
  const { taken } = takenSubnets(state, surroundings, { except: environment.id, pool: poolOf(state, network) });
  return findCollision(
    subnet,
    taken.filter(({ holder }) => holder !== own),
  );
}

function subnetOf(
  { subnet, keptNetworks }: Pick<Environment, "subnet" | "keptNetworks">,
  network: NetworkKey,
): string | null {
  return network === ownNetworkKey ? subnet : (keptNetworks?.[network] ?? null);
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
    const subnet = chooseSubnet(state, surroundings, network);
    if (network === ownNetworkKey) environment.subnet = subnet;
    else environment.keptNetworks = { ...environment.keptNetworks, [network]: subnet };
    if (before !== null) moveServices(environment, before, subnet);
  }
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
    hint: `run "cilo down ${key}", then "cilo up ${key}" to give it another one, or free the subnet`,
    details: { subnet, holder },
  });
}

/** What is to be told of an environment's subnets: those that changed, and routes that lead elsewhere. */
export function describePlacement(
  state: State,
  surroundings: SubnetSurroundings,
  { before, after }: { before: Environment; after: Environment },
): { moves: string[]; warnings: string[] } {
  const networks = [ownNetworkKey, ...Object.keys(after.keptNetworks ?? {}).sort()];
  const moves = networks.flatMap((network) => {
    const [from, to] = [subnetOf(before, network), subnetOf(after, network)];
    return from === null || from === to ? [] : [`${from} is used by others now; ${keyOf(after)} has moved to ${to}`];
  });
  const pools = new Set(networks.map((network) => poolOf(state, network)));
  const warnings = [...pools].flatMap((pool) => takenSubnets(state, surroundings, { except: after.id, pool }).warnings);
  return { moves, warnings: [...new Set(warnings)] };
}
