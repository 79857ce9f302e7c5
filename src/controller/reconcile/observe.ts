import { existsSync } from "node:fs";
import { CiloError } from "../../base/errors.ts";
import { isAlive } from "../../base/process-identity.ts";
import type { ContainerFacts } from "../../model/engine.ts";
import type { Environment } from "../../model/environment.ts";
import { labelKeys } from "../../model/labels.ts";
import type { State } from "../../model/state.ts";
import type { RuntimeProvider } from "../../runtime/provider.ts";
import { listObjects } from "../conflicts.ts";
import type { ControllerContext } from "../context.ts";
import { connectEngine, shortLimits } from "../engine.ts";
import { locate } from "../locations.ts";
import { isOrphan } from "./diff-orphans.ts";
import type { EnvironmentTraces, Observation, ObservedEngine } from "./observation.ts";
import { observeDaemon } from "./observe-daemon.ts";
import { listTraces, observeHolders, selectStrays } from "./observe-files.ts";

/** While commands are at work nothing stands still; what each deed is judged by is looked at again under a lock. */
const maxLooks = 4;

/**
 * Looks at everything that state, engine, files and names say; changes nothing.
 * @param scope the only environment whose containers are looked into; null: all.
 * @throws CILO_ENGINE_CHANGED for another engine than the one the environments live on; what reading state throws.
 */
export async function observe(context: ControllerContext, scope: string | null = null): Promise<Observation> {
  for (let look = 1; ; look += 1) {
    const before = await context.store.read();
    const observation = await lookOnce(context, before, scope);
    // What was written meanwhile may be of something that came or went, or of an operation that ended, between two of the looks.
    if ((await context.store.read()).revision === before.revision || look === maxLooks) return observation;
  }
}

async function lookOnce(context: ControllerContext, before: State, scope: string | null): Promise<Observation> {
  const { paths, store } = context;
  const now = context.clock.now();
  const connected = await connectIfPossible(context, before);
  await using engine = "problem" in connected ? null : connected.runtime;
  const [objects, files, holders, early] = await Promise.all([
    engine === null ? connected : withProblem(() => listObjects(engine)),
    listTraces(paths),
    observeHolders(paths),
    observeDaemon(context, null),
  ]);
  const read = await store.read();
  const daemon = await observeDaemon(context, { seen: early, revision: read.revision });
  // The daemon may have heard of what was written since.
  const isAhead = daemon !== null && "revision" in daemon && daemon.revision > read.revision;
  const state = isAhead ? await store.read() : read;
  const seen = { state, holders, now };
  return {
    ...seen,
    traces: await traceEnvironments(context, state),
    engine:
      engine === null || !("containers" in objects)
        ? { problem: "problem" in objects ? objects.problem : "it was not asked" }
        : await withProblem(() =>
            inspectOrphans(engine, objects, (one) => isInScope(one, scope) && isOrphan(one, seen)),
          ),
    strays: selectStrays(files, state),
    daemon,
  };
}

function isInScope({ labels }: ContainerFacts, scope: string | null): boolean {
  return scope === null || labels[labelKeys.id] === scope;
}

async function connectIfPossible(
  context: ControllerContext,
  state: State,
): Promise<{ runtime: RuntimeProvider } | { problem: string }> {
  return await withProblem(() => connectEngine(context, state, shortLimits));
}

/** An engine that cannot be asked is a fact like others; that it is another one is not. */
async function withProblem<T>(ask: () => Promise<T>): Promise<T | { problem: string }> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof CiloError) || error.code === "CILO_ENGINE_CHANGED" || error.code === "CILO_BUG") throw error;
    return { problem: error.message };
  }
}

async function inspectOrphans(
  engine: RuntimeProvider,
  lists: Omit<ObservedEngine, "details">,
  isWanted: (container: ContainerFacts) => boolean,
): Promise<ObservedEngine> {
  const details = await Promise.all(lists.containers.filter(isWanted).map(({ id }) => engine.inspectContainer(id)));
  return { ...lists, details: Object.fromEntries(details.flatMap((one) => (one === null ? [] : [[one.id, one]]))) };
}

async function traceEnvironments(context: ControllerContext, state: State): Promise<Record<string, EnvironmentTraces>> {
  const environments = Object.values(state.hosts.local.environments);
  const traces = environments.map(async (environment) => [environment.id, await trace(context, environment)] as const);
  return Object.fromEntries(await Promise.all(traces));
}

async function trace({ paths }: ControllerContext, environment: Environment): Promise<EnvironmentTraces> {
  const { operation } = environment;
  const { workspace } = locate(paths, environment);
  return {
    isOperationAlive: operation !== null && (await isAlive(operation)),
    isChildAlive: operation !== null && operation.child !== null && (await isAlive(operation.child)),
    workspace,
    hasWorkspace: existsSync(workspace),
  };
}
