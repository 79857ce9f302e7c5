import type { ControllerContext } from "./context.ts";
import { readUserSettings } from "./settings.ts";
import { lookAroundIfPossible } from "./subnets/look-around.ts";
import { keptPoolOf } from "./subnets/subnets.ts";
import { type SubnetSurvey, surveySubnets } from "./subnets/survey-subnets.ts";

export interface NetworkStatus extends SubnetSurvey {
  /** The blocks that the user's settings name and that the next command which gives out a subnet takes over. */
  pending: { baseSubnet: string | null; keptBaseSubnet: string | null };
  /** Why the engine could not be asked, so that its networks are left out of account; null when it was. */
  engineProblem: string | null;
}

/**
 * Says what subnets there are, who has them, and which of them others use as well. Works without an engine.
 * @throws CILO_CONFIG_INVALID
 */
export async function inspectNetworks(context: ControllerContext): Promise<NetworkStatus> {
  const state = await context.store.read();
  const { network } = await readUserSettings(context.paths);
  const { engineProblem, ...surroundings } = await lookAroundIfPossible(context, state);
  const toPending = (wanted: string | undefined, now: string) => (wanted === now ? null : (wanted ?? null));
  return {
    ...surveySubnets(state, surroundings),
    pending: {
      baseSubnet: toPending(network.baseSubnet, state.baseSubnet),
      keptBaseSubnet: toPending(network.keptBaseSubnet, keptPoolOf(state)),
    },
    engineProblem,
  };
}
