import { CiloError } from "../base/errors.ts";
import type { EngineFacts, NetworkFacts } from "../model/engine.ts";
import { type Environment, keyOf } from "../model/environment.ts";
import { readHostRoutes } from "../network/routes.ts";
import type { RuntimeProvider } from "../runtime/provider.ts";
import { findForeignObjects, isOwn, refuseForeignObjects } from "./conflicts.ts";
import type { ControllerContext } from "./context.ts";
import { pinEngine } from "./engine.ts";
import { ensureNetwork } from "./network.ts";
import { type ReadEnvironment, readEnvironment, recordServices, writeOverride } from "./prepare.ts";
import { requireEnvironment } from "./require-environment.ts";
import { chooseSubnet, findSubnetHolder, takenSubnets } from "./subnets.ts";

/** Everything `docker compose up` needs: network made, addresses recorded, override written and checked. */
export interface PreparedUp {
  environment: Environment;
  read: ReadEnvironment;
  /** Path of the override. */
  override: string;
  /** The network is new to containers that exist already: they must be made anew to join it. */
  mustRecreate: boolean;
}

interface PrepareOptions {
  environmentId: string;
  engine: RuntimeProvider;
  facts: EngineFacts;
}

/** Two installations may pick one subnet at the same moment; whoever comes second tries the next. */
const maxSubnetAttempts = 4;

/** Reads the project, looks for conflicts, and puts everything in place for Compose; the engine is changed by one network at most. */
export async function prepareUp(context: ControllerContext, options: PrepareOptions): Promise<PreparedUp> {
  const { engine, environmentId } = options;
  const state = await context.store.read();
  const initial = requireEnvironment(state, environmentId);
  const [read, containers, networks, volumes] = await Promise.all([
    readEnvironment(context, initial, engine),
    engine.listContainers({}),
    engine.listNetworks({}),
    engine.listVolumes({}),
  ]);
  const { installation } = state;
  const foreign = findForeignObjects({
    environment: { ...initial, services: read.services },
    installation,
    objects: { containers, networks, volumes },
    volumeNames: read.volumeNames,
  });
  refuseForeignObjects(keyOf(initial), foreign);
  const own = containers.filter(({ labels }) => isOwn(initial, installation, labels));
  const { environment, isNew } = await placeOnNetwork(context, {
    ...options,
    initial,
    read,
    networks,
    hasRun: own.length > 0,
  });
  const placed = { ...read, services: environment.services };
  const written = await writeOverride(context, { installation, environment, read: placed, runtime: engine });
  for (const text of [...read.warnings, ...written.warnings]) context.emit({ type: "warning", text });
  return { environment, read: placed, override: written.override, mustRecreate: isNew && own.length > 0 };
}

interface PlaceOptions extends PrepareOptions {
  initial: Environment;
  read: ReadEnvironment;
  networks: readonly NetworkFacts[];
  /** Whether containers know the present subnet; one that none does may still be changed. */
  hasRun: boolean;
}

/** Finds a subnet that is really free, makes the network, and records the addresses in state before a container can have one. */
async function placeOnNetwork(
  context: ControllerContext,
  options: PlaceOptions,
): Promise<{ environment: Environment; isNew: boolean }> {
  const routes = await readHostRoutes();
  let networks = options.networks;
  for (let attempt = 1; ; attempt += 1) {
    const environment = await recordPlace(context, options, { networks, routes });
    const { installation } = await context.store.read();
    try {
      return { environment, isNew: await ensureNetwork(options.engine, installation, environment, networks) };
    } catch (error) {
      const isRace = error instanceof CiloError && error.code === "CILO_SUBNET_TAKEN" && !options.hasRun;
      if (!isRace || attempt === maxSubnetAttempts) throw error;
      networks = await options.engine.listNetworks({});
    }
  }
}

async function recordPlace(
  context: ControllerContext,
  options: PlaceOptions,
  surroundings: Parameters<typeof takenSubnets>[1],
): Promise<Environment> {
  const { read, hasRun, facts, environmentId } = options;
  const { result, state } = await context.store.update((draft) => {
    const environment = requireEnvironment(draft, environmentId);
    const holder = findSubnetHolder(draft, surroundings, environment);
    if (holder && hasRun) throw subnetTaken(environment, holder.holder);
    if (holder) {
      environment.subnet = chooseSubnet(draft, surroundings);
      environment.services = {};
    }
    environment.services = recordServices(environment, read.descriptions);
    environment.composeFiles = read.composeFiles;
    environment.profiles = read.profiles;
    environment.status = "starting";
    environment.lastError = null;
    pinEngine(draft, facts);
    return environment;
  });
  for (const text of takenSubnets(state, surroundings, environmentId).warnings) context.emit({ type: "warning", text });
  return result;
}

function subnetTaken(environment: Environment, holder: string): CiloError {
  const key = keyOf(environment);
  return new CiloError("CILO_SUBNET_TAKEN", `the subnet ${environment.subnet} of ${key} is now used by ${holder}`, {
    hint: `run "cilo down ${key}", then "cilo up ${key}" to give it another one, or free the subnet`,
    details: { subnet: environment.subnet, holder },
  });
}
