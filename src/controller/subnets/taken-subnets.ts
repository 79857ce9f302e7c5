import type { NetworkFacts } from "../../model/engine.ts";
import { type Environment, keyOf } from "../../model/environment.ts";
import { networkNamesOf, subnetsOf } from "../../model/kept-networks.ts";
import { labelKeys } from "../../model/labels.ts";
import type { State } from "../../model/state.ts";
import { type Block, overlaps, parseCidr } from "../../network/cidr.ts";
import { createRouteJudge } from "../../network/judge-routes.ts";
import { findCollision, type TakenSubnet } from "../../network/pool.ts";
import type { HostRoute } from "../../network/routes.ts";

/** What else uses addresses on this machine. */
export interface SubnetSurroundings {
  /** Null when the engine could not be asked; it is asked again at `up`. */
  networks: readonly NetworkFacts[] | null;
  routes: readonly HostRoute[];
}

/** An environment as far as its subnets go. */
export type PlacedEnvironment = Pick<
  Environment,
  "id" | "project" | "name" | "composeProject" | "subnet" | "keptNetworks"
>;

/** Everything that a subnet of a pool must not overlap. */
export interface TakenSubnets {
  /** What the environments have. */
  byEnvironments: readonly TakenSubnet[];
  /** What else has a part: networks on the engine that no environment accounts for, and routes of the host. */
  byOthers: readonly TakenSubnet[];
  /** Routes that lead elsewhere and are no reason to stop, as sentences. */
  warnings: readonly string[];
}

/** Who has which addresses on this machine, as it was at one moment, to be asked many times. */
export interface Occupancy {
  /** @param pool CIDR that routes are judged by. */
  takenOf(pool: string): TakenSubnets;
  /**
   * Who has a part of a subnet; null when nobody has.
   * @param wanted.environment its own subnets and networks, and their routes, do not count.
   * @param wanted.pool CIDR that the subnet is or is to be of.
   */
  findHolder(wanted: { subnet: string; pool: string; environment: PlacedEnvironment }): TakenSubnet | null;
}

/** A subnet with whom it is of. */
interface Claim extends TakenSubnet {
  block: Block;
  /** The environment's id; null for what belongs to none that is known by its id. */
  environmentId: string | null;
  /** Name on the engine; null for what an environment was given. */
  network: string | null;
}

/** Looks who has which addresses. */
export function createOccupancy(state: State, { networks, routes }: SubnetSurroundings): Occupancy {
  const environments = Object.values(state.hosts.local.environments);
  const byEnvironments = environments.flatMap((environment) =>
    subnetsOf(environment).flatMap((cidr) =>
      toClaims({ cidr, holder: `environment ${keyOf(environment)}`, environmentId: environment.id, network: null }),
    ),
  );
  const byId = new Map(environments.map((environment) => [environment.id, environment]));
  const byNetworks = (networks ?? []).flatMap((network) => claimsOfNetwork(state.installation, byId, network));
  const claims = [...byEnvironments, ...byNetworks];
  // A bridge's own route says nothing that its network does not. (That of a macvlan network is the LAN's.)
  const bridges = networks?.filter(({ driver }) => driver === "bridge").flatMap(({ subnets }) => subnets);
  const judge = createRouteJudge(routes, bridges ?? environments.flatMap(subnetsOf));
  return {
    takenOf(pool) {
      const { taken, warnings } = judge(pool);
      return { byEnvironments, byOthers: [...byNetworks, ...taken], warnings };
    },
    findHolder({ subnet, pool, environment }) {
      const wanted = parseCidr(subnet);
      if (wanted === null) throw new RangeError(`not an IPv4 subnet: ${subnet}`);
      const own = new Set<string | null>(networkNamesOf(environment).values());
      const isOthers = (claim: Claim) => claim.environmentId !== environment.id && !own.has(claim.network);
      return (
        claims.find((claim) => overlaps(claim.block, wanted) && isOthers(claim)) ??
        findCollision(subnet, judge(pool).taken)
      );
    },
  };
}

/** Those of a network that state does not know of; an environment's own are told as the environment's. */
function claimsOfNetwork(
  installation: string,
  environments: ReadonlyMap<string, Environment>,
  { name, labels, subnets }: NetworkFacts,
): Claim[] {
  const isOfOther = ![undefined, installation].includes(labels[labelKeys.installation]);
  const environmentId = labels[labelKeys.id] ?? null;
  const owner = environments.get(environmentId ?? "");
  const known = owner === undefined || isOfOther ? [] : subnetsOf(owner);
  const holder = `network ${name}${isOfOther ? " of another CILO_HOME" : ""}`;
  return subnets
    .filter((cidr) => !known.includes(cidr))
    .flatMap((cidr) => toClaims({ cidr, holder, environmentId, network: name }));
}

/** None for what is not IPv4. */
function toClaims(claim: Omit<Claim, "block">): Claim[] {
  const block = parseCidr(claim.cidr);
  return block === null ? [] : [{ ...claim, block }];
}
