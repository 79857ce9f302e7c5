import { CiloError } from "../base/errors.ts";
import { faultPoint } from "../base/fault-point.ts";
import type { EngineFacts } from "../model/engine.ts";
import { type Environment, keyOf } from "../model/environment.ts";
import { isLive } from "../model/observation.ts";
import { requireEnvironment, type State } from "../model/state.ts";
import type { RuntimeProvider } from "../runtime/provider.ts";
import type { RunningOperation } from "../state/operation.ts";
import type { NetworkSettings } from "../state/settings.ts";
import { type ControllerContext, step } from "./context.ts";
import { connectEngine, pinEngine } from "./engine.ts";
import { forgetHalfCreated } from "./half-created.ts";
import { withKnownCompose } from "./known-compose.ts";
import { refuseOutsiders } from "./network.ts";
import { beginEnvironmentOperation, type OperationOptions, recordingFailure } from "./operation.ts";
import { readEnvironment } from "./prepare.ts";
import { publish } from "./publish.ts";
import { recordStopped } from "./record.ts";
import { listMembers, removeContainers } from "./remove-containers.ts";
import { readUserSettings } from "./settings.ts";
import { adoptBaseSubnets } from "./subnets/adopt-base-subnets.ts";
import { lookAround } from "./subnets/look-around.ts";
import { moveNetworks, type SubnetMove } from "./subnets/move-networks.ts";
import { subnetOf } from "./subnets/subnets.ts";
import { refuseHalfDestroyed, startServices } from "./up.ts";

export interface MigrateOptions extends Omit<OperationOptions, "kind"> {
  /**
   * The subnet that its own network is to have; null: the lowest free one, where it has to move. It is not in the journal: once recorded it is the environment's, and before that
   * whoever resumes leaves the environment where it was if it has no reason to move, as by then another may have the subnet and nobody is there to be told.
   */
  to: string | null;
  /** How long services may take to become healthy again. */
  timeoutMs: number;
}

export interface Migrated {
  environment: Environment;
  /** What moved; none when there was no reason to. */
  moves: SubnetMove[];
}

/** A migration under way. */
interface Migration {
  options: MigrateOptions;
  operation: RunningOperation;
  engine: RuntimeProvider;
  facts: EngineFacts;
  settings: NetworkSettings;
}

/**
 * Gives an environment other subnets where somebody else uses its own, they are outside the base subnet, or its networks
 * have others on the engine. Its containers and networks are made anew and run again if they ran; host parts, workspace
 * and volumes with a name stay.
 *
 * An environment that is to run again is `starting` from before anything of it is removed until it runs, and the journal
 * stays when that fails for another reason than its services. So after a failure or a crash the same again goes on, and so
 * do `up` and `down`.
 * @throws before anything is changed: CILO_POOL_EXHAUSTED, CILO_SUBNET_TAKEN, CILO_USAGE, CILO_FOREIGN_RESOURCE, and
 * what reading the project throws; after: what `takeDown` and `bringUp` throw.
 */
export async function migrateEnvironment(context: ControllerContext, options: MigrateOptions): Promise<Migrated> {
  const { environmentId } = options;
  const { network: settings } = await readUserSettings(context.paths);
  const operation = await beginEnvironmentOperation(context, { ...options, kind: "migrate" });
  await forgetHalfCreated(context, environmentId, operation);
  const under = { environmentId, operation, keepsJournal: (failure: unknown) => !isOfServices(failure) };
  const { state, moves } = await recordingFailure(context, under, async () => {
    const found = await context.store.read();
    refuseHalfDestroyed(requireEnvironment(found, environmentId));
    const { runtime, facts } = await connectEngine(context, found);
    await using engine = runtime;
    const planned = await move(context, { options, operation, engine, facts, settings });
    return await startAgain(context, { options, operation, planned });
  });
  const environment = requireEnvironment(state, environmentId);
  faultPoint("migrate.finished");
  await publish(context, environment, state.revision);
  faultPoint("migrate.published");
  return { environment, moves };
}

/** It was moved, and moving it again would not help. */
function isOfServices(failure: unknown): boolean {
  return failure instanceof CiloError && failure.code === "CILO_UP_FAILED";
}

/** @returns the moves as they were planned. */
async function move(context: ControllerContext, migration: Migration): Promise<SubnetMove[]> {
  const { options, operation, engine } = migration;
  const state = await context.store.read();
  const environment = requireEnvironment(state, options.environmentId);
  const planned = await planMoves(state, migration);
  if (planned.length === 0) return planned;
  const { installation } = state;
  const key = keyOf(environment);
  await operation.step("note-what-runs");
  await noteWhatRuns(context, migration, { installation, environment });
  await step(
    context,
    `take ${key} off its network`,
    (stepId) => removeContainers(context, { engine, installation, environment, operation, stepId }),
    () => `took ${key} off its network`,
  );
  faultPoint("migrate.network-left");
  await operation.step("record-subnet");
  await recordMoves(context, migration);
  faultPoint("migrate.subnet-recorded");
  return planned;
}

/** Works out the moves without making them, so that a subnet that cannot be had is told while everything still runs. */
async function planMoves(state: State, { engine, settings, options }: Migration): Promise<SubnetMove[]> {
  const surroundings = await lookAround(engine);
  const draft = structuredClone(state);
  adoptBaseSubnets(draft, settings);
  const environment = requireEnvironment(draft, options.environmentId);
  return moveNetworks(draft, surroundings, { environment, to: options.to });
}

/**
 * Afterwards nothing on the engine tells any more whether it ran. What could not be started again is told here, while it
 * still runs.
 */
async function noteWhatRuns(
  context: ControllerContext,
  { engine, facts, operation }: Migration,
  { installation, environment }: { installation: string; environment: Environment },
): Promise<void> {
  await refuseOutsiders({ runtime: engine, installation, environment });
  const { own } = await listMembers(engine, installation, environment);
  const isUp = own.some(isLive);
  if (isUp) await withKnownCompose(engine, () => readEnvironment(context, environment, engine));
  await operation.update((record, draft) => {
    pinEngine(draft, facts);
    if (isUp) record.status = "starting";
    else if (!["created", "starting"].includes(record.status)) record.status = "stopped";
  });
  faultPoint("migrate.intent-recorded");
}

/** Others may have come and gone while containers were stopped, so it is looked again. */
async function recordMoves(context: ControllerContext, migration: Migration): Promise<void> {
  const { engine, operation, settings, options } = migration;
  const surroundings = await lookAround(engine);
  let news: string[] = [];
  await operation.update((environment, draft) => {
    news = adoptBaseSubnets(draft, settings);
    moveNetworks(draft, surroundings, { environment, to: options.to });
    environment.services = recordStopped(environment.services);
    environment.lastError = null;
  });
  for (const text of news) context.emit({ type: "info", text });
}

interface StartAgain extends Pick<Migration, "options" | "operation"> {
  planned: readonly SubnetMove[];
}

/** Brings the environment up where it was up, and ends the operation. */
async function startAgain(
  context: ControllerContext,
  { options, operation, planned }: StartAgain,
): Promise<{ state: State; moves: SubnetMove[] }> {
  const { environmentId, timeoutMs } = options;
  const environment = requireEnvironment(await context.store.read(), environmentId);
  const moves = planned
    .map((move) => ({ ...move, to: subnetOf(environment, move.network) ?? move.to }))
    .filter(({ from, to }) => from !== to);
  const isResumed = operation.interrupted?.kind === "migrate";
  const isToStart = environment.status === "starting" && (planned.length > 0 || isResumed);
  if (!isToStart) return { state: await operation.finish(), moves };
  const asBefore = { environmentId, build: false, recreate: false, profiles: null, timeoutMs };
  const { state } = await startServices(context, asBefore, operation);
  return { state, moves };
}
