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
