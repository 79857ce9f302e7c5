import { rm, rmdir } from "node:fs/promises";
import { dirname } from "node:path";
import { CiloError, hasErrorCode } from "../base/errors.ts";
import { type Environment, keyOf } from "../model/environment.ts";
import { labelKeys } from "../model/labels.ts";
import type { State } from "../model/state.ts";
import type { RuntimeProvider } from "../runtime/provider.ts";
import type { RunningOperation } from "../state/operation.ts";
import { removeWorkspace } from "../workspace/remove.ts";
import { type ControllerContext, step } from "./context.ts";
import { connectEngine } from "./engine.ts";
import { locate } from "./locations.ts";
import { beginEnvironmentOperation, noteFailure, setStatus } from "./operation.ts";
import { withdraw } from "./publish.ts";
import { type RemoveOptions, removeContainers } from "./remove-containers.ts";
import { requireEnvironment } from "./require-environment.ts";

/** What `destroy` would remove, to be shown before it does. */
export interface DestroyPlan {
  environment: Environment;
  workspace: string;
  containers: string[];
  volumes: string[];
}

/** Looks at what there is of an environment; changes nothing. */
export async function planDestroy(context: ControllerContext, environmentId: string): Promise<DestroyPlan> {
  const state = await context.store.read();
  const environment = requireEnvironment(state, environmentId);
  const { workspace } = locate(context.paths, environment);
  await using engine = await connectIfNeeded(context, state, environment);
  if (engine === null) return { environment, workspace, containers: [], volumes: [] };
  const filter = { [labelKeys.id]: environment.id, [labelKeys.installation]: state.installation };
  const [containers, volumes] = await Promise.all([engine.listContainers(filter), engine.listVolumes(filter)]);
  return {
    environment,
    workspace,
    containers: containers.map(({ name }) => name).sort(),
    volumes: volumes.map(({ name }) => name).sort(),
  };
}

/** An environment that was never started has left nothing on an engine: it can go without one. */
async function connectIfNeeded(
  context: ControllerContext,
  state: State,
  environment: Environment,
): Promise<RuntimeProvider | null> {
  try {
    return (await connectEngine(context, state)).runtime;
  } catch (error) {
    const isUntouched = environment.status === "created";
    if (isUntouched && error instanceof CiloError && error.code === "CILO_ENGINE_UNREACHABLE") return null;
    throw error;
  }
}

/**
 * Removes an environment with everything cilo made for it: containers, network, volumes, images, names, workspace, state. Only what carries its id is touched.
 * Interrupted, it can be repeated: state forgets the environment last.
 */
export async function destroyEnvironment(
  context: ControllerContext,
  options: { environmentId: string; noWait: boolean; keepWorkspace: boolean },
): Promise<{ keptWorkspace: string | null }> {
  const operation = await beginEnvironmentOperation(context, { ...options, kind: "destroy" });
  const { environment, revision } = await remove(context, options, operation).catch(async (error: unknown) => {
    await noteFailure(context, operation, error);
    throw error;
  });
  await withdraw(context, environment.id, revision);
  return { keptWorkspace: options.keepWorkspace ? locate(context.paths, environment).workspace : null };
}

async function remove(
  context: ControllerContext,
  options: { environmentId: string; keepWorkspace: boolean },
  operation: RunningOperation,
): Promise<{ environment: Environment; revision: number }> {
  const state = await context.store.read();
  const environment = requireEnvironment(state, options.environmentId);
  await using engine = await connectIfNeeded(context, state, environment);
  await setStatus(context, environment, "destroying");
  if (engine) await removeFromEngine(context, { engine, operation, environment, installation: state.installation });
  await operation.step("remove-files");
  const places = locate(context.paths, environment);
  if (!options.keepWorkspace) {
    await step(context, "remove the workspace", () =>
      removeWorkspace({ path: places.workspace, within: context.paths.envs }),
    );
  }
  await rm(places.generated, { recursive: true, force: true });
  await removeEmptyDirectory(dirname(places.generated));
  await removeEmptyDirectory(dirname(places.workspace));
  const { revision } = await operation.finish((record, draft) => {
    delete draft.hosts.local.environments[keyOf(record)];
  });
  return { environment, revision };
}

async function removeFromEngine(context: ControllerContext, options: Omit<RemoveOptions, "stepId">): Promise<void> {
  const { engine, operation, environment, installation } = options;
  await step(context, `remove ${keyOf(environment)} from the engine`, async (stepId) => {
    await removeContainers(context, { ...options, stepId });
    await operation.step("remove-volumes");
    await removeVolumes(context, engine, installation, environment.id);
    await operation.step("remove-images");
    await removeImages(engine, installation, environment.id);
  });
}

/** Named volumes by their label, and those without a name that were written down before their containers went. */
async function removeVolumes(
  context: ControllerContext,
  engine: RuntimeProvider,
  installation: string,
  environmentId: string,
): Promise<void> {
  const named = await engine.listVolumes({ [labelKeys.id]: environmentId, [labelKeys.installation]: installation });
  const { anonymousVolumes } = requireEnvironment(await context.store.read(), environmentId);
  for (const { name } of named) await engine.removeVolume(name);
  for (const name of anonymousVolumes) {
    try {
      await engine.removeVolume(name);
    } catch (error) {
      // Only somebody else's container can still hold it (`--volumes-from`), and what others use is not ours to take.
      if (!(error instanceof CiloError) || error.code !== "CILO_ENGINE_REQUEST_FAILED") throw error;
      context.emit({ type: "warning", text: `volume ${name} stays: ${error.message}` });
    }
  }
}

async function removeImages(engine: RuntimeProvider, installation: string, environmentId: string): Promise<void> {
  const images = await engine.listImages({ [labelKeys.id]: environmentId, [labelKeys.installation]: installation });
  for (const { id } of images) await engine.removeImage(id);
}

/** The project's folder goes with its last environment. */
async function removeEmptyDirectory(path: string): Promise<void> {
  try {
    await rmdir(path);
  } catch (error) {
    if (!hasErrorCode(error, "ENOENT", "ENOTEMPTY", "EEXIST")) throw error;
  }
}
