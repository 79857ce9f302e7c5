import { setTimeout as delay } from "node:timers/promises";
import { CiloError } from "../base/errors.ts";
import type { Logger } from "../base/log.ts";
import type { EngineEvent } from "../model/engine.ts";
import { labelKeys } from "../model/labels.ts";
import type { PinnedEngine } from "../model/state.ts";
import type { RuntimeProvider } from "../runtime/provider.ts";
import type { Catalog } from "./catalog.ts";
import { createInspections, type Inspections } from "./inspections.ts";

/** Container and network events after which a name may lead elsewhere. */
const telling = new Set(["start", "die", "stop", "destroy", "pause", "unpause", "rename", "connect", "disconnect"]);

/** Pause before the engine is tried again: it grows from the first to the second. */
const retryMs = { first: 250, longest: 5_000 };

const unknownEngine = "no engine is known yet: nothing was brought up";

export interface EngineWatcherOptions {
  catalog: Catalog;
  openRuntime: (endpoint: string) => RuntimeProvider;
  log: Logger;
  /** Called with what was thrown when it is no failure of the engine; nothing is followed any more then. */
  onBug: (error: unknown) => void;
}

export interface EngineWatcher extends AsyncDisposable {
  /** Looks at one environment again, or at all of them. */
  refresh(environmentId: string | "all"): void;
  /** The engine to watch may be another one now. */
  reconsider(): void;
  close(): Promise<void>;
}

/** Follows the engine's events and keeps the catalog true to what runs; goes on through restarts of the engine. */
export function startEngineWatcher(options: EngineWatcherOptions): EngineWatcher {
  const inspections = createInspections(options);
  const stop = new AbortController();
  let wake = new AbortController();

  async function run(): Promise<void> {
    let pauseMs = retryMs.first;
    while (!stop.signal.aborted) {
      wake = new AbortController();
      const signal = AbortSignal.any([stop.signal, wake.signal]);
      const wasFollowed = await followOnce(options, inspections, signal);
      if (wasFollowed) pauseMs = retryMs.first;
      await pause(pauseMs, signal);
      pauseMs = wake.signal.aborted ? retryMs.first : Math.min(pauseMs * 2, retryMs.longest);
    }
  }

  const running = run().catch(options.onBug);
  const close = async () => {
    stop.abort();
    await running;
  };
  return {
    refresh: (environmentId) => inspections.request(environmentId),
    reconsider: () => wake.abort(),
    close,
    [Symbol.asyncDispose]: close,
  };
}

/**
 * Follows the engine until it goes away or `signal` is aborted.
 * @returns whether its events came in.
 */
async function followOnce(
  options: EngineWatcherOptions,
  inspections: Inspections,
  signal: AbortSignal,
): Promise<boolean> {
  const { catalog, openRuntime, log } = options;
  const engine = catalog.engine();
  if (engine === null) {
    if (catalog.engineProblem() !== unknownEngine) catalog.loseEngine(unknownEngine);
    return false;
  }
  let wasFollowed = false;
  try {
    await using runtime = openRuntime(engine.endpoint);
    if (!(await isExpected(runtime, engine, signal))) return false;
    const events = runtime.events(signal, () => {
      log.info({ endpoint: engine.endpoint }, "following the engine");
      wasFollowed = true;
      inspections.attach(runtime);
      inspections.request("all");
    });
    for await (const event of events) {
      const id = environmentOf(event, catalog.installation());
      if (id !== null) inspections.follow(id);
    }
  } catch (error) {
    if (!(error instanceof CiloError)) throw error;
    // Every try of an engine that is not there ends here, and says nothing new.
    if (catalog.engineProblem() !== error.message) {
      log.warn({ code: error.code, error: error.message }, "the engine cannot be followed");
      catalog.loseEngine(error.message);
    }
  } finally {
    inspections.detach();
  }
  return wasFollowed;
}

/**
 * Asks an engine who it is; false when `signal` is aborted before it has said so.
 * @throws CILO_ENGINE_CHANGED when it is another one.
 */
async function isExpected(runtime: RuntimeProvider, engine: PinnedEngine, signal: AbortSignal): Promise<boolean> {
  const facts = await Promise.race([runtime.info(), whenAborted(signal)]);
  if (facts === null) return false;
  if (facts.id === engine.id) return true;
  throw new CiloError("CILO_ENGINE_CHANGED", `expected engine ${engine.id} at ${engine.endpoint}, found ${facts.id}`);
}

/** The environment whose names an event may move, or null. */
export function environmentOf(event: EngineEvent, installation: string | null): string | null {
  if (!telling.has(event.action) || event.labels[labelKeys.installation] !== installation) return null;
  return event.labels[labelKeys.id] ?? null;
}

function whenAborted(signal: AbortSignal): Promise<null> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(null);
    signal.addEventListener("abort", () => resolve(null), { once: true });
  });
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  try {
    await delay(milliseconds, undefined, { signal, ref: false });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
