import type { NetworkFacts } from "../model/engine.ts";
import { keyOf } from "../model/environment.ts";
import { labelKeys } from "../model/labels.ts";
import { toNetworkName } from "../model/names.ts";
import type { State } from "../model/state.ts";
import { allocateSubnet, findCollision, type TakenSubnet } from "../network/pool.ts";
import { type HostRoute, judgeRoutes } from "../network/routes.ts";

/** What else uses addresses on this machine. */
export interface SubnetSurroundings {
  /** Null when the engine could not be asked; it is asked again at `up`. */
  networks: readonly NetworkFacts[] | null;
  routes: readonly HostRoute[];
}

/**
 * Everything that a new environment's subnet must not overlap: other environments, networks on the engine, routes of the host.
 * @param except id of an environment whose own subnet, network and route do not count.
 */
export function takenSubnets(
  state: State,
  surroundings: SubnetSurroundings,
  except: string | null,
): { taken: TakenSubnet[]; warnings: string[] } {
  const environments = Object.values(state.hosts.local.environments).filter(({ id }) => id !== except);
  const networks = (surroundings.networks ?? []).filter(
    ({ labels }) => except === null || labels[labelKeys.id] !== except,
  );
  // A bridge's own route says nothing that its network does not.
  const networkSubnets = (surroundings.networks ?? []).flatMap(({ subnets }) => subnets);
  const { taken, warnings } = judgeRoutes(surroundings.routes, state.baseSubnet, networkSubnets);
  return {
    taken: [
      ...environments.map((environment) => ({ cidr: environment.subnet, holder: `environment ${keyOf(environment)}` })),
      ...networks.flatMap(({ name, subnets }) => subnets.map((cidr) => ({ cidr, holder: `network ${name}` }))),
      ...taken,
    ],
    warnings,
  };
}

/**
 * The lowest /24 of the base subnet that nothing uses.
 * @throws CILO_POOL_EXHAUSTED
 */
export function chooseSubnet(state: State, surroundings: SubnetSurroundings): string {
  const { taken } = takenSubnets(state, surroundings, null);
  return allocateSubnet({ pool: state.baseSubnet, prefixLength: 24, taken });
}

/** Who else uses an environment's subnet now, or null. */
export function findSubnetHolder(
  state: State,
  surroundings: SubnetSurroundings,
  environment: { id: string; subnet: string; composeProject: string },
): TakenSubnet | null {
  const network = `network ${toNetworkName(environment.composeProject)}`;
  const { taken } = takenSubnets(state, surroundings, environment.id);
  return findCollision(
    environment.subnet,
    taken.filter(({ holder }) => holder !== network),
  );
}
