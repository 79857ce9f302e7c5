import { access } from "node:fs/promises";
import { CiloError } from "../../base/errors.ts";
import { type ExecResult, exec } from "../../base/exec.ts";
import type { ComposeInvocation, RuntimeLimits, RuntimeProvider } from "../provider.ts";
import { createChanges } from "./changes.ts";
import { toComposeEnvironment } from "./compose-environment.ts";
import {
  assertComposeVersion,
  type ComposeProgram,
  composeMissing,
  findComposeProgram,
  readComposeVersion,
} from "./compose-program.ts";
import { type Connection, openConnection } from "./connection.ts";
import { loadEngineApi } from "./engine-api.ts";
import { followEvents } from "./follow-events.ts";
import { findSilence, type LivenessWatch, watchLiveness } from "./liveness.ts";
import { defaultPatience } from "./patience.ts";
import { createProbing } from "./probing.ts";
import { createQueries } from "./queries.ts";
import { toLost } from "./unreachable.ts";
import { createVolumeArchive } from "./volume-archive.ts";

export interface DockerProviderOptions {
  /** As `resolveEndpoint` gives it; DOCKER_HOST and contexts are not looked at any more. */
  endpoint: string;
  /** TLS settings, and what Compose is run with unless an invocation brings its own. */
  env: NodeJS.ProcessEnv;
  /**
   * Aborted when the user wants no more: requests under way end with its reason, those begun afterwards are to tidy up
   * and are given little time.
   */
  signal?: AbortSignal;
  limits?: RuntimeLimits;
}

/** Makes the provider for one Docker Engine. Nothing is read, loaded or connected before the first call that needs it. */
export function createDockerProvider(options: DockerProviderOptions): RuntimeProvider {
  const { endpoint, env, signal = null, limits = {} } = options;
  const closing = new AbortController();
  const connect = once(() => openConnection(endpoint, env, { ...defaultPatience, ...limits, signal }));
  const loadApi = once(async () => loadEngineApi(await connect()));
  const findCompose = once(() => findComposeProgram({ env }));
  return {
    endpoint,
    ...createQueries(connect),
    ...createChanges(connect, loadApi),
    probing: createProbing(connect, loadApi),
    volumes: createVolumeArchive(connect),
    events: (signal, onReady) => openEvents({ connect, signal: AbortSignal.any([signal, closing.signal]), onReady }),
    compose: async (invocation) => runCompose(await findCompose(), invocation, { env, connection: await connect() }),
    composeVersion: once(async () => {
      const version = await readComposeVersion(await findCompose(), toComposeEnvironment(env, await connect(), []));
      assertComposeVersion(version);
      return version;
    }),
    async [Symbol.asyncDispose]() {
      closing.abort();
    },
  };
}

async function* openEvents(options: {
  connect: () => Promise<Connection>;
  signal: AbortSignal;
  onReady: () => void;
}): ReturnType<typeof followEvents> {
  const { connect, signal, onReady } = options;
  yield* followEvents({ connection: await connect(), signal, onReady });
}

async function runCompose(
  program: ComposeProgram,
  invocation: ComposeInvocation,
  context: { env: NodeJS.ProcessEnv; connection: Connection },
): Promise<ExecResult> {
  const { args, env = context.env, usesEngine = false, ...rest } = invocation;
  using engine = usesEngine ? watchLiveness(context.connection) : null;
  const signals = [rest.signal, engine?.signal].filter((signal) => signal !== undefined);
  const result = await exec(program.file, [...program.args, ...args], {
    ...rest,
    signal: signals.length === 0 ? undefined : AbortSignal.any(signals),
    env: toComposeEnvironment(env, context.connection, args),
  });
  if (result.startFailure === null) {
    const isInterrupted = rest.signal?.aborted || context.connection.patience.signal?.aborted;
    if (usesEngine && !isInterrupted) await refuseLostEngine(context.connection, result, engine);
    return result;
  }
  // A missing working directory is reported by spawn(2) as if the program were missing.
  if (invocation.cwd !== undefined && !(await isThere(invocation.cwd))) {
    throw new CiloError(
      "CILO_COMPOSE_FAILED",
      `cannot run docker compose in ${invocation.cwd}: there is no such directory`,
    );
  }
  throw composeMissing(`${program.file} does not start: ${result.startFailure}`);
}

/**
 * What Compose writes when the engine does not answer it, or breaks off: a registry that does has more words around it.
 */
const lostEngineWords = /Cannot connect to the Docker daemon|error during connect:|^(unexpected )?EOF$/m;

/** @throws CILO_ENGINE_UNREACHABLE when Compose failed for want of an engine. */
async function refuseLostEngine(
  connection: Connection,
  { exitCode, stderr }: ExecResult,
  watch: LivenessWatch | null,
): Promise<void> {
  if (exitCode === 0) return;
  const silence = watch?.signal.aborted ? (watch.signal.reason as CiloError) : await findSilence(connection);
  if (silence !== null || lostEngineWords.test(stderr)) throw toLost(silence, connection);
}

async function isThere(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    return false;
  }
}

/** Calls `make` the first time and again after it failed: a daemon outlives what was wrong. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}
