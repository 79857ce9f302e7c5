import { CiloError } from "../base/errors.ts";
import type { NetworkFacts } from "../model/engine.ts";
import { type Environment, keyOf } from "../model/environment.ts";
import { labelKeys, labelsOfEnvironment } from "../model/labels.ts";
import { toNetworkName } from "../model/names.ts";
import { layoutOf } from "../network/layout.ts";
import type { RuntimeProvider } from "../runtime/provider.ts";
import { isOwn } from "./conflicts.ts";

export interface NetworkOptions {
  runtime: RuntimeProvider;
  installation: string;
  environment: Environment;
}

/**
 * Makes sure that the environment's network is there.
 * @param networks all networks of the engine, as listed before.
 * @returns whether it had to be made; containers that knew an older one must then be made anew.
 * @throws CILO_SUBNET_TAKEN when ours has another subnet than state says, or the engine finds an overlap.
 */
export async function ensureNetwork(options: NetworkOptions, networks: readonly NetworkFacts[]): Promise<boolean> {
  const { runtime, installation, environment } = options;
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

/**
 * Removes the environment's own networks; those of others stay, whatever they are called.
 * @throws CILO_FOREIGN_RESOURCE when somebody else's container is on one: it is not ours to disconnect.
 */
export async function removeNetworks({ runtime, installation, environment }: NetworkOptions): Promise<void> {
  const networks = await runtime.listNetworks({
    [labelKeys.installation]: installation,
    [labelKeys.id]: environment.id,
  });
  for (const { id, name } of networks) {
    try {
      await runtime.removeNetwork(id);
    } catch (error) {
      if (!(error instanceof CiloError) || error.code !== "CILO_ENGINE_REQUEST_FAILED") throw error;
      throw await explainRefusal(runtime, name, error);
    }
  }
}

async function explainRefusal(runtime: RuntimeProvider, network: string, refusal: CiloError): Promise<CiloError> {
  const containers = (await runtime.listContainers({})).filter(({ addresses }) => Object.hasOwn(addresses, network));
  const [first] = containers;
  if (!first) return refusal;
  const names = containers.map(({ name }) => name).join(", ");
  return new CiloError("CILO_FOREIGN_RESOURCE", `network ${network} cannot go: ${names} of somebody else is on it`, {
    hint: `run "docker network disconnect ${network} ${first.name}", then the same command again`,
    details: { network, containers: containers.map(({ name }) => name) },
    cause: refusal,
  });
}
