import { join } from "node:path";
import { systemClock } from "../base/clock.ts";
import { CiloError } from "../base/errors.ts";
import type { Logger } from "../base/log.ts";
import type { Paths } from "../base/paths.ts";
import type { ControlResults, DaemonStatus } from "../control/messages.ts";
import { createForwarder } from "../dns/forward.ts";
import { createDnsServer, type DnsServer } from "../dns/server.ts";
import type { RuntimeProvider } from "../runtime/provider.ts";
import { acquireLock, type HeldLock } from "../state/lock.ts";
import { createStateStore } from "../state/store.ts";
import { type Catalog, createCatalog } from "./catalog.ts";
import { type ControlHandler, startControlServer } from "./control-server.ts";
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
 * Runs the DNS server and the part of the controller that lives on, until told to stop.
 * @throws CILO_DAEMON_RUNNING, CILO_PORT_IN_USE, CILO_LISTEN_FAILED, CILO_STATE_UNREADABLE
 */
export async function runDaemon(environment: DaemonEnvironment, options: DaemonOptions): Promise<void> {
  const { paths, log, openRuntime } = environment;
  const store = createStateStore({ paths });
  const state = await store.read();
  await using lock = await becomeOnlyDaemon(paths);
  const stop = new AbortController();
  const signal = AbortSignal.any([environment.signal, stop.signal]);

  const catalog = createCatalog(Math.floor(systemClock.now().getTime() / 1000));
  catalog.replaceState(state);
  const wanted = { address: options.address ?? loopback, port: options.port ?? state.dnsPort };
  const upstreams = await keepUpstreams({ chosen: options.upstreams, own: wanted, log });
  const forwarder = createForwarder({ upstreams: upstreams.current, log });
  const dns = createDnsServer({ ...wanted, zone: catalog.zone, forwarder, log });
  const listening = await listen(dns);

  const engine = startEngineWatcher({ catalog, openRuntime, log });
  const watcher = watchState({
    stateFile: paths.stateFile,
    store,
    log,
    onState: (next) => {
      const before = catalog.engine();
      catalog.replaceState(next);
      const after = catalog.engine();
      if (after?.id !== before?.id || after?.endpoint !== before?.endpoint) engine.reconsider();
      engine.refresh("all");
    },
  });
  const startedAt = systemClock.now().toISOString();
  const describe = () => describeDaemon({ environment, catalog, dns, upstreams, listening, startedAt });
  const control = await startControlServer({
    paths,
    log,
    handle: createHandler({ catalog, engine, describe, stop: () => stop.abort() }),
  });
  log.info({ ...listening, revision: catalog.revision() }, "answering");
  environment.onReady?.({ ...listening, upstreams: upstreams.describe().servers });

  await whenAborted(signal);
  log.info({}, "stopping");
  await control.close();
  await dns.close();
  await forwarder.close();
  watcher.close();
  upstreams.close();
  await engine.close();
  await lock.release();
}

/** Held for the daemon's whole life: two daemons of one CILO_HOME cannot be, however they are started. */
async function becomeOnlyDaemon(paths: Paths): Promise<HeldLock> {
  try {
    return await acquireLock(join(paths.locks, "daemon"), { timeoutMs: 0, purpose: "dns start" });
  } catch (error) {
    if (!(error instanceof CiloError) || error.code !== "CILO_LOCKED") throw error;
    const pid = typeof error.details.pid === "number" ? ` (pid ${error.details.pid})` : "";
    throw new CiloError("CILO_DAEMON_RUNNING", `a daemon runs already for ${paths.home}${pid}`, {
      hint: 'see it with "cilo dns status", or end it with "cilo dns stop"',
      details: error.details,
      cause: error,
    });
  }
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
      hint: `end it, or choose another port: cilo dns start --port ${port + 1}`,
      details: { address, port, owner },
      cause: error,
    });
  }
}

function createHandler(parts: {
  catalog: Catalog;
  engine: EngineWatcher;
  describe: () => DaemonStatus;
  stop: () => void;
}): ControlHandler {
  const { catalog, engine, describe, stop } = parts;
  const handle = (request: Parameters<ControlHandler>[0]): ControlResults[keyof ControlResults] => {
    switch (request.type) {
      case "publish":
        catalog.publish(request);
        // What the command saw may have changed since; the engine has the last word.
        engine.refresh(request.environment.id);
        return { revision: request.revision, serial: catalog.serial() };
      case "withdraw":
        catalog.withdraw(request.environmentId, request.revision);
        return { revision: request.revision, serial: catalog.serial() };
      case "status":
        return describe();
      case "stop":
        setImmediate(stop);
        return { pid: process.pid };
    }
  };
  return handle as ControlHandler;
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

function whenAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
}
