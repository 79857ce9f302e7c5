import { CiloError } from "../base/errors.ts";
import { faultPoint } from "../base/fault-point.ts";
import type { ContainerFacts, EngineFacts, NetworkFacts } from "../model/engine.ts";
import type { Environment } from "../model/environment.ts";
import { keptNetworksInUse } from "../model/kept-networks.ts";
import { requireEnvironment } from "../model/state.ts";
import { readHostRoutes } from "../network/routes.ts";
import type { RuntimeProvider } from "../runtime/provider.ts";
import type { RunningOperation } from "../state/operation.ts";
import type { NetworkSettings } from "../state/settings.ts";
import { collectAnonymousVolumes } from "./anonymous-volumes.ts";
import type { ControllerContext } from "./context.ts";
import { pinEngine } from "./engine.ts";
import { ensureNetworks, type NetworkOptions, removeMisplacedNetworks } from "./network.ts";
import { type ReadEnvironment, recordServices } from "./prepare.ts";
import { addAnonymousVolumes } from "./record.ts";
import { readUserSettings } from "./settings.ts";
import { adoptBaseSubnets } from "./subnets/adopt-base-subnets.ts";
import { describePlacement, placeNetworks } from "./subnets/subnets.ts";
import type { SubnetSurroundings } from "./subnets/taken-subnets.ts";
import { type WrittenOverride, writeOverride } from "./write-override.ts";

/** Two installations may pick one subnet at the same moment; whoever comes second tries the next. */
const maxSubnetAttempts = 4;

/** What an environment is put on its networks with. */
export interface PlaceOptions {
  environmentId: string;
  operation: RunningOperation;
  engine: RuntimeProvider;
  facts: EngineFacts;
  initial: Environment;
  read: ReadEnvironment;
  networks: readonly NetworkFacts[];
  /** Containers that know the present subnet; where there are none it may still be changed. */
  own: readonly ContainerFacts[];
}

export interface Placed {
  environment: Environment;
  /** Whether a network had to be made. */
  isNew: boolean;
  written: WrittenOverride;
}

/** Finds a subnet that is really free, records the addresses in state before a container can have one, and makes network and override. */
export async function placeOnNetworks(context: ControllerContext, options: PlaceOptions): Promise<Placed> {
  const { engine: runtime, own } = options;
  const [routes, { network: settings }] = await Promise.all([readHostRoutes(), readUserSettings(context.paths)]);
  // Compose may replace or remove containers now, and with them what tells which volumes were made for them.
  const found = { settings, anonymousVolumes: await collectAnonymousVolumes(runtime, own) };
  let { networks } = options;
  for (let attempt = 1; ; attempt += 1) {
    const surroundings = { networks, routes };
    const { environment, installation } = await recordPlace(context, { ...options, ...found, surroundings });
    try {
      return { environment, ...(await makePlace(context, { ...options, environment, installation, networks })) };
    } catch (error) {
      const isRace = error instanceof CiloError && error.code === "CILO_SUBNET_TAKEN" && own.length === 0;
      if (!isRace || attempt === maxSubnetAttempts) throw error;
      networks = await runtime.listNetworks({});
    }
  }
}

/** Makes the network, which takes the engine its time, while the override is written and checked, for which there need be none. */
async function makePlace(
  context: ControllerContext,
  options: PlaceOptions & { environment: Environment; installation: string },
): Promise<Omit<Placed, "environment">> {
  const { engine: runtime, environment, installation } = options;
  const read = { ...options.read, services: environment.services };
  const [isNew, written] = await Promise.allSettled([
    makeNetworks({ runtime, installation, environment }, options),
    writeOverride(context, { installation, environment, read, runtime, isLocked: true }),
  ]);
  faultPoint("up.place-made");
  // With another subnet there would be another override, so the network's failure is told first.
  if (isNew.status === "rejected") throw isNew.reason;
  if (written.status === "rejected") throw written.reason;
  return { isNew: isNew.value, written: written.value };
}

/** A network that has another subnet, of a move that was cut off or changed by hand, goes while nothing is on it. */
async function makeNetworks(
  network: NetworkOptions,
  { own, networks }: Pick<PlaceOptions, "own" | "networks">,
): Promise<boolean> {
  const left = own.length === 0 ? await removeMisplacedNetworks(network, networks) : networks;
  return await ensureNetworks(network, left);
}

interface RecordOptions extends PlaceOptions {
  surroundings: SubnetSurroundings;
  settings: NetworkSettings;
  anonymousVolumes: readonly string[];
}

async function recordPlace(
  context: ControllerContext,
  options: RecordOptions,
): Promise<{ environment: Environment; installation: string }> {
  const { initial, own, surroundings, settings } = options;
  let news: string[] = [];
  const state = await options.operation.update((record, draft) => {
    news = adoptBaseSubnets(draft, settings);
    const kept = keptNetworksInUse({ services: options.read.services });
    placeNetworks(draft, surroundings, { environment: record, kept, isBound: own.length > 0 });
    record.services = recordServices(record, options.read.descriptions);
    record.anonymousVolumes = addAnonymousVolumes(record, options.anonymousVolumes);
    record.composeFiles = options.read.composeFiles;
    record.profiles = options.read.profilesInUse;
    if (initial.profilesChosen) record.profilesChosen = true;
    else delete record.profilesChosen;
    record.status = "starting";
    record.lastError = null;
    pinEngine(draft, options.facts);
  });
  faultPoint("up.place-recorded");
  const environment = requireEnvironment(state, options.environmentId);
  const { moves, warnings } = describePlacement(state, surroundings, { before: initial, after: environment });
  for (const text of [...news, ...moves]) context.emit({ type: "info", text });
  for (const text of warnings) context.emit({ type: "warning", text });
  return { environment, installation: state.installation };
}
