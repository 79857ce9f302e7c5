import { CiloError } from "../base/errors.ts";
import type { ContainerFacts, EngineFacts } from "../model/engine.ts";
import { type Environment, keyOf } from "../model/environment.ts";
import { labelKeys } from "../model/labels.ts";
import { isOneOff, observeServices } from "../model/observation.ts";
import { requireEnvironment } from "../model/state.ts";
import type { RuntimeProvider } from "../runtime/provider.ts";
import type { RunningOperation } from "../state/operation.ts";
import { claimNames } from "./claim-names.ts";
import { findForeignObjects, isOwnContainer, listObjects, refuseForeignObjects } from "./conflicts.ts";
import type { ControllerContext } from "./context.ts";
import { withKnownCompose } from "./known-compose.ts";
import { placeOnNetworks } from "./place-on-networks.ts";
import { type ReadEnvironment, readEnvironment } from "./prepare.ts";
import { applyProfileChoice, type ProfileChoice } from "./profile-choice.ts";
import { tellNews } from "./tell-news.ts";

/** Everything `docker compose up` needs: network made, addresses recorded, override written and checked. */
export interface PreparedUp {
  environment: Environment;
  read: ReadEnvironment;
  /** Path of the override. */
  override: string;
  /** The names that each service's build gives, by service. */
  builtImages: ReadonlyMap<string, readonly string[]>;
  /** Its containers as they were found. */
  own: readonly ContainerFacts[];
  /** Containers that exist are not on the network as it is now: they must be made anew to join it. */
  mustRecreate: boolean;
  /** Services that have containers and are not meant to run any more. Compose leaves those whose profile was turned off. */
  leaving: string[];
  /** To be let go of once its containers are there. */
  claim: AsyncDisposable;
}

interface PrepareOptions {
  environmentId: string;
  operation: RunningOperation;
  profiles: ProfileChoice;
  engine: RuntimeProvider;
  facts: EngineFacts;
}

/** Reads the project, looks for conflicts, and puts everything in place for Compose; the engine is changed by networks at most. */
export async function prepareUp(context: ControllerContext, options: PrepareOptions): Promise<PreparedUp> {
  const { engine, environmentId } = options;
  const state = await context.store.read();
  const { installation } = state;
  const initial = applyProfileChoice(requireEnvironment(state, environmentId), options.profiles);
  const [read, objects] = await Promise.all([
    withKnownCompose(engine, () => readEnvironment(context, initial, engine)),
    listObjects(engine),
  ]);
  const search = { environment: { ...initial, services: read.services }, installation };
  refuseForeignObjects(keyOf(initial), findForeignObjects({ ...search, objects, volumeNames: read.volumeNames }));
  const own = objects.containers.filter((container) => isOwnContainer(initial, installation, container));
  refusePaused(initial, own);
  const placed = await placeOnNetworks(context, { ...options, initial, read, networks: objects.networks, own });
  const { environment, written } = placed;
  await tellNews(context, { environment, read, findings: [...read.findings, ...written.findings] });
  const { containers: containerNames, volumes: volumeNames } = written.fixedNames;
  const claim = await claimNames(context, environment, written.fixedNames);
  try {
    if (containerNames.length + volumeNames.length > 0) {
      const now = await listObjects(engine);
      const foreign = findForeignObjects({ ...search, objects: now, containerNames, volumeNames });
      refuseForeignObjects(keyOf(initial), foreign);
    }
    const mustRecreate = placed.isNew ? own.length > 0 : await isAnyLost(engine, { environment, initial, own });
    const leaving = findLeaving(own, read.reading.active);
    const current = { ...read, services: environment.services };
    const { override, builtImages } = written;
    return { environment, read: current, override, builtImages, own, mustRecreate, leaving, claim };
  } catch (error) {
    await claim[Symbol.asyncDispose]();
    throw error;
  }
}

function findLeaving(own: readonly ContainerFacts[], active: readonly string[]): string[] {
  const services = own.filter((container) => !isOneOff(container)).map(({ labels }) => labels[labelKeys.service] ?? "");
  return [...new Set(services)].filter((service) => service !== "" && !active.includes(service)).sort();
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

/**
 * A container that was taken off a network by hand: Compose does not see that anything is missing. What the project says
 * anew, it does see.
 */
function isAnyDetached(environment: Environment, own: readonly ContainerFacts[]): boolean {
  return Object.values(observeServices(environment, own)).some(({ status }) => status === "detached");
}

/**
 * Whether a container cannot go on as it is: it was taken off a network by hand, or one of its networks was removed and made again since, by an `up` that did not get further
 * (the name is the same, and Docker goes by the id).
 */
async function isAnyLost(
  engine: Pick<RuntimeProvider, "listNetworks">,
  { environment, initial, own }: { environment: Environment; initial: Environment; own: readonly ContainerFacts[] },
): Promise<boolean> {
  if (own.length === 0) return false;
  if (isAnyDetached(initial, own)) return true;
  const networks = await engine.listNetworks({ [labelKeys.id]: environment.id });
  const ids = new Map(networks.map(({ name, id }) => [name, id]));
  return own.some(({ networkIds = {} }) =>
    Object.entries(networkIds).some(([name, id]) => ids.has(name) && ids.get(name) !== id),
  );
}
