import { existsSync } from "node:fs";
import { rm, rmdir } from "node:fs/promises";
import { dirname } from "node:path";
import { CiloError, hasErrorCode } from "../base/errors.ts";
import { type Environment, keyOf } from "../model/environment.ts";
import { networkNamesOf } from "../model/kept-networks.ts";
import { labelKeys } from "../model/labels.ts";
import { requireEnvironment, type State } from "../model/state.ts";
import type { RuntimeProvider } from "../runtime/provider.ts";
import type { RunningOperation } from "../state/operation.ts";
import { removeWorkspace } from "../workspace/remove.ts";
import { isOwnContainer } from "./conflicts.ts";
import { type ControllerContext, step } from "./context.ts";
import { connectEngine } from "./engine.ts";
import { listOwnImageTags, removeImages } from "./images.ts";
import { locate } from "./locations.ts";
import { beginEnvironmentOperation, recordingFailure } from "./operation.ts";
import { withdraw } from "./publish.ts";
import { type RemoveOptions, removeContainers } from "./remove-containers.ts";

/** What `destroy` would remove, to be shown before it does. */
export interface DestroyPlan {
  environment: Environment;
  workspace: string;
  containers: string[];
  networks: string[];
  /** Volumes with a name, and those without that were written down. */
  volumes: string[];
  images: string[];
  /** The directories that stood in for what the project mounts from beside it, with what containers wrote there; null where there are none. */
  standIns: string | null;
}

export interface DestroyOptions {
  environmentId: string;
  noWait: boolean;
  keepWorkspace: boolean;
  /** Forget the environment although the engine it lives on cannot be had. */
  force: boolean;
}

/** Looks at what there is of an environment; changes nothing. */
export async function planDestroy(context: ControllerContext, environmentId: string): Promise<DestroyPlan> {
  const state = await context.store.read();
  const { installation } = state;
  const environment = requireEnvironment(state, environmentId);
  const places = locate(context.paths, environment);
  const { workspace } = places;
  const standIns = existsSync(places.standIns) ? places.standIns : null;
  await using engine = await connectIfNeeded(context, { state, environment, force: false });
  const files = { environment, workspace, standIns };
  if (engine === null) return { ...files, containers: [], networks: [], volumes: [], images: [] };
  const filter = { [labelKeys.id]: environment.id, [labelKeys.installation]: installation };
  const [containers, networks, volumes, images] = await Promise.all([
    engine.listContainers(filter),
    engine.listNetworks(filter),
    engine.listVolumes(filter),
    listOwnImageTags({ engine, installation, environment }),
  ]);
  const own = containers.filter((container) => isOwnContainer(environment, installation, container));
  return {
    ...files,
    containers: own.map(({ name }) => name).sort(),
    networks: networks.map(({ name }) => name).sort(),
    volumes: [...volumes.map(({ name }) => name).sort(), ...environment.anonymousVolumes],
    images,
  };
}

/**
 * Removes an environment with everything cilo made for it: containers, network, volumes, images, names, workspace, state. Only what carries its id is touched.
 * Interrupted, it can be repeated: state forgets the environment last.
 */
export async function destroyEnvironment(
  context: ControllerContext,
  options: DestroyOptions,
): Promise<{ keptWorkspace: string | null }> {
  const operation = await beginEnvironmentOperation(context, { ...options, kind: "destroy" });
  const { environment, revision } = await recordingFailure(
    context,
    { environmentId: options.environmentId, operation },
    () => remove(context, options, operation),
  );
  await withdraw(context, environment.id, revision);
  return { keptWorkspace: options.keepWorkspace ? locate(context.paths, environment).workspace : null };
}

async function remove(
  context: ControllerContext,
  options: DestroyOptions,
  operation: RunningOperation,
): Promise<{ environment: Environment; revision: number }> {
  const state = await context.store.read();
  const environment = requireEnvironment(state, options.environmentId);
  await using engine = await connectIfNeeded(context, { state, environment, force: options.force });
  await context.store.update((draft) => {
    requireEnvironment(draft, environment.id).status = "destroying";
  });
  if (engine) await removeFromEngine(context, { engine, operation, environment, installation: state.installation });
  context.signal.throwIfAborted();
  await operation.step("remove-files");
  const places = locate(context.paths, environment);
  if (!options.keepWorkspace) {
    await step(context, "remove the workspace", () =>
      removeWorkspace({ path: places.workspace, within: context.paths.envs }),
    );
  }
  // Containers wrote there, as whoever they run as.
  await removeWorkspace({ path: places.standIns, within: context.paths.generated });
  await rm(places.generated, { recursive: true, force: true });
  await removeEmptyDirectory(dirname(places.generated));
  await removeEmptyDirectory(dirname(places.workspace));
  const { revision } = await operation.finish((record, draft) => {
    delete draft.hosts.local.environments[keyOf(record)];
  });
  return { environment, revision };
}

/**
 * An environment that never had an address has left nothing on an engine: it can go without one.
 * @returns null when the engine is not needed, or is given up with `force`.
 */
async function connectIfNeeded(
  context: ControllerContext,
  options: { state: State; environment: Environment; force: boolean },
): Promise<RuntimeProvider | null> {
  const { state, environment, force } = options;
  try {
    return (await connectEngine(context, state)).runtime;
  } catch (error) {
    const isEngineGone =
      error instanceof CiloError && ["CILO_ENGINE_UNREACHABLE", "CILO_ENGINE_CHANGED"].includes(error.code);
    if (!isEngineGone) throw error;
    if (Object.keys(environment.services).length === 0) return null;
    if (!force) throw error;
    const networks = [...networkNamesOf(environment).values()];
    const what = `containers, volumes and ${networks.length === 1 ? "network" : "networks"} ${networks.join(", ")}`;
    context.emit({ type: "warning", text: `${error.message}; ${what} stay there` });
    return null;
  }
}

async function removeFromEngine(context: ControllerContext, options: Omit<RemoveOptions, "stepId">): Promise<void> {
  const { operation, environment } = options;
  await step(context, `remove ${keyOf(environment)} from the engine`, async (stepId) => {
    await removeContainers(context, { ...options, stepId });
    context.signal.throwIfAborted();
    await operation.step("remove-volumes");
    await removeVolumes(context, options);
    await operation.step("remove-images");
    await removeImages(context, options);
  });
}

/** Named volumes by their label, and those without a name that were written down before their containers went. */
async function removeVolumes(context: ControllerContext, options: Omit<RemoveOptions, "stepId">): Promise<void> {
  const { engine, installation, environment } = options;
  const named = await engine.listVolumes({ [labelKeys.id]: environment.id, [labelKeys.installation]: installation });
  const { anonymousVolumes } = requireEnvironment(await context.store.read(), environment.id);
  for (const name of [...named.map((volume) => volume.name), ...anonymousVolumes]) {
    try {
      await engine.removeVolume(name);
    } catch (error) {
      // Only somebody else's container can still hold it, and what others use is not ours to take.
      if (!(error instanceof CiloError) || error.code !== "CILO_ENGINE_REQUEST_FAILED") throw error;
      context.emit({ type: "warning", text: `volume ${name} stays: ${error.message}` });
    }
  }
}

/** The project's folder goes with its last environment. */
async function removeEmptyDirectory(path: string): Promise<void> {
  try {
    await rmdir(path);
  } catch (error) {
    if (!hasErrorCode(error, "ENOENT", "ENOTEMPTY", "EEXIST")) throw error;
  }
}
