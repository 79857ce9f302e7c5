import { existsSync } from "node:fs";
import { rm, rmdir } from "node:fs/promises";
import { dirname } from "node:path";
import { CiloError, hasErrorCode } from "../base/errors.ts";
import { faultPoint } from "../base/fault-point.ts";
import { type Environment, keyOf, type Operation } from "../model/environment.ts";
import { labelKeys } from "../model/labels.ts";
import { requireEnvironment } from "../model/state.ts";
import type { RuntimeProvider } from "../runtime/provider.ts";
import type { RunningOperation } from "../state/operation.ts";
import { withReserve } from "../state/reserve.ts";
import { removeWorkspace } from "../workspace/remove.ts";
import { type ControllerContext, step } from "./context.ts";
import { connectOrGiveUp } from "./engine-given-up.ts";
import { removeImages } from "./images.ts";
import { locate } from "./locations.ts";
import { beginEnvironmentOperation, recordingFailure } from "./operation.ts";
import { withdraw } from "./publish.ts";
import { type RemoveOptions, removeContainers } from "./remove-containers.ts";
import { stopContainers } from "./stop-containers.ts";
import { readTrashLimits } from "./trash/limits.ts";
import { clearTrash, findSavedUndo, saveUndo, type Undo } from "./trash/save-undo.ts";
import { removeLeftArchives } from "./trash/survey-volumes.ts";

export interface DestroyOptions {
  environmentId: string;
  noWait: boolean;
  keepWorkspace: boolean;
  /** Forget the environment although the engine it lives on cannot be had. */
  force: boolean;
  /** Save what only it has, so that it can be brought back; default true. */
  undo?: boolean;
  /** What the user knows will not be saved, as a plan names it; default all there is. */
  acceptedLosses?: readonly string[] | "all";
  /** Only to go on with a destruction that was not finished: see `OperationOptions`. */
  resumes?: Operation | null;
}

export interface Destroyed {
  /** Absolute; null: it went too. */
  keptWorkspace: string | null;
  /** Null: there is no way back. */
  undo: Undo | null;
}

/**
 * Removes an environment with everything cilo made for it: containers, network, volumes, images, names, workspace, state. Only what carries its id is touched. Before that it
 * saves what only the environment has to the trash. Interrupted, it can be repeated: state forgets the environment last.
 * @throws CILO_UNDO_FAILED, CILO_DISK_FULL, CILO_WORK_UNSAVED when that cannot be saved; nothing was removed then
 */
export async function destroyEnvironment(context: ControllerContext, options: DestroyOptions): Promise<Destroyed> {
  const sayFull = () =>
    context.emit({ type: "info", text: "the disk is full; going on with the space that is kept free for this" });
  return await withReserve(context.paths, sayFull, () => destroyOnce(context, options));
}

async function destroyOnce(context: ControllerContext, options: DestroyOptions): Promise<Destroyed> {
  const operation = await beginEnvironmentOperation(context, { ...options, kind: "destroy" });
  const { environment, revision, choice, undo } = await recordingFailure(
    context,
    { environmentId: options.environmentId, operation },
    () => remove(context, options, operation),
  );
  faultPoint("destroy.forgotten");
  await withdraw(context, environment.id, revision);
  faultPoint("destroy.withdrawn");
  await clearTrash(context, { limits: await readTrashLimits(context.paths), except: undo?.entry ?? null });
  return { keptWorkspace: choice.keepWorkspace ? locate(context.paths, environment).workspace : null, undo };
}

interface Removal {
  environment: Environment;
  revision: number;
  choice: Choice;
  undo: Undo | null;
}

type Choice = NonNullable<Environment["destruction"]>;

async function remove(
  context: ControllerContext,
  options: DestroyOptions,
  operation: RunningOperation,
): Promise<Removal> {
  const state = await context.store.read();
  const environment = requireEnvironment(state, options.environmentId);
  const choice = chooseHow(environment, options);
  await using engine = await connectOrGiveUp(context, { state, environment, force: options.force });
  const { installation } = state;
  await operation.update((record) => {
    record.destruction = choice;
  });
  faultPoint("destroy.chosen");
  const undo = await makeUndo(context, { engine, operation, environment, installation, choice, options });
  await operation.update((record) => {
    record.status = "destroying";
  });
  faultPoint("destroy.marked");
  if (engine) await removeFromEngine(context, { engine, operation, environment, installation });
  context.signal.throwIfAborted();
  await operation.step("remove-files");
  await removeFiles(context, environment, choice);
  const { revision } = await operation.finish((record, draft) => {
    delete draft.hosts.local.environments[keyOf(record)];
  });
  return { environment, revision, choice, undo };
}

/** Whoever finishes a destruction follows what was said when it was begun. */
function chooseHow(environment: Environment, { resumes, keepWorkspace, undo = true }: DestroyOptions): Choice {
  const { destruction } = environment;
  if (resumes !== undefined && destruction !== undefined) return destruction;
  return { keepWorkspace: keepsWorkspace(environment, keepWorkspace), undo };
}

/**
 * Tells whether the workspace stays. One that was to stay when a destruction was begun does so to the end, whatever is said later: its work was neither saved
 * nor asked about.
 */
export function keepsWorkspace({ status, destruction }: Environment, isWanted: boolean): boolean {
  return isWanted || (status === "destroying" && destruction?.keepWorkspace === true);
}

/** A workspace has its name once it is whole, so that what is there may have been worked on, whatever became of its creation. */
function isHalfCreated(interrupted: Operation | null, workspace: string): boolean {
  return interrupted?.kind === "create" && !existsSync(workspace);
}

interface UndoOptions extends Omit<RemoveOptions, "stepId" | "engine"> {
  engine: RuntimeProvider | null;
  choice: Choice;
  options: DestroyOptions;
}

/**
 * What was begun to be destroyed has its undo, or was to have none, and is not whole any more; what was never whole needs none. Containers are stopped first: data that change while they
 * are copied are worth little.
 */
async function makeUndo(context: ControllerContext, under: UndoOptions): Promise<Undo | null> {
  const { engine, operation, environment, installation, choice, options } = under;
  const limits = await readTrashLimits(context.paths);
  if (environment.status === "destroying") return await findSavedUndo(context, environment, limits);
  const isHalf = isHalfCreated(operation.interrupted, locate(context.paths, environment).workspace);
  if (!choice.undo || isHalf || limits.keepDays === 0) return null;
  if (engine) {
    await operation.step("stop");
    await stopContainers(context, { engine, operation, environment, installation });
    faultPoint("destroy.stopped");
  }
  await operation.step("save-undo");
  const { keepWorkspace } = choice;
  const accepted = options.acceptedLosses ?? "all";
  const undo = await saveUndo(context, { installation, environment, engine, keepWorkspace, limits, accepted });
  faultPoint("destroy.saved");
  return undo;
}

async function removeFiles(
  context: ControllerContext,
  environment: Environment,
  { keepWorkspace }: Choice,
): Promise<void> {
  const places = locate(context.paths, environment);
  if (!keepWorkspace) {
    await step(context, "remove the workspace", () =>
      removeWorkspace({ path: places.workspace, within: context.paths.envs }),
    );
  }
  faultPoint("destroy.workspace-removed");
  // Containers wrote there, as whoever they run as.
  await removeWorkspace({ path: places.standIns, within: context.paths.generated });
  faultPoint("destroy.stand-ins-removed");
  await rm(places.generated, { recursive: true, force: true });
  faultPoint("destroy.generated-removed");
  await removeEmptyDirectory(dirname(places.generated));
  await removeEmptyDirectory(dirname(places.workspace));
  faultPoint("destroy.folders-removed");
}

async function removeFromEngine(context: ControllerContext, options: Omit<RemoveOptions, "stepId">): Promise<void> {
  const { operation, environment } = options;
  await step(context, `remove ${keyOf(environment)} from the engine`, async (stepId) => {
    await removeContainers(context, { ...options, stepId });
    context.signal.throwIfAborted();
    await operation.step("remove-volumes");
    await removeLeftArchives(options);
    await removeVolumes(context, options);
    await operation.step("remove-images");
    await removeImages(context, options);
    faultPoint("destroy.images-removed");
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
      faultPoint("destroy.volume-removed");
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
