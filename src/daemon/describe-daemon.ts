import type { DaemonStatus } from "../control/daemon-status.ts";
import type { Catalog } from "./catalog.ts";
import type { DecidedOptions } from "./options.ts";
import type { RunningNames } from "./start-names.ts";

/** What `cilo dns status` is told. */
export function describeDaemon(parts: {
  version: string;
  startedAt: string;
  decided: DecidedOptions;
  catalog: Catalog;
  names: RunningNames;
}): DaemonStatus {
  const { version, startedAt, decided, catalog, names } = parts;
  const problem = catalog.engineProblem();
  return {
    pid: process.pid,
    startedAt,
    version,
    ...names.listening,
    allow: [...decided.allow],
    logQueries: decided.logQueries,
    revision: catalog.revision(),
    serial: catalog.serial(),
    environments: catalog.environmentCount(),
    engine: { connected: problem === null, endpoint: catalog.engine()?.endpoint ?? null, message: problem },
    upstreams: names.upstreams.describe(),
    forwarding: names.forwarder.status(),
    counters: names.dns.counters(),
    warnings: catalog.zone().warnings.map(({ message }) => message),
  };
}
