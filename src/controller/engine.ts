import { CiloError } from "../base/errors.ts";
import type { EngineFacts } from "../model/engine.ts";
import type { PinnedEngine, State } from "../model/state.ts";
import type { RuntimeLimits, RuntimeProvider } from "../runtime/provider.ts";
import type { ControllerContext } from "./context.ts";

export interface ConnectedEngine {
  runtime: RuntimeProvider;
  facts: EngineFacts;
}

/** For what shows something all the same when the engine hangs, or has done its work already: nobody waits for long. */
export const shortLimits: RuntimeLimits = { questionTimeoutMs: 5_000 };
/** For what the user waits for although the work has ended badly, or was interrupted. */
export const hastyLimits: RuntimeLimits = { questionTimeoutMs: 1_500 };

/**
 * Connects to the engine that the environments live on. What the user says (DOCKER_HOST, DOCKER_CONTEXT) is followed, but an engine of another id is refused
 * as long as there are environments: their containers are not there.
 * @param limits how long to wait for it, when that is not for as long as a busy engine takes.
 * @throws CILO_ENGINE_UNREACHABLE, CILO_ENGINE_CHANGED, CILO_ENGINE_UNSUPPORTED
 */
export async function connectEngine(
  context: ControllerContext,
  state: State,
  limits: RuntimeLimits = {},
): Promise<ConnectedEngine> {
  const pinned = state.hosts.local.engine;
  const endpoint = await chooseEndpoint(context, pinned);
  const runtime = context.openRuntime(endpoint, limits);
  const facts = await sayingIfSlow(context, endpoint, () => runtime.info());
  if (pinned && pinned.id !== facts.id && hasEverRun(state)) throw anotherEngine(pinned, facts);
  return { runtime, facts };
}

/** An engine that answers at all does so long before this. */
const slowAnswerMs = 3_000;

/** Nobody is left to wonder why nothing happens. */
async function sayingIfSlow<T>(
  context: Pick<ControllerContext, "emit">,
  endpoint: string,
  ask: () => Promise<T>,
): Promise<T> {
  const say = () => context.emit({ type: "info", text: `waiting for the engine at ${endpoint} to answer` });
  const timer = setTimeout(say, slowAnswerMs);
  try {
    return await ask();
  } finally {
    clearTimeout(timer);
  }
}

/** The endpoint that commands talk to: the user's explicit word, else the one the environments were made on, else Docker's current one. */
export async function chooseEndpoint(
  context: Pick<ControllerContext, "env" | "resolveEndpoint">,
  pinned: PinnedEngine | null,
): Promise<string> {
  const isExplicit = Boolean(context.env.DOCKER_HOST || context.env.DOCKER_CONTEXT);
  if (pinned && !isExplicit) return pinned.endpoint;
  return (await context.resolveEndpoint()).endpoint;
}

/**
 * Remembers the engine in state, in a write that has other things to say as well. The endpoint it was first reached by stays: another way to the same engine, such as
 * a forwarded socket, may not be there tomorrow.
 */
export function pinEngine(draft: State, facts: EngineFacts): void {
  const { engine } = draft.hosts.local;
  if (engine?.id !== facts.id) draft.hosts.local.engine = { endpoint: facts.endpoint, id: facts.id };
}

/** An environment that was only created has left nothing on an engine yet. */
function hasEverRun(state: State): boolean {
  return Object.values(state.hosts.local.environments).some((environment) => environment.status !== "created");
}

function anotherEngine(pinned: PinnedEngine, facts: EngineFacts): CiloError {
  return new CiloError(
    "CILO_ENGINE_CHANGED",
    `the engine at ${facts.endpoint} is not the one the environments live on: expected id ${pinned.id} (${pinned.endpoint}), found ${facts.id}`,
    {
      hint:
        pinned.endpoint === facts.endpoint
          ? 'bring that engine back; if it is gone for good, forget what was on it with "cilo destroy ENVIRONMENT --force"'
          : `point to it: DOCKER_HOST=${pinned.endpoint} cilo list`,
      details: { expected: pinned, found: { endpoint: facts.endpoint, id: facts.id } },
    },
  );
}
