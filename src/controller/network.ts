import { CiloError } from "../base/errors.ts";
import type { NetworkFacts } from "../model/engine.ts";
import { type Environment, keyOf } from "../model/environment.ts";
import { labelKeys, labelsOfEnvironment } from "../model/labels.ts";
import { toNetworkName } from "../model/names.ts";
import { layoutOf } from "../network/layout.ts";
import type { RuntimeProvider } from "../runtime/provider.ts";
import { isOwn } from "./conflicts.ts";

/**
 * Makes sure that the environment's network is there.
 * @param networks all networks of the engine, as listed before.
 * @returns whether it had to be made; containers that knew an older one must then be made anew.
 * @throws CILO_SUBNET_TAKEN when ours has another subnet than state says, or the engine finds an overlap.
 */
export async function ensureNetwork(
  runtime: RuntimeProvider,
  installation: string,
  environment: Environment,
  networks: readonly NetworkFacts[],
): Promise<boolean> {
  const name = toNetworkName(environment.composeProject);
  const found = networks.find((network) => network.name === name && isOwn(environment, installation, network.labels));
  if (found) {
    if (found.subnets.includes(environment.subnet)) return false;
    throw new CiloError(
      "CILO_SUBNET_TAKEN",
      `network ${name} has the subnet ${found.subnets.join(", ")}, but ${keyOf(environment)} was given ${environment.subnet}`,
      { hint: `run "cilo down ${keyOf(environment)}", then "cilo up ${keyOf(environment)}"` },
    );
  }
  const { gateway, dynamicRange } = layoutOf(environment.subnet);
  await runtime.createNetwork({
    name,
    subnet: environment.subnet,
    gateway,
    ipRange: dynamicRange,
    labels: labelsOfEnvironment(installation, environment),
  });
  return true;
}

/** Removes the environment's own networks; those of others stay, whatever they are called. */
export async function removeNetworks(
  runtime: RuntimeProvider,
  installation: string,
  environment: Pick<Environment, "id">,
): Promise<void> {
  const networks = await runtime.listNetworks({
    [labelKeys.installation]: installation,
    [labelKeys.id]: environment.id,
  });
  for (const { id } of networks) await runtime.removeNetwork(id);
}
