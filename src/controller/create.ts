import { randomUUID } from "node:crypto";
import { lstat, rm } from "node:fs/promises";
import { CiloError, hasErrorCode, messageOf } from "../base/errors.ts";
import { faultPoint } from "../base/fault-point.ts";
import { isAlive } from "../base/process-identity.ts";
import { type Environment, keyOf, type Operation } from "../model/environment.ts";
import { parseSlug, toComposeProjectName } from "../model/names.ts";
import { isBesideFiles } from "../model/restoration.ts";
import { requireEnvironment, type State } from "../model/state.ts";
import { beginCreation, beginOperation, type RunningOperation } from "../state/operation.ts";
import { keepReserve } from "../state/reserve.ts";
import { copyWorkspace } from "../workspace/copy.ts";
import type { CopyPlan } from "../workspace/plan.ts";
import { removeWorkspace } from "../workspace/remove.ts";
import { type ControllerContext, step } from "./context.ts";
import { splitReference } from "./find-environment.ts";
import { locate } from "./locations.ts";
import { deriveProjectName } from "./project-name.ts";
import { publish } from "./publish.ts";
import { readSource, type SourceOptions, type SourceProject } from "./read-source.ts";
import { readUserSettings } from "./settings.ts";
import { adoptBaseSubnets } from "./subnets/adopt-base-subnets.ts";
import { lookAroundIfPossible } from "./subnets/look-around.ts";
import { chooseSubnet } from "./subnets/subnets.ts";
import type { SubnetSurroundings } from "./subnets/taken-subnets.ts";

export interface CreateOptions extends SourceOptions {
  /** "login" or "shop/login". */
  name: string;
  project: string | null;
}

/**
 * Makes a new environment: its names and subnet reserved in state, its workspace copied. Works without an engine. On failure, and after a crash on the next try,
 * nothing of it is left.
 * @throws CILO_USAGE, CILO_NAME_INVALID, CILO_SOURCE_INVALID, CILO_COMPOSE_FILE_NOT_FOUND, CILO_CONFIG_INVALID, CILO_ENVIRONMENT_EXISTS, CILO_WORKSPACE_EXISTS, CILO_POOL_EXHAUSTED,
 * CILO_COPY_FAILED
 */
export async function createEnvironment(context: ControllerContext, options: CreateOptions): Promise<Environment> {
  // A wrong name is told first: it needs no look at any file.
  parseSlug(splitReference(options.name, options.project).name, "environment");
  const project = await readSource(context, options);
  const names = chooseNames(context, options, project);
  const { network: settings } = await readUserSettings(context.paths);
  const before = await context.store.read();
  await makeWay(context, before, names);
  // An engine that is down does not stop `create`: `up` looks again.
  const surroundings = await lookAroundIfPossible(context, before);
  context.signal.throwIfAborted();
  await refuseLeftFiles(context, names);
  const id = randomUUID();
  let news: string[] = [];
  const operation = await beginCreation({
    store: context.store,
    paths: context.paths,
    environmentId: id,
    key: keyOf(names),
    signal: context.signal,
    step: "copy",
    insert: (draft, journal) => {
      news = adoptBaseSubnets(draft, settings);
      const now = context.clock.now();
      reserve(draft, { id, names, project, surroundings, journal, now, profiles: options.profiles });
    },
  });
  for (const text of news) context.emit({ type: "info", text });
  const state = await fill(context, { names, plan: project.plan, operation });
  const created = requireEnvironment(state, id);
  faultPoint("create.finished");
  if (!created.shortNames) warnOfShortNames(context, state, created);
  await publish(context, created, state.revision);
  faultPoint("create.published");
  await keepReserve(context.paths);
  return created;
}

/** What an environment is to be called. */
export interface Names {
  project: string;
  name: string;
}

function chooseNames(context: ControllerContext, options: CreateOptions, source: SourceProject): Names {
  const reference = splitReference(options.name, options.project);
  const project = reference.project ?? source.config.project ?? deriveProjectName(context.paths, source.directory);
  return { name: parseSlug(reference.name, "environment"), project: parseSlug(project, "project") };
}

/**
 * A creation that died half-way left a reservation and perhaps a copy: neither was ever acknowledged, so both go. Files
 * that were there before stay.
 */
export async function makeWay(context: ControllerContext, state: State, names: Names): Promise<void> {
  const found = state.hosts.local.environments[keyOf(names)];
  if (!found) return;
  // Told before anything is looked at or locked; the reservation says it again.
  if (found.operation?.kind !== "create" || (await isAlive(found.operation))) throw alreadyExists(found);
  // Its process may have ended because it was done: then that is in state by now.
  const current = (await context.store.read()).hosts.local.environments[keyOf(names)];
  if (!current) return;
  if (current.operation?.kind !== "create" || (await isAlive(current.operation))) throw alreadyExists(current);
  const operation = await beginOperation({
    store: context.store,
    paths: context.paths,
    environmentId: current.id,
    kind: "create",
    noWait: true,
    signal: context.signal,
  });
  // Another command may have finished it meanwhile; then it exists, as the reservation says.
  if (operation.interrupted?.kind !== "create") return await operation.release();
  context.emit({ type: "info", text: `removing what an interrupted creation of ${keyOf(names)} left` });
  await undo(context, current, operation);
}

/** Files that are there although no environment is are somebody's work: `destroy --keep-workspace` leaves such. */
export async function refuseLeftFiles(context: ControllerContext, names: Names): Promise<void> {
  const { workspace } = locate(context.paths, { ...names, projectPath: "" });
  try {
    await lstat(workspace);
  } catch (error) {
    if (hasErrorCode(error, "ENOENT", "ENOTDIR")) return;
    throw error;
  }
  // Read only now: an environment that another process has made meanwhile is one that exists already.
  if ((await context.store.read()).hosts.local.environments[keyOf(names)]) return;
  throw new CiloError("CILO_WORKSPACE_EXISTS", `there are files of an earlier ${keyOf(names)} in ${workspace}`, {
    hint: `move them away, "mv '${workspace}' ELSEWHERE", then run the same command again`,
    details: { workspace },
  });
}

interface Reservation {
  id: string;
  names: Names;
  project: SourceProject;
  surroundings: SubnetSurroundings;
  journal: Operation;
  now: Date;
  profiles: CreateOptions["profiles"];
}

function reserve(draft: State, reservation: Reservation): void {
  const { id, names, project, surroundings, journal, now, profiles } = reservation;
  const { environments } = draft.hosts.local;
  const key = keyOf(names);
  if (environments[key]) throw alreadyExists(environments[key]);
  const { config, plan, directory } = project;
  const suffix = config.dnsSuffix ?? draft.suffix;
  const others = Object.values(environments);
  environments[key] = {
    id,
    ...names,
    createdAt: now.toISOString(),
    source: directory,
    projectPath: plan.projectPath,
    subnet: chooseSubnet(draft, surroundings),
    status: "created",
    suffix,
    shortNames: !others.some((other) => other.name === names.name && other.suffix === suffix && other.shortNames),
    composeProject: toComposeProjectName(
      names.project,
      names.name,
      new Set(others.map((other) => other.composeProject)),
    ),
    composeFiles: config.composeFiles,
    profiles: profiles === null ? config.profiles : [...new Set(profiles)],
    ...(profiles === null ? {} : { profilesChosen: true }),
    services: {},
    sharedServices: [],
    sharedNetworks: [],
    anonymousVolumes: [],
    operation: journal,
    lastError: null,
  };
}

/** The refusal to make an environment that is there. */
export function alreadyExists(environment: Environment): CiloError {
  const key = keyOf(environment);
  if (environment.operation?.kind === "create") {
    const { pid, startedAt } = environment.operation;
    return new CiloError(
      "CILO_ENVIRONMENT_EXISTS",
      `environment ${key} is being created (pid ${pid}, since ${startedAt})`,
      {
        hint: `see "cilo status ${key}" for when it is there, or choose another name`,
        details: { id: environment.id, status: environment.status, pid },
      },
    );
  }
  return new CiloError("CILO_ENVIRONMENT_EXISTS", `environment ${key} exists already (${environment.status})`, {
    hint: `start it with "cilo up ${key}", or choose another name`,
    details: { id: environment.id, status: environment.status },
  });
}

/** Copies the workspace, all or nothing, and ends the operation. */
async function fill(
  context: ControllerContext,
  options: { names: Names; plan: CopyPlan; operation: RunningOperation },
): Promise<State> {
  const { names, plan, operation } = options;
  const { workspace } = locate(context.paths, { ...names, projectPath: plan.projectPath });
  try {
    const { skipped } = await step(
      context,
      `copy ${plan.root}`,
      () => copyWorkspace({ plan, destination: workspace, signal: context.signal }),
      ({ files }) => `copied ${plan.root} (${files === 1 ? "1 file" : `${files} files`})`,
    );
    for (const { path, reason } of skipped) {
      context.emit({ type: "warning", text: `not copied: ${path} (${reason})` });
    }
  } catch (error) {
    // A copy that fails leaves nothing; what is at its place then is not ours.
    await forget(operation).catch((trouble: unknown) => {
      context.emit({ type: "warning", text: `the reservation stays until the next try: ${messageOf(trouble)}` });
    });
    throw error;
  }
  try {
    faultPoint("create.filled");
    return await operation.finish();
  } catch (error) {
    await removeFiles(context, names);
    throw error;
  }
}

async function undo(context: ControllerContext, reserved: Environment, operation: RunningOperation): Promise<void> {
  const keepsFiles = operation.interrupted !== null && isBesideFiles(operation.interrupted);
  if (!keepsFiles) await removeFiles(context, reserved);
  await forget(operation);
}

async function forget(operation: RunningOperation): Promise<void> {
  await operation.finish((environment, draft) => {
    delete draft.hosts.local.environments[keyOf(environment)];
  });
}

async function removeFiles(context: ControllerContext, names: Names): Promise<void> {
  const { workspace, generated } = locate(context.paths, { ...names, projectPath: "" });
  await removeWorkspace({ path: workspace, within: context.paths.envs, atOnce: true });
  await rm(generated, { recursive: true, force: true });
}

function warnOfShortNames(context: ControllerContext, state: State, created: Environment): void {
  const owner = Object.values(state.hosts.local.environments).find(
    (other) => other.name === created.name && other.suffix === created.suffix && other.shortNames,
  );
  const short = `SERVICE.${created.name}.${created.suffix}`;
  const long = `SERVICE.${created.project}.${created.name}.${created.suffix}`;
  const whose = owner ? ` belongs to ${keyOf(owner)}` : " is taken";
  context.emit({ type: "warning", text: `${short}${whose}; this environment answers as ${long}` });
}
