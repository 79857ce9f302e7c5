import { CiloError } from "../../base/errors.ts";
import type { State } from "../../model/state.ts";
import { readHostRoutes } from "../../network/routes.ts";
import type { RuntimeProvider } from "../../runtime/provider.ts";
import type { ControllerContext } from "../context.ts";
import { connectEngine, shortLimits } from "../engine.ts";
import type { SubnetSurroundings } from "./taken-subnets.ts";

/** Asks an engine and the host what else uses addresses. */
export async function lookAround(engine: Pick<RuntimeProvider, "listNetworks">): Promise<SubnetSurroundings> {
  const [networks, routes] = await Promise.all([engine.listNetworks({}), readHostRoutes()]);
  return { networks, routes };
}

/** The same for a use case that goes on without an engine; then it says why the engine could not be asked. */
export async function lookAroundIfPossible(
  context: ControllerContext,
  state: State,
): Promise<SubnetSurroundings & { engineProblem: string | null }> {
  try {
    const { runtime } = await connectEngine(context, state, shortLimits);
    await using engine = runtime;
    return { ...(await lookAround(engine)), engineProblem: null };
  } catch (error) {
    if (!(error instanceof CiloError)) throw error;
    return { networks: null, routes: await readHostRoutes(), engineProblem: error.message };
  }
}
