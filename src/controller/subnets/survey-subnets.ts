import { type Environment, type EnvironmentKey, keyOf } from "../../model/environment.ts";
import { toNetworkName } from "../../model/names.ts";
import type { State } from "../../model/state.ts";
import { isSubnetOf } from "../../network/cidr.ts";
import { countSubnets, groupHolders, type Holder } from "../../network/pool.ts";
import { isOwn } from "../conflicts.ts";
import { judgingPool, keptPoolOf, type NetworkKey, networkKeysOf, poolOf, subnetOf } from "./subnets.ts";
import { createOccupancy, type Occupancy, type SubnetSurroundings } from "./taken-subnets.ts";

/**
 * How an environment's network stands. `conflict`: somebody else uses its subnet; `differs`: the network on the engine has
 * another subnet than state says; `outside`: its subnet is not of the block that subnets are taken from now. The first of
 * these that holds.
 */
export type SubnetState = "ok" | "conflict" | "differs" | "outside";

/** A network of an environment. */
export interface SurveyedNetwork {
  /** "default", or the key of one that it keeps. */
  key: NetworkKey;
  /** On the engine. */
  name: string;
  /** CIDR that state has for it. */
  subnet: string;
  state: SubnetState;
  /** What is the matter, as a clause: "it is used by network vpn". Null when it is `ok`. */
  problem: string | null;
  /** CIDRs that the network on the engine has; none where it is not there, null when the engine could not be asked. */
  engineSubnets: string[] | null;
}

export interface SurveyedEnvironment {
  key: EnvironmentKey;
  id: string;
  networks: SurveyedNetwork[];
}

/** A block that subnets are taken from. */
export interface SurveyedPool {
  purpose: "environments" | "kept-networks";
  cidr: string;
  /** How many /24 it has. */
  size: number;
  /** How many of them nobody has a part of. */
  free: number;
  /** Who has the rest besides the environments, those with the largest part first. */
  others: Holder[];
}

/** Everything there is to say of an installation's subnets. */
export interface SubnetSurvey {
  pools: SurveyedPool[];
  /** By key. */
  environments: SurveyedEnvironment[];
  /** Routes that lead elsewhere and are no reason to move, as sentences. */
  warnings: string[];
}

/**
 * Looks how the subnets of all environments stand with what else is on the machine; pure.
 * @throws CILO_CONFIG_INVALID when state has a block that is none.
 */
export function surveySubnets(state: State, surroundings: SubnetSurroundings): SubnetSurvey {
  const purposes = { environments: state.baseSubnet, "kept-networks": keptPoolOf(state) };
  const occupancy = createOccupancy(state, surroundings);
  const blocks = Object.entries(purposes).map(([purpose, pool]) => ({
    purpose: purpose as SurveyedPool["purpose"],
    pool,
    taken: occupancy.takenOf(pool),
  }));
  const pools = blocks.map(({ purpose, pool, taken: { byEnvironments, byOthers } }) => ({
    purpose,
    cidr: pool,
    ...countSubnets({ pool, prefixLength: 24, taken: [...byEnvironments, ...byOthers] }),
    others: groupHolders(pool, byOthers),
  }));
  const survey = { state, surroundings, occupancy };
  const environments = Object.values(state.hosts.local.environments)
    .map((environment) => surveyOne(survey, environment))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  // Of the block for kept networks nobody needs to hear who keeps none.
  const inUse = environments.some(({ networks }) => networks.length > 1) ? blocks : blocks.slice(0, 1);
  return { pools, environments, warnings: [...new Set(inUse.flatMap(({ taken }) => taken.warnings))] };
}

/** Looks how the subnets of one environment stand. */
export function surveyEnvironment(
  state: State,
  surroundings: SubnetSurroundings,
  environment: Environment,
): SurveyedEnvironment {
  return surveyOne({ state, surroundings, occupancy: createOccupancy(state, surroundings) }, environment);
}

interface Survey {
  state: State;
  surroundings: SubnetSurroundings;
  occupancy: Occupancy;
}

function surveyOne(survey: Survey, environment: Environment): SurveyedEnvironment {
  const networks = networkKeysOf(environment).flatMap((key): SurveyedNetwork[] => {
    const subnet = subnetOf(environment, key);
    return subnet === null ? [] : [surveyNetwork(survey, { environment, key, subnet })];
  });
  return { key: keyOf(environment), id: environment.id, networks };
}

function surveyNetwork(
  { state, surroundings, occupancy }: Survey,
  { environment, key, subnet }: { environment: Environment; key: NetworkKey; subnet: string },
): SurveyedNetwork {
  const name = toNetworkName(environment.composeProject, key);
  const engineSubnets =
    surroundings.networks
      ?.filter((network) => network.name === name && isOwn(environment, state.installation, network.labels))
      .flatMap(({ subnets }) => subnets) ?? null;
  const pool = poolOf(state, key);
  const holder = occupancy.findHolder({ subnet, pool: judgingPool(subnet, pool), environment });
  const network = { key, name, subnet, engineSubnets };
  if (holder !== null) return { ...network, state: "conflict", problem: `it is used by ${holder.holder}` };
  if (engineSubnets !== null && engineSubnets.length > 0 && !engineSubnets.includes(subnet)) {
    return { ...network, state: "differs", problem: `network ${name} has ${engineSubnets.join(", ")} on the engine` };
  }
  if (!isSubnetOf(subnet, pool)) return { ...network, state: "outside", problem: `it is outside ${pool}` };
  return { ...network, state: "ok", problem: null };
}
