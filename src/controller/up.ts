import { CiloError } from "../base/errors.ts";
import { faultPoint } from "../base/fault-point.ts";
import type { EngineFacts } from "../model/engine.ts";
import { type Environment, keyOf } from "../model/environment.ts";
import { judgeStatus } from "../model/observation.ts";
import { requireEnvironment, type State } from "../model/state.ts";
import type { RunningOperation } from "../state/operation.ts";
import { keepReserve } from "../state/reserve.ts";
import { composeUp } from "./compose-up.ts";
import { type ControllerContext, step } from "./context.ts";
import { connectEngine, pinEngine } from "./engine.ts";
import { servicesFailed, withFailedServices } from "./failed-services.ts";
import { forgetHalfCreated } from "./half-created.ts";
import { listLabelledImages } from "./images.ts";
import { beginEnvironmentOperation, recordingFailure } from "./operation.ts";
import { prepareUp } from "./prepare-up.ts";
import type { ProfileChoice } from "./profile-choice.ts";
import { publish } from "./publish.ts";
import { addAnonymousVolumes, addBuiltImages, recordObserved, recordStopped } from "./record.ts";
import { type SettleResult, settle } from "./settle.ts";
import { takeOverArchives } from "./trash/take-over-archives.ts";
import { isUnchanged } from "./unchanged.ts";

export interface UpOptions {
  environmentId: string;
  noWait: boolean;
  build: boolean;
  recreate: boolean;
  profiles: ProfileChoice;
  /** How long services may take to become healthy. */
  timeoutMs: number;
}

/** How an environment was brought up. */
export interface BroughtUp {
  /** Its record; the status is `stopped` when there was nothing to keep running. */
  environment: Environment;
  /** Whether everything ran already as it is to be. */
  wasUp: boolean;
}

/**
 * Brings an environment up and returns once its services run, are healthy where they say how to tell, and its names answer.
 * On failure state says why; what did start keeps running, and `up`, `down` and `destroy` all go on from there.
 * @throws CILO_ENGINE_UNREACHABLE, CILO_COMPOSE_INVALID, CILO_FOREIGN_RESOURCE, CILO_SUBNET_TAKEN, CILO_UP_FAILED
 */
export async function bringUp(context: ControllerContext, options: UpOptions): Promise<BroughtUp> {
  const { environmentId } = options;
  const operation = await beginEnvironmentOperation(context, { ...options, kind: "up" });
  await forgetHalfCreated(context, environmentId, operation);
  const { state, wasUp } = await recordingFailure(context, { environmentId, operation }, async () => {
    refuseHalfDestroyed(requireEnvironment(await context.store.read(), environmentId));
    return await startServices(context, options, operation);
  });
  const environment = requireEnvironment(state, environmentId);
  faultPoint("up.finished");
  await publish(context, environment, state.revision);
  faultPoint("up.published");
  await keepReserve(context.paths);
  return { environment, wasUp };
}

/**
 * Its volumes may be gone already: starting it again would make empty ones and look as if nothing had happened.
 * @throws CILO_OPERATION_IN_PROGRESS
 */
export function refuseHalfDestroyed(environment: Environment): void {
  if (environment.status !== "destroying") return;
  const key = keyOf(environment);
  throw new CiloError("CILO_OPERATION_IN_PROGRESS", `the destruction of ${key} was begun and not finished`, {
    hint: `finish it with "cilo destroy ${key} --yes"`,
  });
}

/**
 * Does what `up` does within an operation that has begun, and ends that.
 * @throws what `bringUp` throws; the operation has then not ended.
 */
export async function startServices(
  context: ControllerContext,
  options: Omit<UpOptions, "noWait">,
  operation: RunningOperation,
): Promise<{ state: State; wasUp: boolean }> {
  const { installation, ...state } = await context.store.read();
  const { runtime, facts } = await connectEngine(context, { installation, ...state });
  await using engine = runtime;
  warnIfNotRoutable(context, facts);
  await operation.step("prepare");
  const prepared = await step(context, "read the project", () =>
    prepareUp(context, { ...options, operation, engine, facts }),
  );
  await using _claim = prepared.claim;
  faultPoint("up.prepared");
  const { build, recreate, timeoutMs } = options;
  const { redact } = prepared.read.reading;
  // What was last seen of a service says nothing of it now that its files may say something else.
  const environment = { ...prepared.environment, services: recordStopped(prepared.environment.services) };
  await takeOverArchives({ engine, installation, environment, operation });
  const images = { engine, installation, environment };
  const imagesBefore = await listLabelledImages(images);
  await operation.step("compose-up");
  await step(context, "start the services", (stepId) =>
    withFailedServices({ runtime: engine, installation, environment, redact }, () =>
      composeUp(context, { engine, installation, operation, stepId, prepared, build, recreate, timeoutMs }),
    ),
  );
  faultPoint("up.composed");
  await operation.step("settle");
  const settled = await step(context, "wait until they are ready", async () => {
    const result = await settle({ runtime: engine, installation, environment, timeoutMs, signal: context.signal });
    if (result.failed.length > 0) throw servicesFailed(environment, result.failed, redact);
    return result;
  });
  faultPoint("up.settled");
  const around = { before: imagesBefore, after: await listLabelledImages(images) };
  const finished = await operation.finish((record, draft) => {
    pinEngine(draft, facts);
    recordUp(record, settled, around);
  });
  return { state: finished, wasUp: isUnchanged(prepared.own, settled.details) };
}

function recordUp(
  environment: Environment,
  { details, observed }: SettleResult,
  images: Parameters<typeof addBuiltImages>[1],
): void {
  const made = details.flatMap(({ anonymousVolumes }) => anonymousVolumes);
  environment.services = recordObserved(environment.services, observed);
  environment.anonymousVolumes = addAnonymousVolumes(environment, made);
  environment.builtImages = addBuiltImages(environment, images);
  environment.status = judgeStatus("running", observed);
  environment.lastError = null;
}

function warnIfNotRoutable(context: ControllerContext, { unreachableBecause }: EngineFacts): void {
  if (unreachableBecause === null) return;
  context.emit({ type: "warning", text: `${unreachableBecause}; names will answer, connections will not` });
}
