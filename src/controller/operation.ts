import { CiloError, messageOf } from "../base/errors.ts";
import type { Environment, Operation, OperationKind } from "../model/environment.ts";
import { judgeStatus, type ObservedServices } from "../model/observation.ts";
import { requireEnvironment } from "../model/state.ts";
import type { RuntimeLimits } from "../runtime/provider.ts";
import { beginOperation, type RunningOperation } from "../state/operation.ts";
import { collectAnonymousVolumes } from "./anonymous-volumes.ts";
import type { ControllerContext } from "./context.ts";
import { connectEngine, hastyLimits, shortLimits } from "./engine.ts";
import { publish } from "./publish.ts";
import { addAnonymousVolumes, recordObserved } from "./record.ts";
import { look } from "./settle.ts";

export interface OperationOptions {
  environmentId: string;
  kind: OperationKind;
  /** Do not wait for another operation on the same environment. */
  noWait: boolean;
  /** Only to go on with this one, which died; null: with one whose journal is closed. Absent: whatever there was before. */
  resumes?: Operation | null;
}

/** Takes an environment for one operation, and says for whom it waits and what it found of an earlier one that died. */
export async function beginEnvironmentOperation(
  context: ControllerContext,
  { resumes, ...options }: OperationOptions,
): Promise<RunningOperation> {
  const operation = await beginOperation({
    store: context.store,
    paths: context.paths,
    signal: context.signal,
    onWait: ({ pid, purpose, suspended }) => {
      const remark = suspended ? ", which is suspended" : "";
      context.emit({
        type: "info",
        text: `waiting for "${purpose}" to end (pid ${pid}${remark}); --no-wait does not wait`,
      });
    },
    onRecover: ({ kind, pid, step }) =>
      context.emit({ type: "info", text: `an earlier "${kind}" (pid ${pid}) ended in the middle, at "${step}"` }),
    ...options,
  });
  if (resumes !== undefined) await requireInterrupted(operation, resumes);
  return operation;
}

/** Somebody else may have resumed it, or begun another one, before this one had the lock: then the journal is put back. */
async function requireInterrupted(operation: RunningOperation, resumes: Operation | null): Promise<void> {
  const { interrupted } = operation;
  if (isSameOperation(interrupted, resumes)) return;
  await operation.finish((environment) => {
    environment.operation = interrupted;
  });
  throw new CiloError(
    "CILO_OPERATION_IN_PROGRESS",
    "what was to be gone on with has changed meanwhile; nothing was done",
    {
      hint: 'run "cilo doctor" to see how things are now',
    },
  );
}

/** Whether both are one operation of one process, whatever its step. */
export function isSameOperation(a: Operation | null, b: Operation | null): boolean {
  if (a === null || b === null) return a === b;
  return a.kind === b.kind && a.pid === b.pid && a.startTime === b.startTime && a.bootId === b.bootId;
}

export interface OperationUnderWay {
  environmentId: string;
  operation: RunningOperation;
  /**
   * Whether what has been begun is to be gone on with after this failure: an environment that was about to run again
   * then keeps its journal, as if this process had died. Absent: it does not.
   */
  keepsJournal?(failure: unknown): boolean;
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
  { environmentId, operation, keepsJournal = () => false }: OperationUnderWay,
  failure: unknown,
): Promise<void> {
  try {
    const isHasty = context.signal.aborted || isUnreachable(failure);
    const seen = await observeForRecord(context, environmentId, isHasty ? hastyLimits : shortLimits);
    const lastError = context.signal.aborted ? toLastInterruption(failure) : toLastError(failure);
    const { operation: begun } = requireEnvironment(await context.store.read(), environmentId);
    const journal = keepsJournal(failure) ? begun : null;
    const state = await operation.finish((environment) => applyFailure(environment, seen, { lastError, journal }));
    await publish(context, requireEnvironment(state, environmentId), state.revision);
  } catch (error) {
    await operation.release();
    context.emit({ type: "warning", text: `what failed could not be written down: ${messageOf(error)}` });
  }
}

/** Only an operation that had begun to start services leaves the environment failed; before that it is as it was. */
function applyFailure(
  environment: Environment,
  seen: Seen | null,
  { lastError, journal }: { lastError: string | null; journal: Operation | null },
): void {
  environment.lastError = lastError;
  if (environment.status === "starting" && journal !== null) environment.operation = journal;
  else if (environment.status === "starting") environment.status = "failed";
  else if (seen) environment.status = judgeStatus(environment.status, seen.observed);
  if (!seen) return;
  environment.services = recordObserved(environment.services, seen.observed);
  environment.anonymousVolumes = addAnonymousVolumes(environment, seen.anonymousVolumes);
}

/** What the user broke off ends with whatever its last wait throws, which is no error to remember. */
function toLastInterruption(failure: unknown): string | null {
  return failure instanceof CiloError ? toLastError(failure) : "interrupted";
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

/** An engine that has just failed to answer is hardly back already. */
function isUnreachable(failure: unknown): boolean {
  return failure instanceof CiloError && failure.code === "CILO_ENGINE_UNREACHABLE";
}

async function observeForRecord(
  context: ControllerContext,
  environmentId: string,
  limits: RuntimeLimits,
): Promise<Seen | null> {
  const state = await context.store.read();
  const environment = requireEnvironment(state, environmentId);
  try {
    const { runtime } = await connectEngine(context, state, limits);
    await using engine = runtime;
    const { containers, observed } = await look({ runtime: engine, installation: state.installation, environment });
    return { observed, anonymousVolumes: await collectAnonymousVolumes(engine, containers) };
  } catch (error) {
    if (error instanceof CiloError) return null;
    throw error;
  }
}
