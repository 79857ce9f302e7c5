import { CiloError } from "../base/errors.ts";
import { tellWarnings } from "../compose/finding.ts";
import type { ContainerFacts, EngineFacts, NetworkFacts } from "../model/engine.ts";
import { type Environment, keyOf } from "../model/environment.ts";
import { observeServices } from "../model/observation.ts";
import { requireEnvironment } from "../model/state.ts";
import { readHostRoutes } from "../network/routes.ts";
import type { RuntimeProvider } from "../runtime/provider.ts";
import { collectAnonymousVolumes } from "./anonymous-volumes.ts";
import { findForeignObjects, isOwnContainer, refuseForeignObjects } from "./conflicts.ts";
import type { ControllerContext } from "./context.ts";
import { pinEngine } from "./engine.ts";
import { ensureNetwork } from "./network.ts";
import { type ReadEnvironment, readEnvironment, recordServices, writeOverride } from "./prepare.ts";
import { addAnonymousVolumes } from "./record.ts";
import { chooseSubnet, findSubnetHolder, type SubnetSurroundings, takenSubnets } from "./subnets.ts";

/** Everything `docker compose up` needs: network made, addresses recorded, override written and checked. */
export interface PreparedUp {
  environment: Environment;
  read: ReadEnvironment;
  /** Path of the override. */
  override: string;
  /** Containers that exist are not on the network as it is now: they must be made anew to join it. */
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
  const { installation } = state;
  const initial = requireEnvironment(state, environmentId);
  const [read, containers, networks, volumes] = await Promise.all([
    readEnvironment(context, initial, engine),
    engine.listContainers({}),
    engine.listNetworks({}),
    engine.listVolumes({}),
  ]);
  const foreign = findForeignObjects({
    environment: { ...initial, services: read.services },
    installation,
    objects: { containers, networks, volumes },
    volumeNames: read.volumeNames,
  });
  refuseForeignObjects(keyOf(initial), foreign);
  const own = containers.filter((container) => isOwnContainer(initial, installation, container));
  refusePaused(initial, own);
  const placed = await placeOnNetwork(context, { ...options, initial, read, networks, own });
  const { environment } = placed;
  const current = { ...read, services: environment.services };
  const written = await writeOverride(context, { installation, environment, read: current, runtime: engine });
  const findings = tellWarnings([...read.findings, ...written.findings], () => null);
  for (const text of [...read.warnings, ...findings]) context.emit({ type: "warning", text });
  const mustRecreate = own.length > 0 && (placed.isNew || isAnyDetached(environment, own));
  return { environment, read: current, override: written.override, mustRecreate };
}

/** Compose cannot start what is paused, and whoever paused it meant to. */
function refusePaused(environment: Environment, own: readonly ContainerFacts[]): void {
  const paused = own.filter(({ state }) => state === "paused").map(({ name }) => name);
  if (paused.length === 0) return;
  throw new CiloError("CILO_UP_FAILED", `${keyOf(environment)} has paused containers: ${paused.join(", ")}`, {
    hint: `run "docker unpause ${paused.join(" ")}", then the same command again`,
    details: { paused },
  });
}

/** A container that was taken off its network by hand: Compose does not see that anything is missing. */
function isAnyDetached(environment: Environment, own: readonly ContainerFacts[]): boolean {
  return Object.values(observeServices(environment, own)).some(({ status }) => status === "detached");
}

interface PlaceOptions extends PrepareOptions {
  initial: Environment;
  read: ReadEnvironment;
  networks: readonly NetworkFacts[];
  /** Containers that know the present subnet; where there are none it may still be changed. */
  own: readonly ContainerFacts[];
}

/** Finds a subnet that is really free, makes the network, and records the addresses in state before a container can have one. */
async function placeOnNetwork(
  context: ControllerContext,
  options: PlaceOptions,
): Promise<{ environment: Environment; isNew: boolean }> {
  const { engine: runtime, own } = options;
  const routes = await readHostRoutes();
  // Compose may replace or remove containers now, and with them what tells which volumes were made for them.
  const anonymousVolumes = await collectAnonymousVolumes(runtime, own);
  let { networks } = options;
  for (let attempt = 1; ; attempt += 1) {
    const surroundings = { networks, routes };
    const { environment, installation } = await recordPlace(context, { ...options, surroundings, anonymousVolumes });
    try {
      return { environment, isNew: await ensureNetwork({ runtime, installation, environment }, networks) };
    } catch (error) {
      const isRace = error instanceof CiloError && error.code === "CILO_SUBNET_TAKEN" && own.length === 0;
      if (!isRace || attempt === maxSubnetAttempts) throw error;
      networks = await runtime.listNetworks({});
    }
  }
}

async function recordPlace(
  context: ControllerContext,
  options: PlaceOptions & { surroundings: SubnetSurroundings; anonymousVolumes: readonly string[] },
): Promise<{ environment: Environment; installation: string }> {
  const { initial, own, surroundings } = options;
  const { result: environment, state } = await context.store.update((draft) => {
    const record = requireEnvironment(draft, options.environmentId);
    const holder = findSubnetHolder(draft, surroundings, record);
    if (holder && own.length > 0) throw subnetTaken(record, holder.holder);
    if (holder) {
      record.subnet = chooseSubnet(draft, surroundings);
      record.services = {};
    }
    record.services = recordServices(record, options.read.descriptions);
    record.anonymousVolumes = addAnonymousVolumes(record, options.anonymousVolumes);
    record.composeFiles = options.read.composeFiles;
    record.profiles = options.read.profiles;
    record.status = "starting";
    record.lastError = null;
    pinEngine(draft, options.facts);
    return record;
  });
  if (environment.subnet !== initial.subnet) {
    const text = `${initial.subnet} is used by others now; ${keyOf(environment)} has moved to ${environment.subnet}`;
    context.emit({ type: "info", text });
  }
  for (const text of takenSubnets(state, surroundings, initial.id).warnings) context.emit({ type: "warning", text });
  return { environment, installation: state.installation };
}

function subnetTaken(environment: Environment, holder: string): CiloError {
  const key = keyOf(environment);
  return new CiloError("CILO_SUBNET_TAKEN", `the subnet ${environment.subnet} of ${key} is now used by ${holder}`, {
    hint: `run "cilo down ${key}", then "cilo up ${key}" to give it another one, or free the subnet`,
    details: { subnet: environment.subnet, holder },
  });
}
