import { join } from "node:path";
import { systemClock } from "../base/clock.ts";
import { CiloError } from "../base/errors.ts";
import type { Logger } from "../base/log.ts";
import type { Paths } from "../base/paths.ts";
import type { DaemonStatus } from "../control/messages.ts";
import { createForwarder } from "../dns/forward.ts";
import { createDnsServer, type DnsServer } from "../dns/server.ts";
import type { State } from "../model/state.ts";
import type { RuntimeProvider } from "../runtime/provider.ts";
import { acquireLock, type HeldLock } from "../state/lock.ts";
import { createStateStore } from "../state/store.ts";
import { alreadyRunning } from "./already-running.ts";
import { type Catalog, createCatalog } from "./catalog.ts";
import { createControlHandler } from "./control-handler.ts";
import { startControlServer } from "./control-server.ts";
import { createEnding } from "./ending.ts";
import { type EngineWatcher, startEngineWatcher } from "./engine-watcher.ts";
import type { DaemonOptions } from "./options.ts";
import { findPortOwner } from "./port-owner.ts";
import { watchState } from "./state-watcher.ts";
import { keepUpstreams, type UpstreamKeeper } from "./upstream-keeper.ts";

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

const loopback = "127.0.0.1";

/**
 * Runs the DNS server and the part of the controller that lives on, until told to stop. Whatever was started is closed in reverse order, also when what comes
 * after it cannot start.
 * @throws CILO_DAEMON_RUNNING, CILO_PORT_IN_USE, CILO_LISTEN_FAILED, CILO_STATE_UNREADABLE
 */
export async function runDaemon(environment: DaemonEnvironment, options: DaemonOptions): Promise<void> {
  const { paths, log, openRuntime, signal } = environment;
  await using _lock = await becomeOnlyDaemon(paths);
  const store = createStateStore({ paths });
  const state = await store.read();
  const ending = createEnding(signal);
  const catalog = createCatalog(Math.floor(systemClock.now().getTime() / 1000));
  catalog.replaceState(state, catalog.moment());

  const wanted = { address: options.address ?? loopback, port: options.port ?? state.dnsPort };
  using upstreams = await keepUpstreams({ chosen: options.upstreams, own: wanted, log });
  await using forwarder = toDisposable(createForwarder({ upstreams: upstreams.current, log }));
  await using dns = createDnsServer({ ...wanted, zone: catalog.zone, forwarder, log });
  const listening = await listen(dns);
  await using engine = startEngineWatcher({ catalog, openRuntime, log, onBug: ending.fail });
  using _watcher = watchState({
    stateFile: paths.stateFile,
    store,
    moment: catalog.moment,
    onState: (next, began) => takeState(next, began, { catalog, engine }),
    log,
    onBug: ending.fail,
  });
  const startedAt = systemClock.now().toISOString();
  const describe = () => describeDaemon({ environment, catalog, dns, upstreams, listening, startedAt });
  const handle = createControlHandler({ catalog, engine, describe, stop: ending.stop });
  await using _control = await startControlServer({ paths, log, handle });
  log.info({ ...listening, revision: catalog.revision() }, "answering");
  environment.onReady?.({ ...listening, upstreams: upstreams.describe().servers });

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

function toDisposable<T extends { close(): Promise<void> }>(closable: T): T & AsyncDisposable {
  return Object.assign(closable, { [Symbol.asyncDispose]: () => closable.close() });
}

async function listen(dns: DnsServer): Promise<{ address: string; port: number }> {
  try {
    return await dns.start();
  } catch (error) {
    if (!(error instanceof CiloError) || error.code !== "CILO_PORT_IN_USE") throw error;
    const { address, port } = error.details as { address: string; port: number };
    const owner = await findPortOwner(port);
    const by = owner ? `${owner.command} (pid ${owner.pid})` : "another process";
    throw new CiloError("CILO_PORT_IN_USE", `cannot listen on ${address}:${port}: address in use by ${by}`, {
      hint: `end it, or choose another port: cilo dns start --port ${port + 100}`,
      details: { address, port, owner },
      cause: error,
    });
  }
}

function describeDaemon(parts: {
  environment: DaemonEnvironment;
  catalog: Catalog;
  dns: DnsServer;
  upstreams: UpstreamKeeper;
  listening: { address: string; port: number };
  startedAt: string;
}): DaemonStatus {
  const { environment, catalog, dns, upstreams, listening, startedAt } = parts;
  const problem = catalog.engineProblem();
  return {
    pid: process.pid,
    startedAt,
    version: environment.version,
    ...listening,
    revision: catalog.revision(),
    serial: catalog.serial(),
    environments: catalog.environmentCount(),
    engine: { connected: problem === null, endpoint: catalog.engine()?.endpoint ?? null, message: problem },
    upstreams: upstreams.describe(),
    counters: { ...dns.counters() },
    warnings: catalog.zone().warnings.map(({ message }) => message),
  };
}
