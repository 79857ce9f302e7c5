import { CiloError } from "../base/errors.ts";
import { faultPoint } from "../base/fault-point.ts";
import type { ContainerFacts, NetworkFacts } from "../model/engine.ts";
import { type Environment, keyOf } from "../model/environment.ts";
import { keptNetworksInUse, networkNamesOf } from "../model/kept-networks.ts";
import { labelKeys, labelsOfEnvironment } from "../model/labels.ts";
import { ownNetworkKey, toNetworkName } from "../model/names.ts";
import { isLive } from "../model/observation.ts";
import { layoutOf } from "../network/layout.ts";
import type { RuntimeProvider } from "../runtime/provider.ts";
import { isOwn, isOwnContainer } from "./conflicts.ts";

export interface NetworkOptions {
  runtime: RuntimeProvider;
  installation: string;
  environment: Environment;
}

/**
 * Makes sure that the environment's networks are there: its own, and those that it keeps and its services are on.
 * @param networks all networks of the engine, as listed before.
 * @returns whether one had to be made; containers that knew an older one must then be made anew.
 * @throws CILO_SUBNET_TAKEN when one of ours has another subnet than state says, or the engine finds an overlap.
 */
export async function ensureNetworks(options: NetworkOptions, networks: readonly NetworkFacts[]): Promise<boolean> {
  const missing = wantedNetworks(options.environment).filter((wanted) => !isThere(options, wanted, networks));
  for (const wanted of missing) await createNetwork(options, wanted);
  return missing.length > 0;
}

/**
 * Looks for the networks that the environment's services are on. Compose makes none of them, and says of one that is
 * missing only that it was not found.
 * @param options.environment with its services as the project has them now.
 * @param networks all networks of the engine.
 * @throws CILO_NETWORK_MISSING
 */
export function requireNetworks(
  { installation, environment }: { installation: string; environment: PlacedEnvironment },
  networks: readonly NetworkFacts[],
): void {
  const { composeProject } = environment;
  const own = new Set(
    networks.filter(({ labels }) => isOwn(environment, installation, labels)).map(({ name }) => name),
  );
  const wanted = [ownNetworkKey, ...keptNetworksInUse(environment)].map((key) => toNetworkName(composeProject, key));
  const missing = wanted.filter((name) => !own.has(name));
  if (missing.length === 0) return;
  const key = keyOf(environment);
  const subject = missing.length === 1 ? `network ${missing[0]} is` : `networks ${missing.join(", ")} are`;
  throw new CiloError("CILO_NETWORK_MISSING", `${subject} not there for the services of ${key}`, {
    hint: `run "cilo up ${key}", which makes what is missing, then the same command again`,
    details: { networks: missing },
  });
}

type PlacedEnvironment = Pick<Environment, "id" | "project" | "name" | "composeProject"> & {
  services: Parameters<typeof keptNetworksInUse>[0]["services"];
};

interface WantedNetwork {
  name: string;
  subnet: string;
  /** Without a way out, as the project's network that it stands for. */
  internal: boolean;
}

function wantedNetworks(environment: Environment): WantedNetwork[] {
  const { composeProject, subnet, keptNetworks = {} } = environment;
  const kept = keptNetworksInUse(environment).flatMap((key): WantedNetwork[] => {
    const keptSubnet = keptNetworks[key];
    return keptSubnet === undefined
      ? []
      : [{ name: toNetworkName(composeProject, key), subnet: keptSubnet, internal: true }];
  });
  return [{ name: toNetworkName(composeProject), subnet, internal: false }, ...kept];
}

function isThere(
  { installation, environment }: NetworkOptions,
  { name, subnet }: WantedNetwork,
  networks: readonly NetworkFacts[],
): boolean {
  const found = networks.find((network) => network.name === name && isOwn(environment, installation, network.labels));
  if (!found || found.subnets.includes(subnet)) return found !== undefined;
  const key = keyOf(environment);
  throw new CiloError(
    "CILO_SUBNET_TAKEN",
    `network ${name} has the subnet ${found.subnets.join(", ")}, but ${key} was given ${subnet}`,
    { hint: `run "cilo network migrate --env ${key}"` },
  );
}

/**
 * Removes the environment's own networks that have another subnet than state says, to be called while no container of it
 * is on one.
 * @param networks all networks of the engine, as listed before.
 * @returns those that are left.
 * @throws CILO_FOREIGN_RESOURCE when somebody else's container is on one.
 */
export async function removeMisplacedNetworks(
  options: NetworkOptions,
  networks: readonly NetworkFacts[],
): Promise<NetworkFacts[]> {
  const { installation, environment } = options;
  const subnets = new Map(wantedNetworks(environment).map(({ name, subnet }) => [name, subnet]));
  const misplaced = networks.filter(({ name, labels, subnets: found }) => {
    const wanted = subnets.get(name);
    return wanted !== undefined && isOwn(environment, installation, labels) && !found.includes(wanted);
  });
  for (const network of misplaced) await removeNetwork(options.runtime, network);
  return networks.filter((network) => !misplaced.includes(network));
}

async function createNetwork(options: NetworkOptions, wanted: WantedNetwork): Promise<void> {
  const { runtime, installation, environment } = options;
  const { gateway, dynamicRange } = layoutOf(wanted.subnet);
  const labels = labelsOfEnvironment(installation, environment);
  await runtime.createNetwork({ ...wanted, gateway, ipRange: dynamicRange, labels });
  faultPoint("network.created");
}

/**
 * Removes the environment's own networks; those of others stay, whatever they are called.
 * @returns those that were there.
 * @throws CILO_FOREIGN_RESOURCE when somebody else's container is on one: it is not ours to disconnect.
 */
export async function removeNetworks({ runtime, installation, environment }: NetworkOptions): Promise<NetworkFacts[]> {
  const networks = await runtime.listNetworks({
    [labelKeys.installation]: installation,
    [labelKeys.id]: environment.id,
  });
  for (const network of networks) await removeNetwork(runtime, network);
  return networks;
}

async function removeNetwork(runtime: RuntimeProvider, { id, name }: Pick<NetworkFacts, "id" | "name">): Promise<void> {
  try {
    await runtime.removeNetwork(id);
    faultPoint("network.removed");
  } catch (error) {
    if (!(error instanceof CiloError) || error.code !== "CILO_ENGINE_REQUEST_FAILED") throw error;
    throw await explainRefusal(runtime, name, error);
  }
}

async function explainRefusal(runtime: RuntimeProvider, network: string, refusal: CiloError): Promise<CiloError> {
  const containers = (await runtime.listContainers({})).filter(({ addresses }) => Object.hasOwn(addresses, network));
  return containers.length === 0 ? refusal : occupied(network, containers, refusal);
}

/**
 * Makes sure that the environment's networks can be removed once its own containers are gone.
 * @throws CILO_FOREIGN_RESOURCE when somebody else's container is on one: it is not ours to disconnect.
 */
export async function refuseOutsiders({ runtime, installation, environment }: NetworkOptions): Promise<void> {
  const containers = (await runtime.listContainers({})).filter(
    (container) => isLive(container) && !isOwnContainer(environment, installation, container),
  );
  for (const network of networkNamesOf(environment).values()) {
    const outsiders = containers.filter(({ addresses }) => Object.hasOwn(addresses, network));
    if (outsiders.length > 0) throw occupied(network, outsiders);
  }
}

function occupied(network: string, containers: readonly ContainerFacts[], cause?: CiloError): CiloError {
  const names = containers.map(({ name }) => name);
  return new CiloError(
    "CILO_FOREIGN_RESOURCE",
    `network ${network} cannot go: ${names.join(", ")} of somebody else is on it`,
    {
      hint: `run "docker network disconnect ${network} ${names[0]}", then the same command again`,
      details: { network, containers: names },
      cause,
    },
  );
}
