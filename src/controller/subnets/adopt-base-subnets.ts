import type { Environment } from "../../model/environment.ts";
import type { State } from "../../model/state.ts";
import { isSubnetOf } from "../../network/cidr.ts";
import type { NetworkSettings } from "../../state/settings.ts";
import { keptPoolOf, networkKeysOf, poolOf, subnetOf } from "./subnets.ts";

/**
 * Takes over the blocks of addresses that the user's settings name: subnets are given from these from now on. Changes the
 * draft; what environments have stays. What the settings do not name stays as it was.
 * @returns what is to be told of it, sentences; none where nothing is new.
 */
export function adoptBaseSubnets(draft: State, { baseSubnet, keptBaseSubnet }: NetworkSettings): string[] {
  const before = { own: draft.baseSubnet, kept: keptPoolOf(draft) };
  if (baseSubnet !== undefined) draft.baseSubnet = baseSubnet;
  if (keptBaseSubnet !== undefined && keptBaseSubnet !== before.kept) draft.keptBaseSubnet = keptBaseSubnet;
  const now = { own: draft.baseSubnet, kept: keptPoolOf(draft) };
  const news = [
    ...(now.own === before.own ? [] : [`subnets are taken from ${now.own} from now on, no longer from ${before.own}`]),
    ...(now.kept === before.kept
      ? []
      : [`those of networks that are kept are taken from ${now.kept} from now on, no longer from ${before.kept}`]),
  ];
  const staying = Object.values(draft.hosts.local.environments).filter((environment) => isOutside(draft, environment));
  if (news.length === 0 || staying.length === 0) return news;
  const who = staying.length === 1 ? "1 environment stays" : `${staying.length} environments stay`;
  return [...news, `${who} in the old block; "cilo network migrate" moves what is outside`];
}

/** Whether a network of an environment has a subnet that is not of the block such subnets are taken from now. */
function isOutside(state: State, environment: Environment): boolean {
  return networkKeysOf(environment).some((network) => {
    const subnet = subnetOf(environment, network);
    return subnet !== null && !isSubnetOf(subnet, poolOf(state, network));
  });
}
