import { messageOf } from "../base/errors.ts";
import { type EnvironmentStatus, keyOf, type OperationKind } from "../model/environment.ts";
import { beginOperation, type RunningOperation } from "../state/operation.ts";
import type { ControllerContext } from "./context.ts";

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

/** Writes down what an environment is becoming. */
export async function setStatus(
  context: Pick<ControllerContext, "store">,
  environment: { project: string; name: string },
  status: EnvironmentStatus,
): Promise<void> {
  await context.store.update((draft) => {
    const record = draft.hosts.local.environments[keyOf(environment)];
    if (record) record.status = status;
  });
}

/** Ends an operation that failed, with why in state. Trouble in here must not hide the first error. */
export async function noteFailure(
  context: Pick<ControllerContext, "emit">,
  operation: RunningOperation,
  failure: unknown,
): Promise<void> {
  try {
    await operation.finish((environment) => {
      environment.lastError = firstLine(failure);
    });
  } catch (error) {
    await operation.release();
    context.emit({ type: "warning", text: `the failure could not be written down: ${messageOf(error)}` });
  }
}

/** What state keeps of a failure. */
export function firstLine(failure: unknown): string {
  return messageOf(failure).split("\n", 1)[0] ?? "";
}
