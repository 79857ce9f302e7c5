import { CiloError } from "../base/errors.ts";
import type { Environment } from "../model/environment.ts";
import { networkNamesOf } from "../model/kept-networks.ts";
import type { State } from "../model/state.ts";
import type { RuntimeProvider } from "../runtime/provider.ts";
import type { ControllerContext } from "./context.ts";
import { connectEngine } from "./engine.ts";

/**
 * Connects to the engine that an environment is to be removed from. One that never had an address has left nothing there: it can go without one.
 * @returns null when the engine is not needed, or is given up with `force`.
 */
export async function connectOrGiveUp(
  context: ControllerContext,
  options: { state: State; environment: Environment; force: boolean },
): Promise<RuntimeProvider | null> {
  const { state, environment, force } = options;
  try {
    return (await connectEngine(context, state)).runtime;
  } catch (error) {
    const isEngineGone =
      error instanceof CiloError && ["CILO_ENGINE_UNREACHABLE", "CILO_ENGINE_CHANGED"].includes(error.code);
    if (!isEngineGone) throw error;
    if (Object.keys(environment.services).length === 0) return null;
    if (!force) throw error;
    const networks = [...networkNamesOf(environment).values()];
    const what = `containers, volumes and ${networks.length === 1 ? "network" : "networks"} ${networks.join(", ")}`;
    context.emit({ type: "warning", text: `${error.message}; ${what} stay there` });
    return null;
  }
}
