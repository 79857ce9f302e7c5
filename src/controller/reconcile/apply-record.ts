import { rm } from "node:fs/promises";
import { type Environment, keyOf, type Operation } from "../../model/environment.ts";
import { observeServices } from "../../model/observation.ts";
import { requireEnvironment } from "../../model/state.ts";
import { removeWorkspace } from "../../workspace/remove.ts";
import type { ControllerContext } from "../context.ts";
import { locate } from "../locations.ts";
import { isSameOperation } from "../operation.ts";
import { publish, withdraw } from "../publish.ts";
import { recordFacts } from "../record.ts";
import type { Observation } from "./observation.ts";
import { findOwnObjects } from "./own-objects.ts";

/**
 * Writes down what the engine shows and closes the journal of an operation that died, in one write; names follow.
 * @param options.operation null: there is none to close. Found to be another one by now, nothing is changed.
 * @param options.observation null: nothing was ever on an engine.
 */
export async function recordSeen(
  context: ControllerContext,
  options: { environmentId: string; operation: Operation | null; observation: Observation | null },
): Promise<void> {
  const { environmentId, operation, observation } = options;
  const { state } = await context.store.update((draft) => {
    const environment = requireEnvironment(draft, environmentId);
    if (!isSameOperation(environment.operation, operation)) return;
    environment.operation = null;
    if (observation !== null) recordFrom(observation, environment);
    if (operation?.kind === "up" && environment.status !== "running") {
      environment.lastError = `"up" was cut off at step ${operation.step}`;
    }
  });
  await publish(context, requireEnvironment(state, environmentId), state.revision);
}

function recordFrom({ state, engine }: Observation, environment: Environment): void {
  if ("problem" in engine) return;
  const { containers } = findOwnObjects(state.installation, engine, environment);
  const volumes = new Set(engine.volumes.map(({ name }) => name));
  Object.assign(environment, recordFacts(environment, { observed: observeServices(environment, containers), volumes }));
  if (environment.status === "running") environment.lastError = null;
}

/** Removes what a creation left that died before its workspace was there; state forgets it last. */
export async function undoCreation(
  context: ControllerContext,
  { environmentId, operation }: { environmentId: string; operation: Operation },
): Promise<void> {
  const environment = requireEnvironment(await context.store.read(), environmentId);
  const { workspace, generated } = locate(context.paths, environment);
  await removeWorkspace({ path: workspace, within: context.paths.envs });
  await rm(generated, { recursive: true, force: true });
  const { state } = await context.store.update((draft) => {
    const { environments } = draft.hosts.local;
    const key = keyOf(environment);
    if (environments[key]?.id === environmentId && isSameOperation(environments[key].operation, operation)) {
      delete environments[key];
    }
  });
  await withdraw(context, environmentId, state.revision);
}
