import { join } from "node:path";
import { systemClock } from "../base/clock.ts";
import { CiloError } from "../base/errors.ts";
import type { Logger } from "../base/log.ts";
import type { Paths } from "../base/paths.ts";
import type { State } from "../model/state.ts";
import type { RuntimeProvider } from "../runtime/provider.ts";
import { acquireLock, type HeldLock } from "../state/lock.ts";
import { createStateStore } from "../state/store.ts";
import { alreadyRunning } from "./already-running.ts";
import { type Catalog, createCatalog } from "./catalog.ts";
import { createControlHandler } from "./control-handler.ts";
import { startControlServer } from "./control-server.ts";
import { describeDaemon } from "./describe-daemon.ts";
import { createEnding } from "./ending.ts";
import { type EngineWatcher, startEngineWatcher } from "./engine-watcher.ts";
import { stampFile } from "./file-stamp.ts";
import { createFollowHandler } from "./follow-logs.ts";
import { keepLog } from "./kept-log.ts";
import { type DaemonOptions, decideOptions, readDaemonSettings } from "./options.ts";
import { createQueryLog } from "./query-log.ts";
import { startNames } from "./start-names.ts";
import { watchState } from "./state-watcher.ts";

/** What the daemon is wired to. */
export interface DaemonEnvironment {
  paths: Paths;
  version: string;
  openRuntime: (endpoint: string) => RuntimeProvider;
  log: Logger;
  /** Aborted: stop accepting, finish what is in flight, return. */
  signal: AbortSignal;
  /** Called once names answer and commands are taken. */
  onReady?: (listening: { address: string; port: number; upstreams: readonly string[] }) => void;
}

/**
 * Runs the DNS server and the part of the controller that lives on, until told to stop. Whatever was started is closed
 * in reverse order, also when what comes after it cannot start.
 * @throws CILO_DAEMON_RUNNING, CILO_PORT_IN_USE, CILO_LISTEN_FAILED, CILO_STATE_UNREADABLE, CILO_CONFIG_INVALID
 */
export async function runDaemon(environment: DaemonEnvironment, options: DaemonOptions): Promise<void> {
  const { paths, openRuntime, signal } = environment;
  const settings = await readDaemonSettings(paths);
  await using _lock = await becomeOnlyDaemon(paths);
  const kept = keepLog({ log: environment.log, clock: systemClock });
  const { log } = kept;
  const store = createStateStore({ paths });
  const stamp = await stampFile(paths.stateFile);
  const state = await store.read();
  const ending = createEnding(signal);
  const catalog = createCatalog(Math.floor(systemClock.now().getTime() / 1000));
  catalog.replaceState(state, catalog.moment());

  const decided = decideOptions({ chosen: options, settings, configFile: paths.configFile, state });
  // Queries are logged past what is kept: they would drive everything else out.
  const queries = createQueryLog(decided.logQueries ? environment.log : null);
  await using names = await startNames({ decided, catalog, queries, log });
  const { listening } = names;
  await using engine = startEngineWatcher({ catalog, openRuntime, log, onBug: ending.fail });
  using _watcher = watchState({
    stateFile: paths.stateFile,
    stamp,
    store,
    moment: catalog.moment,
    onState: (next, began) => takeState(next, began, { catalog, engine }),
    log,
    onBug: ending.fail,
  });
  const { version } = environment;
  const startedAt = systemClock.now().toISOString();
  const describe = () => describeDaemon({ version, startedAt, decided, catalog, names });
  const handle = createControlHandler({ catalog, engine, describe, trace: names.trace, stop: ending.stop });
  const follow = createFollowHandler({ log: kept, queries });
  await using _control = await startControlServer({ paths, log, handle, follow });
  log.info({ ...listening, revision: catalog.revision() }, "answering");
  environment.onReady?.({ ...listening, upstreams: names.upstreams.describe().servers });

  await ending.reached;
  log.info({}, "stopping");
}

/** Held for the daemon's whole life: two daemons of one CILO_HOME cannot be, however they are started. */
async function becomeOnlyDaemon(paths: Paths): Promise<HeldLock> {
  try {
    return await acquireLock(join(paths.locks, "daemon"), { timeoutMs: 0, purpose: "dns start" });
  } catch (error) {
    if (!(error instanceof CiloError) || error.code !== "CILO_LOCKED") throw error;
    const { pid } = error.details;
    throw alreadyRunning({ home: paths.home, pid: typeof pid === "number" ? pid : null }, error);
  }
}

/** @returns whether the state was taken over. */
function takeState(state: State, began: number, parts: { catalog: Catalog; engine: EngineWatcher }): boolean {
  const outcome = parts.catalog.replaceState(state, began);
  if (outcome === "other-engine") parts.engine.reconsider();
  if (outcome === "other-environments") parts.engine.refresh("all");
  return outcome !== "outdated";
}
