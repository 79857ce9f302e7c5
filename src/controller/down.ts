import { messageOf } from "../base/errors.ts";
import { type Environment, keyOf } from "../model/environment.ts";
import { type ControllerContext, step } from "./context.ts";
import { connectEngine, pinEngine } from "./engine.ts";
import { beginEnvironmentOperation } from "./operation.ts";
import { publish } from "./publish.ts";
import { recordStopped } from "./record.ts";
import { removeContainers } from "./remove-containers.ts";
import { requireEnvironment } from "./require-environment.ts";

/**
 * Takes an environment down: containers and network go, names stop answering; workspace, named volumes, subnet and addresses stay.
 * Repeating it is no error.
 */
export async function takeDown(
  context: ControllerContext,
  options: { environmentId: string; noWait: boolean },
): Promise<Environment> {
  const operation = await beginEnvironmentOperation(context, { ...options, kind: "down" });
  try {
    const state = await context.store.read();
    const environment = requireEnvironment(state, options.environmentId);
    const { runtime, facts } = await connectEngine(context, state);
    await using engine = runtime;
    await step(
      context,
      `stop ${keyOf(environment)}`,
      (stepId) =>
        removeContainers(context, { engine, installation: state.installation, environment, operation, stepId }),
      () => `stopped ${keyOf(environment)}`,
    );
    const finished = await operation.finish((record, draft) => {
      pinEngine(draft, facts);
      record.services = recordStopped(record.services);
      record.status = record.status === "created" ? "created" : "stopped";
      record.lastError = null;
    });
    const stopped = requireEnvironment(finished, environment.id);
    await publish(context, stopped, finished.revision);
    return stopped;
  } catch (error) {
    await operation.release();
    context.emit({ type: "info", text: `down did not finish: ${messageOf(error).split("\n", 1)[0]}` });
    throw error;
  }
}
