import { faultPoint } from "../base/fault-point.ts";
import { type Environment, keyOf } from "../model/environment.ts";
import { requireEnvironment, type State } from "../model/state.ts";
import type { RunningOperation } from "../state/operation.ts";
import { type ControllerContext, step } from "./context.ts";
import { connectEngine, pinEngine } from "./engine.ts";
import { forgetHalfCreated } from "./half-created.ts";
import { beginEnvironmentOperation, type OperationOptions, recordingFailure } from "./operation.ts";
import { publish } from "./publish.ts";
import { recordStopped } from "./record.ts";
import { removeContainers } from "./remove-containers.ts";

/** How an environment was taken down. */
export interface TakenDown {
  environment: Environment;
  /** Whether there was nothing left to remove. */
  wasDown: boolean;
}

/**
 * Takes an environment down: containers and network go, names stop answering; workspace, named volumes, subnet and addresses stay.
 * Repeating it is no error.
 */
export async function takeDown(
  context: ControllerContext,
  options: Omit<OperationOptions, "kind">,
): Promise<TakenDown> {
  const { environmentId } = options;
  const operation = await beginEnvironmentOperation(context, { ...options, kind: "down" });
  await forgetHalfCreated(context, environmentId, operation);
  const { state, wasDown } = await recordingFailure(context, { environmentId, operation }, () =>
    stop(context, environmentId, operation),
  );
  const stopped = requireEnvironment(state, environmentId);
  faultPoint("down.finished");
  await publish(context, stopped, state.revision);
  faultPoint("down.published");
  return { environment: stopped, wasDown };
}

async function stop(
  context: ControllerContext,
  environmentId: string,
  operation: RunningOperation,
): Promise<{ state: State; wasDown: boolean }> {
  const state = await context.store.read();
  const environment = requireEnvironment(state, environmentId);
  const { installation } = state;
  const { runtime, facts } = await connectEngine(context, state);
  await using engine = runtime;
  const wasThere = await step(
    context,
    `stop ${keyOf(environment)}`,
    (stepId) => removeContainers(context, { engine, installation, environment, operation, stepId }),
    (found) => (found ? `stopped ${keyOf(environment)}` : `nothing of ${keyOf(environment)} runs`),
  );
  const finished = await operation.finish((record, draft) => {
    pinEngine(draft, facts);
    record.services = recordStopped(record.services);
    // A destruction that was begun may have taken volumes already: only another destroy ends it.
    if (record.status !== "created" && record.status !== "destroying") record.status = "stopped";
    record.lastError = null;
  });
  return { state: finished, wasDown: !wasThere };
}
