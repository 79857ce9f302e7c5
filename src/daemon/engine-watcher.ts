import { setTimeout as delay } from "node:timers/promises";
import { CiloError, messageOf } from "../base/errors.ts";
import type { Logger } from "../base/log.ts";
import type { EngineEvent } from "../model/engine.ts";
import { labelKeys } from "../model/labels.ts";
import type { PinnedEngine } from "../model/state.ts";
import type { RuntimeProvider } from "../runtime/provider.ts";
import type { Catalog } from "./catalog.ts";

/** Container and network events after which a name may lead elsewhere. */
const telling = new Set(["start", "die", "stop", "destroy", "pause", "unpause", "rename", "connect", "disconnect"]);

/** Pause before the engine is tried again: it grows from the first to the second. */
const retryMs = { first: 250, longest: 5_000 };

export interface EngineWatcher {
  /** Looks at one environment again, or at all of them. */
  refresh(environmentId: string | "all"): void;
  /** The engine to watch may be another one now. */
  reconsider(): void;
  close(): Promise<void>;
}

/** Follows the engine's events and keeps the catalog true to what runs; goes on through restarts of the engine. */
export function startEngineWatcher(options: {
  catalog: Catalog;
  openRuntime: (endpoint: string) => RuntimeProvider;
  log: Logger;
}): EngineWatcher {
  const { catalog, openRuntime, log } = options;
  const stop = new AbortController();
  const inspections = createInspections(catalog, log);
  let wake = new AbortController();
  const running = (async () => {
    let pauseMs = retryMs.first;
    while (!stop.signal.aborted) {
      const signal = AbortSignal.any([stop.signal, wake.signal]);
      const engine = catalog.engine();
      try {
        if (engine) await watch(engine, openRuntime(engine.endpoint), signal, () => (pauseMs = retryMs.first));
      } catch (error) {
        if (!(error instanceof CiloError)) throw error;
        log.warn({ code: error.code, error: error.message }, "the engine cannot be followed");
        catalog.loseEngine(error.message);
      }
      inspections.detach();
      await pause(engine ? pauseMs : retryMs.longest, signal);
      pauseMs = Math.min(pauseMs * 2, retryMs.longest);
      if (wake.signal.aborted) wake = new AbortController();
    }
  })();

  async function watch(engine: PinnedEngine, runtime: RuntimeProvider, signal: AbortSignal, onReady: () => void) {
    await using provider = runtime;
    const facts = await provider.info();
    if (facts.id !== engine.id) {
      throw new CiloError(
        "CILO_ENGINE_CHANGED",
        `expected engine ${engine.id} at ${engine.endpoint}, found ${facts.id}`,
      );
    }
    const events = provider.events(signal, () => {
      log.info({ endpoint: engine.endpoint }, "following the engine");
      onReady();
      inspections.attach(provider);
      inspections.request("all");
    });
    for await (const event of events) {
      const id = environmentOf(event, catalog.installation());
      if (id !== null) inspections.request(id);
    }
  }

  return {
    refresh: (environmentId) => inspections.request(environmentId),
    reconsider: () => wake.abort(),
    async close() {
      stop.abort();
      await running;
    },
  };
}

/** The environment whose names an event may move, or null. */
export function environmentOf(event: EngineEvent, installation: string | null): string | null {
  if (!telling.has(event.action) || event.labels[labelKeys.installation] !== installation) return null;
  return event.labels[labelKeys.id] ?? null;
}

interface Inspections {
  attach(runtime: RuntimeProvider): void;
  detach(): void;
  request(environmentId: string | "all"): void;
}

/** Looks at environments one after the other, each at most once more however many events came meanwhile, so that an older look never overwrites a newer. */
function createInspections(catalog: Catalog, log: Logger): Inspections {
  const wanted = new Set<string>();
  let runtime: RuntimeProvider | null = null;
  let isRunning = false;

  async function run(): Promise<void> {
    isRunning = true;
    while (runtime && wanted.size > 0) {
      const id = wanted.has("all") ? "all" : ([...wanted][0] ?? "all");
      if (id === "all") wanted.clear();
      else wanted.delete(id);
      try {
        await inspect(catalog, runtime, id);
      } catch (error) {
        // The event stream ends as well when the engine is gone, and everything is looked at again once it is back.
        log.warn({ error: messageOf(error) }, "an environment could not be inspected");
      }
    }
    isRunning = false;
  }

  return {
    attach(next) {
      runtime = next;
    },
    detach() {
      runtime = null;
    },
    request(id) {
      wanted.add(id);
      if (runtime && !isRunning) void run();
    },
  };
}

async function inspect(catalog: Catalog, runtime: RuntimeProvider, id: string): Promise<void> {
  const installation = catalog.installation();
  if (installation === null) return;
  const filter = { [labelKeys.installation]: installation };
  if (id === "all") catalog.observeAll(await runtime.listContainers(filter));
  else catalog.observe(id, await runtime.listContainers({ ...filter, [labelKeys.id]: id }));
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(milliseconds, undefined, { signal, ref: false });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
