import { CiloError, messageOf } from "../base/errors.ts";
import type { Environment, OperationKind } from "../model/environment.ts";
import { judgeStatus, type ObservedServices } from "../model/observation.ts";
import { requireEnvironment } from "../model/state.ts";
import { beginOperation, type RunningOperation } from "../state/operation.ts";
import { collectAnonymousVolumes } from "./anonymous-volumes.ts";
import type { ControllerContext } from "./context.ts";
import { connectEngine } from "./engine.ts";
import { publish } from "./publish.ts";
import { addAnonymousVolumes, recordObserved } from "./record.ts";
import { look } from "./settle.ts";

export interface OperationOptions {
  environmentId: string;
  kind: OperationKind;
  /** Do not wait for another operation on the same environment. */
  noWait: boolean;
}

/** Takes an environment for one operation, and says for whom it waits and what it found of an earlier one that died. */
export async function beginEnvironmentOperation(
  context: ControllerContext,
  options: OperationOptions,
): Promise<RunningOperation> {
  return await beginOperation({
    store: context.store,
    paths: context.paths,
    signal: context.signal,
    onWait: ({ pid, purpose }) =>
      context.emit({ type: "info", text: `waiting for "${purpose}" to end (pid ${pid}); --no-wait does not wait` }),
    onRecover: ({ kind, pid, step }) =>
      context.emit({ type: "info", text: `an earlier "${kind}" (pid ${pid}) ended in the middle, at "${step}"` }),
    ...options,
  });
}

export interface OperationUnderWay {
  environmentId: string;
  operation: RunningOperation;
}

/**
 * Runs an operation's work. When it fails, state says why, and what runs all the same; names follow.
 * @throws what the work threw.
 */
export async function recordingFailure<T>(
  context: ControllerContext,
  under: OperationUnderWay,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await recordFailure(context, under, error);
    throw error;
  }
}

/** Trouble in here must not hide the error that is being recorded. */
async function recordFailure(
  context: ControllerContext,
  { environmentId, operation }: OperationUnderWay,
  failure: unknown,
): Promise<void> {
  try {
    const seen = await observeForRecord(context, environmentId);
    const state = await operation.finish((environment) => applyFailure(environment, seen, failure));
    await publish(context, requireEnvironment(state, environmentId), state.revision);
  } catch (error) {
    await operation.release();
    context.emit({ type: "warning", text: `what failed could not be written down: ${messageOf(error)}` });
  }
}

/** Only an operation that had begun to start services leaves the environment failed; before that it is as it was. */
function applyFailure(environment: Environment, seen: Seen | null, failure: unknown): void {
  environment.lastError = toLastError(failure);
  if (environment.status === "starting") environment.status = "failed";
  else if (seen) environment.status = judgeStatus(environment.status, seen.observed);
  if (!seen) return;
  environment.services = recordObserved(environment.services, seen.observed);
  environment.anonymousVolumes = addAnonymousVolumes(environment, seen.anonymousVolumes);
}

/** The text of an error that is not ours may hold anything, a secret too. */
function toLastError(failure: unknown): string | null {
  if (!(failure instanceof CiloError)) return "an unexpected error, which the command has told";
  return failure.message.split("\n", 1)[0] ?? null;
}

interface Seen {
  observed: ObservedServices;
  anonymousVolumes: string[];
}

async function observeForRecord(context: ControllerContext, environmentId: string): Promise<Seen | null> {
  const state = await context.store.read();
  const environment = requireEnvironment(state, environmentId);
  try {
    const { runtime } = await connectEngine(context, state);
    await using engine = runtime;
    const { containers, observed } = await look({ runtime: engine, installation: state.installation, environment });
    return { observed, anonymousVolumes: await collectAnonymousVolumes(engine, containers) };
  } catch (error) {
    if (error instanceof CiloError) return null;
    throw error;
  }
}
