import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import { basename, resolve, sep } from "node:path";
import { CiloError } from "../base/errors.ts";
import { identityOfSelf, isAlive } from "../base/process-identity.ts";
import { resolveComposeFiles } from "../compose/files.ts";
import { type ProjectConfig, readProjectConfig } from "../compose/project-config.ts";
import { type Environment, keyOf, type Operation } from "../model/environment.ts";
import { parseSlug, toComposeProjectName, toSlug } from "../model/names.ts";
import type { State } from "../model/state.ts";
import { readHostRoutes } from "../network/routes.ts";
import { beginOperation } from "../state/operation.ts";
import { type CopyReport, copyWorkspace } from "../workspace/copy.ts";
import { type CopyPlan, planCopy } from "../workspace/plan.ts";
import { removeWorkspace } from "../workspace/remove.ts";
import { type ControllerContext, step } from "./context.ts";
import { connectEngine } from "./engine.ts";
import { pathInside, splitReference } from "./find-environment.ts";
import { locate } from "./locations.ts";
import { publish } from "./publish.ts";
import { chooseSubnet, type SubnetSurroundings } from "./subnets.ts";

export interface CreateOptions {
  /** "login" or "shop/login". */
  name: string;
  /** Any path; relative to the working directory. */
  from: string;
  project: string | null;
  onlyDirectory: boolean;
}

/**
 * Makes a new environment: its names and subnet reserved in state, its workspace copied. Works without an engine. On failure, and after a crash on the next try,
 * nothing of it is left.
 * @throws CILO_NAME_INVALID, CILO_SOURCE_INVALID, CILO_COMPOSE_FILE_NOT_FOUND, CILO_CONFIG_INVALID, CILO_ENVIRONMENT_EXISTS, CILO_POOL_EXHAUSTED, CILO_COPY_FAILED
 */
export async function createEnvironment(context: ControllerContext, options: CreateOptions): Promise<Environment> {
  const source = resolve(context.cwd, options.from);
  const plan = await planCopy({
    source,
    home: context.paths.home,
    onlyDirectory: options.onlyDirectory,
    signal: context.signal,
  });
  const projectDirectory = resolve(plan.root, plan.projectPath);
  const config = await readProjectConfig(projectDirectory);
  await resolveComposeFiles({
    projectDirectory,
    workspaceRoot: plan.root,
    configured: config.composeFiles,
    env: context.env,
  });
  const names = chooseNames(context, options, projectDirectory, config);
  const surroundings = await lookAround(context);
  await clearCrashedCreation(context, names);
  const journal = await newJournal(context);
  const { result: environment } = await context.store.update((draft) =>
    reserve(draft, { names, config, plan, source: projectDirectory, surroundings, journal, now: context.clock.now() }),
  );
  return await copyInto(context, environment, plan);
}

interface Names {
  project: string;
  name: string;
}

function chooseNames(
  context: ControllerContext,
  options: CreateOptions,
  projectDirectory: string,
  config: ProjectConfig,
): Names {
  const reference = splitReference(options.name, options.project);
  return {
    name: parseSlug(reference.name, "environment"),
    project: parseSlug(reference.project ?? config.project ?? deriveProjectName(context, projectDirectory), "project"),
  };
}

function deriveProjectName(context: ControllerContext, projectDirectory: string): string {
  const inEnvs = pathInside(context.paths.envs, projectDirectory);
  const directory = inEnvs ? (inEnvs.split(sep)[0] ?? "") : basename(projectDirectory);
  const slug = toSlug(directory);
  if (slug !== null) return slug;
  throw new CiloError(
    "CILO_NAME_INVALID",
    `no project name can be made of the directory name ${JSON.stringify(directory)}`,
    {
      hint: `name the project: cilo create ENV --project NAME --from ${projectDirectory}`,
    },
  );
}

/** Engine and routes are only asked: an engine that is down does not stop `create`, `up` looks again. */
async function lookAround(context: ControllerContext): Promise<SubnetSurroundings> {
  const routes = await readHostRoutes();
  try {
    const { runtime } = await connectEngine(context, await context.store.read());
    await using engine = runtime;
    return { networks: await engine.listNetworks({}), routes };
  } catch (error) {
    if (!(error instanceof CiloError)) throw error;
    return { networks: null, routes };
  }
}

async function newJournal(context: ControllerContext): Promise<Operation> {
  const self = await identityOfSelf();
  return { ...self, kind: "create", child: null, step: "reserved", startedAt: context.clock.now().toISOString() };
}

interface Reservation {
  names: Names;
  config: ProjectConfig;
  plan: CopyPlan;
  source: string;
  surroundings: SubnetSurroundings;
  journal: Operation;
  now: Date;
}

function reserve(draft: State, reservation: Reservation): Environment {
  const { names, config, plan, source, surroundings, journal, now } = reservation;
  const { environments } = draft.hosts.local;
  const key = keyOf(names);
  if (environments[key]) throw alreadyExists(environments[key]);
  const suffix = config.dnsSuffix ?? draft.suffix;
  const others = Object.values(environments);
  const environment: Environment = {
    id: randomUUID(),
    ...names,
    createdAt: now.toISOString(),
    source,
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
    profiles: config.profiles,
    services: {},
    sharedServices: [],
    sharedNetworks: [],
    anonymousVolumes: [],
    operation: journal,
    lastError: null,
  };
  environments[key] = environment;
  return environment;
}

function alreadyExists(environment: Environment): CiloError {
  const key = keyOf(environment);
  return new CiloError("CILO_ENVIRONMENT_EXISTS", `environment ${key} exists already (${environment.status})`, {
    hint: `start it with "cilo up ${key}", or choose another name`,
    details: { id: environment.id, status: environment.status },
  });
}

/** A creation that died half-way left a reservation and perhaps a half copy: neither was ever acknowledged, so both go. */
async function clearCrashedCreation(context: ControllerContext, names: Names): Promise<void> {
  const state = await context.store.read();
  const found = state.hosts.local.environments[keyOf(names)];
  if (found?.operation?.kind !== "create" || (await isAlive(found.operation))) return;
  const operation = await beginOperation({
    store: context.store,
    paths: context.paths,
    environmentId: found.id,
    kind: "create",
    noWait: true,
    signal: context.signal,
  });
  context.emit({ type: "info", text: `removing what an interrupted creation of ${keyOf(names)} left` });
  await removeFiles(context, found);
  await operation.finish((environment, draft) => {
    delete draft.hosts.local.environments[keyOf(environment)];
  });
}

async function copyInto(context: ControllerContext, reserved: Environment, plan: CopyPlan): Promise<Environment> {
  const operation = await beginOperation({
    store: context.store,
    paths: context.paths,
    environmentId: reserved.id,
    kind: "create",
    noWait: true,
    signal: context.signal,
  });
  try {
    await operation.step("copy");
    const { workspace } = locate(context.paths, reserved);
    const report = await step(
      context,
      `copy ${plan.root}`,
      () => copyWorkspace({ plan, destination: workspace, signal: context.signal }),
      (result) => `copied ${plan.root} (${result.files} files)`,
    );
    warnOfSkipped(context, report);
    const state = await operation.finish();
    const created = state.hosts.local.environments[keyOf(reserved)];
    if (!created) throw new Error(`environment ${keyOf(reserved)} left the state while it was created`);
    if (!created.shortNames) warnOfShortNames(context, state, created);
    await publish(context, created, state.revision);
    return created;
  } catch (error) {
    await undo(context, reserved, operation);
    throw error;
  }
}

async function undo(
  context: ControllerContext,
  reserved: Environment,
  operation: Awaited<ReturnType<typeof beginOperation>>,
): Promise<void> {
  await removeFiles(context, reserved);
  await operation.finish((environment, draft) => {
    delete draft.hosts.local.environments[keyOf(environment)];
  });
}

async function removeFiles(context: ControllerContext, environment: Environment): Promise<void> {
  const { workspace, generated } = locate(context.paths, environment);
  await removeWorkspace({ path: workspace, within: context.paths.envs });
  await rm(generated, { recursive: true, force: true });
}

function warnOfSkipped(context: ControllerContext, report: CopyReport): void {
  for (const { path, reason } of report.skipped) {
    context.emit({ type: "warning", text: `not copied: ${path} (${reason})` });
  }
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
