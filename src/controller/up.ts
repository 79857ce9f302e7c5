import { CiloError, messageOf } from "../base/errors.ts";
import type { EngineFacts } from "../model/engine.ts";
import { type Environment, keyOf } from "../model/environment.ts";
import { assertComposeVersion } from "../runtime/docker/compose-program.ts";
import { describeReachability } from "../runtime/docker/reachability.ts";
import type { RuntimeProvider } from "../runtime/provider.ts";
import type { RunningOperation } from "../state/operation.ts";
import { collectAnonymousVolumes } from "./anonymous-volumes.ts";
import { composeUp } from "./compose-up.ts";
import { type ControllerContext, step } from "./context.ts";
import { connectEngine, pinEngine } from "./engine.ts";
import { beginEnvironmentOperation, firstLine } from "./operation.ts";
import { prepareUp } from "./prepare-up.ts";
import { publish } from "./publish.ts";
import { addAnonymousVolumes, recordObserved } from "./record.ts";
import { requireEnvironment } from "./require-environment.ts";
import { look, type SettleResult, settle } from "./settle.ts";

export interface UpOptions {
  environmentId: string;
  noWait: boolean;
  build: boolean;
  recreate: boolean;
  /** How long services may take to become healthy. */
  timeoutMs: number;
}

interface Started {
  facts: EngineFacts;
  settled: SettleResult;
  anonymousVolumes: string[];
}

/**
 * Brings an environment up and returns once its services run, are healthy where they say how to tell, and its names answer.
 * On failure state says `failed` and why; what did start keeps running, and `up`, `down` and `destroy` all go on from there.
 * @throws CILO_ENGINE_UNREACHABLE, CILO_COMPOSE_INVALID, CILO_FOREIGN_RESOURCE, CILO_SUBNET_TAKEN, CILO_UP_FAILED
 */
export async function bringUp(context: ControllerContext, options: UpOptions): Promise<Environment> {
  const operation = await beginEnvironmentOperation(context, { ...options, kind: "up" });
  let state: Awaited<ReturnType<RunningOperation["finish"]>>;
  try {
    const { facts, settled, anonymousVolumes } = await start(context, options, operation);
    state = await operation.finish((environment, draft) => {
      pinEngine(draft, facts);
      environment.services = recordObserved(environment.services, settled.observed);
      environment.anonymousVolumes = addAnonymousVolumes(environment, anonymousVolumes);
      environment.status = "running";
      environment.lastError = null;
    });
  } catch (error) {
    await recordFailure(context, options.environmentId, operation, error);
    throw error;
  }
  const environment = requireEnvironment(state, options.environmentId);
  await publish(context, environment, state.revision);
  return environment;
}

async function start(context: ControllerContext, options: UpOptions, operation: RunningOperation): Promise<Started> {
  const state = await context.store.read();
  const { runtime, facts } = await connectEngine(context, state);
  await using engine = runtime;
  assertComposeVersion(await engine.composeVersion());
  warnIfNotRoutable(context, facts);
  await operation.step("prepare");
  const prepared = await step(context, "read the project", () => prepareUp(context, { ...options, engine, facts }));
  await operation.step("compose-up");
  await step(context, "start the services", (stepId) =>
    composeUp(context, { engine, operation, stepId, prepared, build: options.build, recreate: options.recreate }),
  );
  await operation.step("settle");
  const settled = await step(context, "wait until they are ready", async () => {
    const { installation } = state;
    const { environment } = prepared;
    const { timeoutMs } = options;
    const result = await settle({ runtime: engine, installation, environment, timeoutMs, signal: context.signal });
    if (result.failed.length > 0) throw servicesFailed(environment, result.failed);
    return result;
  });
  return { facts, settled, anonymousVolumes: await collectAnonymousVolumes(engine, settled.containers) };
}

function warnIfNotRoutable(context: ControllerContext, facts: EngineFacts): void {
  const { routable, reason } = describeReachability(facts, context.platform);
  if (!routable && reason)
    context.emit({ type: "warning", text: `${reason}; names will answer, connections will not` });
}

function servicesFailed(environment: Environment, failed: SettleResult["failed"]): CiloError {
  const list = failed.map(({ service, status }) => `${service} (${status})`).join(", ");
  const logs = failed.map(({ service, logs }) => (logs === "" ? `${service} wrote nothing` : indent(service, logs)));
  return new CiloError("CILO_UP_FAILED", `${keyOf(environment)} did not come up: ${list}\n${logs.join("\n")}`, {
    hint: `run "cilo logs ${keyOf(environment)} ${failed[0]?.service ?? ""}" for all it wrote`,
    details: { failed },
  });
}

function indent(service: string, text: string): string {
  return text
    .split("\n")
    .map((line) => `  ${service} | ${line}`)
    .join("\n");
}

/** Writes down that and why it failed, with what runs all the same. Trouble in here must not hide the first error. */
async function recordFailure(
  context: ControllerContext,
  environmentId: string,
  operation: RunningOperation,
  failure: unknown,
): Promise<void> {
  try {
    const observed = await observeAfterFailure(context, environmentId);
    const state = await operation.finish((environment) => {
      environment.status = "failed";
      environment.lastError = firstLine(failure);
      if (!observed) return;
      environment.services = recordObserved(environment.services, observed.observed);
      environment.anonymousVolumes = addAnonymousVolumes(environment, observed.anonymousVolumes);
    });
    await publish(context, requireEnvironment(state, environmentId), state.revision);
  } catch (error) {
    await operation.release();
    context.emit({ type: "warning", text: `what failed could not be written down: ${messageOf(error)}` });
  }
}

async function observeAfterFailure(
  context: ControllerContext,
  environmentId: string,
): Promise<{ observed: SettleResult["observed"]; anonymousVolumes: string[] } | null> {
  const state = await context.store.read();
  const environment = requireEnvironment(state, environmentId);
  try {
    const { runtime } = await connectEngine(context, state);
    await using engine: RuntimeProvider = runtime;
    const { containers, observed } = await look({ runtime: engine, installation: state.installation, environment });
    return { observed, anonymousVolumes: await collectAnonymousVolumes(engine, containers) };
  } catch (error) {
    if (error instanceof CiloError) return null;
    throw error;
  }
}
