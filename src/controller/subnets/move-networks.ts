import { CiloError } from "../../base/errors.ts";
import { type Environment, keyOf } from "../../model/environment.ts";
import { ownNetworkKey } from "../../model/names.ts";
import type { State } from "../../model/state.ts";
import { formatCidr, isSubnetOf, parseCidr } from "../../network/cidr.ts";
import { chooseSubnet, giveSubnet, type NetworkKey, poolOf } from "./subnets.ts";
import { type SurveyedNetwork, surveyEnvironment } from "./survey-subnets.ts";
import { createOccupancy, type SubnetSurroundings } from "./taken-subnets.ts";

/** A network of an environment that is to have another subnet, or is to be made anew with the one it was given. */
export interface SubnetMove {
  network: NetworkKey;
  from: string;
  to: string;
  /** Why, as a clause: "it is used by network vpn". */
  cause: string;
}

/**
 * Gives another subnet to each network of an environment whose subnet somebody else uses, that is outside the block for
 * it, or that is another one on the engine. Its services keep their host parts. Changes the record, which is one of
 * `state`, and nothing when there is no reason to.
 * @param options.to the subnet that the environment's own network is to have; null leaves the choice here.
 * @throws CILO_POOL_EXHAUSTED; CILO_USAGE and CILO_SUBNET_TAKEN of what `to` cannot be.
 */
export function moveNetworks(
  state: State,
  surroundings: SubnetSurroundings,
  { environment, to }: { environment: Environment; to: string | null },
): SubnetMove[] {
  const moves: SubnetMove[] = [];
  for (const network of surveyEnvironment(state, surroundings, environment).networks) {
    const move =
      to !== null && network.key === ownNetworkKey
        ? toWantedSubnet(state, surroundings, { environment, network, to })
        : toFreeSubnet(state, surroundings, network);
    if (move === null) continue;
    moves.push(move);
    giveSubnet(environment, network.key, move.to);
  }
  return moves;
}

function toFreeSubnet(
  state: State,
  surroundings: SubnetSurroundings,
  { key, subnet, state: standing, problem, engineSubnets }: SurveyedNetwork,
): SubnetMove | null {
  if (problem === null) return null;
  const stays = standing === "differs" && isSubnetOf(subnet, poolOf(state, key));
  const from = standing === "differs" ? (engineSubnets?.[0] ?? subnet) : subnet;
  return { network: key, from, to: stays ? subnet : chooseSubnet(state, surroundings, key), cause: problem };
}

function toWantedSubnet(
  state: State,
  surroundings: SubnetSurroundings,
  { environment, network, to }: { environment: Environment; network: SurveyedNetwork; to: string },
): SubnetMove | null {
  const { key, subnet, engineSubnets } = network;
  requireSubnetOf(poolOf(state, key), to);
  const isThere = engineSubnets === null || engineSubnets.length === 0 || engineSubnets.includes(to);
  if (subnet === to && isThere) return null;
  const from = subnet === to ? (engineSubnets?.[0] ?? subnet) : subnet;
  const holder = createOccupancy(state, surroundings).findHolder({ subnet: to, pool: poolOf(state, key), environment });
  if (holder === null) return { network: key, from, to, cause: "it was asked for" };
  throw new CiloError(
    "CILO_SUBNET_TAKEN",
    `${keyOf(environment)} cannot move to ${to}: it is used by ${holder.holder}`,
    {
      hint: `leave --to out for the lowest free one, "cilo network migrate --env ${keyOf(environment)}"`,
      details: { subnet: to, holder: holder.holder },
    },
  );
}

function requireSubnetOf(pool: string, text: string): void {
  const block = parseCidr(text);
  const isSubnet = block !== null && block.prefixLength === 24 && formatCidr(block) === text;
  if (isSubnet && isSubnetOf(text, pool)) return;
  const why = isSubnet ? `which is outside the base subnet ${pool}` : "which is no /24";
  throw new CiloError("CILO_USAGE", `cannot move to ${JSON.stringify(text)}, ${why}`, {
    hint: `give a /24 of ${pool}, or set network.base_subnet in config.yml to the block it is of`,
  });
}
