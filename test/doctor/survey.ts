import { resolvePaths } from "../../src/base/paths.ts";
import type { DaemonStatus } from "../../src/control/messages.ts";
import type { EngineObjects } from "../../src/controller/conflicts.ts";
import type { ControllerContext } from "../../src/controller/context.ts";
import type { Finding } from "../../src/doctor/check.ts";
import type { Machine } from "../../src/doctor/machine.ts";
import type { Survey } from "../../src/doctor/survey.ts";
import type { EngineFacts } from "../../src/model/engine.ts";
import type { RuntimeProvider } from "../../src/runtime/provider.ts";
import { makeEnvironment, makeState } from "../support/environment.ts";

export const engineFacts: EngineFacts = {
  endpoint: "unix:///engine.sock",
  id: "engine",
  version: "27.0.0",
  operatingSystem: "Linux",
  rootless: false,
  unreachableBecause: null,
};

/** A machine on which all is well, as far as it is asked, but for these answers of it. */
export function makeMachine(changes: Partial<Machine> = {}): Machine {
  const gibibyte = 1024 ** 3;
  return {
    userId: process.getuid?.() ?? null,
    fileSystem: async () => ({ freeBytes: 80 * gibibyte, sizeBytes: 100 * gibibyte, freeFiles: null }),
    routes: async () => [],
    mechanism: async () => ({ mechanism: "resolved-drop-in", reason: "systemd-resolved 252 runs", warnings: [] }),
    readSetupFile: async () => "[Resolve]\nDNS=127.0.0.1:5354\n",
    lookUp: async () => new Map(),
    isPortHeld: async () => false,
    portOwner: async () => null,
    knock: async () => ({ result: "answered" }),
    ...changes,
  };
}

/** What a daemon says of itself that has the state of `makeState`, with what a test cares about changed. */
export function makeDaemon(changes: Partial<DaemonStatus> = {}): DaemonStatus {
  return {
    pid: 7,
    version: "1.2.3",
    address: "127.0.0.1",
    port: 5354,
    revision: 1,
    engine: { connected: true, endpoint: engineFacts.endpoint, message: null },
    upstreams: { servers: ["192.0.2.1:53"], source: "test", leftOut: [], routes: [] },
    forwarding: { upstreams: [] },
    warnings: [],
    ...changes,
  } as unknown as DaemonStatus;
}

export const noObjects: EngineObjects = { containers: [], networks: [], volumes: [] };

/** What a survey tells, where a test does not care. */
export interface SurveyChanges extends Partial<Omit<Survey, "context" | "machine">> {
  context?: Partial<ControllerContext>;
  machine?: Partial<Machine>;
  home?: string;
  runtime?: Partial<RuntimeProvider>;
}

/** A survey of a machine on which all is well, without a daemon, but for these parts of it. */
export function makeSurvey(changes: SurveyChanges = {}): Survey {
  const { context, machine, home = "/home/u/.cilo", runtime, ...rest } = changes;
  const state = makeState([makeEnvironment()]);
  const read = rest.state ?? (async () => state);
  return {
    context: {
      paths: resolvePaths({ CILO_HOME: home }),
      env: {},
      platform: "linux",
      signal: new AbortController().signal,
      clock: { now: () => new Date("2026-11-20T12:00:00Z"), monotonicMs: () => 0 },
      emit() {},
      store: { read },
      control: { send: async () => null },
      resolveEndpoint: async () => ({ endpoint: engineFacts.endpoint, source: "test" }),
      ...context,
    } as unknown as ControllerContext,
    version: "1.2.3",
    machine: makeMachine(machine),
    patienceMs: 0,
    state: read,
    settings: async () => ({ dns: {}, network: {}, trash: {} }),
    daemon: async () => null,
    engine: async () => ({
      runtime: { endpoint: engineFacts.endpoint, listContainers: async () => [], ...runtime } as RuntimeProvider,
      facts: engineFacts,
    }),
    objects: async () => noObjects,
    differences: async () => [],
    tellerOf: () => null,
    async [Symbol.asyncDispose]() {},
    ...rest,
  };
}

/** Findings, a line each: "problem: it is broken" with ", fixable" and " -> command" where there are. */
export function toLines(findings: readonly Finding[]): string[] {
  return findings.map(({ severity, message, command, fixable }) => {
    const remedy = command === null ? "" : ` -> ${command}`;
    return `${severity}${fixable ? ", fixable" : ""}: ${message}${remedy}`;
  });
}
