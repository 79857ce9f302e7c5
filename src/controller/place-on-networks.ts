import { CiloError } from "../base/errors.ts";
import type { ContainerFacts, EngineFacts, NetworkFacts } from "../model/engine.ts";
import type { Environment } from "../model/environment.ts";
import { keptNetworksInUse } from "../model/kept-networks.ts";
import { requireEnvironment } from "../model/state.ts";
import { readHostRoutes } from "../network/routes.ts";
import type { RuntimeProvider } from "../runtime/provider.ts";
import { collectAnonymousVolumes } from "./anonymous-volumes.ts";
import type { ControllerContext } from "./context.ts";
import { pinEngine } from "./engine.ts";
import { ensureNetworks } from "./network.ts";
import { type ReadEnvironment, recordServices } from "./prepare.ts";
import { addAnonymousVolumes } from "./record.ts";
import { describePlacement, placeNetworks, type SubnetSurroundings } from "./subnets.ts";
import { type WrittenOverride, writeOverride } from "./write-override.ts";

/** Two installations may pick one subnet at the same moment; whoever comes second tries the next. */
const maxSubnetAttempts = 4;

/** What an environment is put on its networks with. */
export interface PlaceOptions {
  environmentId: string;
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
  const routes = await readHostRoutes();
  // Compose may replace or remove containers now, and with them what tells which volumes were made for them.
  const anonymousVolumes = await collectAnonymousVolumes(runtime, own);
  let { networks } = options;
  for (let attempt = 1; ; attempt += 1) {
    const surroundings = { networks, routes };
    const { environment, installation } = await recordPlace(context, { ...options, surroundings, anonymousVolumes });
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
  const { engine: runtime, environment, installation, networks } = options;
  const read = { ...options.read, services: environment.services };
  const [isNew, written] = await Promise.allSettled([
    ensureNetworks({ runtime, installation, environment }, networks),
    writeOverride(context, { installation, environment, read, runtime, isLocked: true }),
  ]);
  // With another subnet there would be another override, so the network's failure is told first.
  if (isNew.status === "rejected") throw isNew.reason;
  if (written.status === "rejected") throw written.reason;
  return { isNew: isNew.value, written: written.value };
}

async function recordPlace(
  context: ControllerContext,
  options: PlaceOptions & { surroundings: SubnetSurroundings; anonymousVolumes: readonly string[] },
): Promise<{ environment: Environment; installation: string }> {
  const { initial, own, surroundings } = options;
  const { result: environment, state } = await context.store.update((draft) => {
    const record = requireEnvironment(draft, options.environmentId);
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
    return record;
  });
  const { moves, warnings } = describePlacement(state, surroundings, { before: initial, after: environment });
  for (const text of moves) context.emit({ type: "info", text });
  for (const text of warnings) context.emit({ type: "warning", text });
  return { environment, installation: state.installation };
}
