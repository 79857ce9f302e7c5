import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { CiloError, messageOf } from "../base/errors.ts";
import { faultPoint } from "../base/fault-point.ts";
import { makeDirectory } from "../base/make-directory.ts";
import { type Environment, keyOf, type Operation } from "../model/environment.ts";
import { labelKeys } from "../model/labels.ts";
import { parseSlug, toComposeProjectName } from "../model/names.ts";
import { restorationSteps } from "../model/restoration.ts";
import { requireEnvironment, type State } from "../model/state.ts";
import { beginCreation, type RunningOperation } from "../state/operation.ts";
import { copyDirectory } from "../workspace/copy-directory.ts";
import { removeWorkspace } from "../workspace/remove.ts";
import { type ControllerContext, step } from "./context.ts";
import { alreadyExists, makeWay, refuseLeftFiles } from "./create.ts";
import { connectEngine } from "./engine.ts";
import { locate } from "./locations.ts";
import { publish } from "./publish.ts";
import { recordStopped } from "./record.ts";
import { lookAroundIfPossible } from "./subnets/look-around.ts";
import { describePlacement, placeNetworks } from "./subnets/subnets.ts";
import type { SubnetSurroundings } from "./subnets/taken-subnets.ts";
import { type SavedVolume, standInDirectory } from "./trash/entry.ts";
import { useEntry } from "./trash/entry-user.ts";
import type { WholeEntry } from "./trash/find-entry.ts";
import { removeTrashEntry } from "./trash/list-trash.ts";
import { restoreVolumes } from "./trash/restore-volumes.ts";
import { restoreWorkspace } from "./trash/restore-workspace.ts";
import { removeLeftArchives } from "./trash/survey-volumes.ts";

export interface RestoreOptions {
  entry: WholeEntry;
  /** The environment's name from now on; null: the one it had. */
  name: string | null;
}

export interface Restored {
  environment: Environment;
  /** Files that neither the entry nor the source has as they were, relative to the workspace. */
  missing: string[];
  /** Volumes without a name: Compose cannot be given them back, so they stay where they are, `file` is absolute. */
  anonymous: Pick<SavedVolume, "name" | "file">[];
  /** The entry's directory, because something in it was not used; null: it is gone. */
  keptEntry: string | null;
}

/**
 * Brings a destroyed environment back: its record, its workspace and its volumes; it is then as after `down`. Under its own name it has its own id too.
 * @throws CILO_ENVIRONMENT_EXISTS, CILO_WORKSPACE_EXISTS, CILO_FOREIGN_RESOURCE, CILO_RESTORE_FAILED; the entry is as it was then, and nothing else is left
 */
export async function restoreEnvironment(context: ControllerContext, options: RestoreOptions): Promise<Restored> {
  const { path, record } = options.entry;
  const before = record.environment;
  const names = { project: before.project, name: parseSlug(options.name ?? before.name, "environment") };
  const isRenamed = names.name !== before.name;
  if (record.keptWorkspace && isRenamed) throw filesAreElsewhere(context, options.entry);
  const state = await context.store.read();
  const hasFiles = record.keptWorkspace && !isRenamed;
  await makeWay(context, state, names);
  if (!hasFiles) await refuseLeftFiles(context, names);
  await using _use = await useEntry(path);
  const surroundings = await lookAroundIfPossible(context, state);
  const wanted = { ...before, ...names, id: isRenamed ? randomUUID() : before.id };
  const operation = await beginCreation({
    store: context.store,
    paths: context.paths,
    environmentId: wanted.id,
    key: keyOf(wanted),
    signal: context.signal,
    step: hasFiles ? restorationSteps.besideFiles : restorationSteps.whole,
    insert: (draft, journal) => reserve(draft, { wanted, isRenamed, hasFiles, surroundings, journal }),
  });
  faultPoint("restore.reserved");
  const restored = await fill(context, { ...options, id: wanted.id, operation });
  const { state: after, missing } = restored;
  const environment = requireEnvironment(after, wanted.id);
  for (const text of describePlacement(after, surroundings, { before, after: environment }).moves) {
    context.emit({ type: "info", text });
  }
  await publish(context, environment, after.revision);
  const anonymous = record.volumes
    .filter((volume) => volume.anonymous)
    .map(({ name, file }) => ({ name, file: join(path, file) }));
  const isUsedUp = missing.length === 0 && anonymous.length === 0;
  if (isUsedUp) await removeTrashEntry(context.paths, options.entry);
  return { environment, missing, anonymous, keptEntry: isUsedUp ? null : path };
}

/** They are where they were, and may be in use there. */
function filesAreElsewhere({ paths }: ControllerContext, { name, record }: WholeEntry): CiloError {
  const { environment } = record;
  const { workspace } = locate(paths, environment);
  const key = keyOf(environment);
  return new CiloError("CILO_RESTORE_FAILED", `${key} can come back by that name only: its files are in ${workspace}`, {
    hint: `run "cilo restore ${name}"`,
    details: { workspace },
  });
}

interface Reservation {
  wanted: Environment;
  isRenamed: boolean;
  /** Its workspace was left where it is. */
  hasFiles: boolean;
  surroundings: SubnetSurroundings;
  journal: Operation;
}

function reserve(draft: State, { wanted, isRenamed, hasFiles, surroundings, journal }: Reservation): void {
  const { environments } = draft.hosts.local;
  const key = keyOf(wanted);
  const others = Object.values(environments);
  const same = environments[key] ?? others.find(({ id }) => id === wanted.id);
  if (same) throw alreadyExists(same);
  const taken = new Set(others.map(({ composeProject }) => composeProject));
  const keepsProject = !isRenamed && !taken.has(wanted.composeProject);
  const { builtImages: _images, destruction: _destruction, ...kept } = structuredClone(wanted);
  const isTaken = (other: Environment) =>
    other.name === wanted.name && other.suffix === wanted.suffix && other.shortNames;
  const environment: Environment = {
    ...kept,
    composeProject: keepsProject ? wanted.composeProject : toComposeProjectName(wanted.project, wanted.name, taken),
    shortNames: (wanted.shortNames || isRenamed) && !others.some(isTaken),
    status: hasFiles ? "failed" : "created",
    services: recordStopped(wanted.services),
    anonymousVolumes: [],
    operation: journal,
    lastError: hasFiles ? "its volumes were not all brought back" : null,
  };
  environments[key] = environment;
  const networks = Object.keys(environment.keptNetworks ?? {}).sort();
  placeNetworks(draft, surroundings, { environment, kept: networks, isBound: false });
}

interface Filling extends RestoreOptions {
  id: string;
  operation: RunningOperation;
}

async function fill(context: ControllerContext, filling: Filling): Promise<{ state: State; missing: string[] }> {
  const { entry, id, operation } = filling;
  const environment = requireEnvironment(await context.store.read(), id);
  const key = keyOf(environment);
  try {
    await bringBackVolumes(context, entry, environment);
    await bringBackStandIns(context, entry, environment);
    // Last: an environment whose creation was cut off is taken for whole where its workspace is there.
    const missing = await step(context, `bring back the workspace of ${key}`, () =>
      restoreWorkspace(context, entry, environment),
    );
    faultPoint("restore.workspace-made");
    const state = await operation.finish((record) => {
      record.status = entry.record.environment.status === "created" ? "created" : "stopped";
      record.lastError = null;
    });
    faultPoint("restore.finished");
    return { state, missing };
  } catch (error) {
    await takeBack(context, filling, environment).catch((trouble: unknown) => {
      context.emit({ type: "warning", text: `what was brought back stays until the next try: ${messageOf(trouble)}` });
    });
    throw withPlace(error, entry, key);
  }
}

async function bringBackVolumes(
  context: ControllerContext,
  { path, record }: WholeEntry,
  environment: Environment,
): Promise<void> {
  const { volumes, environment: before } = record;
  if (!volumes.some(({ anonymous }) => !anonymous)) return;
  const state = await context.store.read();
  const { runtime } = await connectEngine(context, state);
  await using engine = runtime;
  const { installation } = state;
  await step(context, `bring back the volumes of ${keyOf(environment)}`, () =>
    restoreVolumes(context, { engine, installation, environment, before, from: path, volumes }),
  );
}

async function bringBackStandIns(
  { paths, signal }: ControllerContext,
  { path, record }: WholeEntry,
  environment: Environment,
): Promise<void> {
  if (!record.hasStandIns) return;
  const { generated, standIns } = locate(paths, environment);
  await removeWorkspace({ path: standIns, within: paths.generated });
  await makeDirectory(generated);
  await copyDirectory(join(path, standInDirectory), standIns, signal);
}

/** Only what this try has made; volumes go by the environment's id. */
async function takeBack(
  context: ControllerContext,
  { entry, operation }: Filling,
  environment: Environment,
): Promise<void> {
  const { workspace, standIns, generated } = locate(context.paths, environment);
  if (!entry.record.keptWorkspace) await removeWorkspace({ path: workspace, within: context.paths.envs });
  await removeWorkspace({ path: standIns, within: context.paths.generated });
  await rm(generated, { recursive: true, force: true });
  await removeVolumes(context, entry, environment);
  await operation.finish((record, draft) => {
    delete draft.hosts.local.environments[keyOf(record)];
  });
}

async function removeVolumes(
  context: ControllerContext,
  { record }: WholeEntry,
  environment: Environment,
): Promise<void> {
  if (!record.volumes.some(({ anonymous }) => !anonymous)) return;
  const state = await context.store.read();
  const { runtime } = await connectEngine(context, state);
  await using engine = runtime;
  await removeLeftArchives({ engine, installation: state.installation, environment });
  for (const { name } of await engine.listVolumes({
    [labelKeys.id]: environment.id,
    [labelKeys.installation]: state.installation,
  })) {
    await engine.removeVolume(name);
  }
}

/** Whoever wants to go on by hand is told where everything lies. */
function withPlace(error: unknown, { path }: WholeEntry, key: string): unknown {
  if (!(error instanceof CiloError) || error.code !== "CILO_RESTORE_FAILED") return error;
  return new CiloError("CILO_RESTORE_FAILED", `cannot bring ${key} back: ${error.message}`, {
    hint: `look into ${path}: it has files in workspace/files, and for each repository a bundle that "git fetch" reads`,
    details: { ...error.details, entry: path },
    cause: error,
  });
}
