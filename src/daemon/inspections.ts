import { CiloError } from "../base/errors.ts";
import type { Logger } from "../base/log.ts";
import { labelKeys } from "../model/labels.ts";
import type { RuntimeProvider } from "../runtime/provider.ts";
import type { Catalog } from "./catalog.ts";
import { createLookAgain } from "./look-again.ts";

/**
 * When an environment is looked at again after its last event, in milliseconds. An engine sends "die" before it updates the view that it lists containers from
 * (Docker 20.10: `handleContainerExit` reports, cleans up the container's mounts and networks, and only then stores its state there).
 */
const settleMs = [250, 1_500];
/** Pause before a look that failed is tried again. */
const retryMs = [1_000];

/** Looks at environments through the engine and tells the catalog. */
export interface Inspections {
  /** The engine to ask from now on. */
  attach(runtime: RuntimeProvider): void;
  /** No engine can be asked: looks under way and to come are forgotten, so that all are to be requested of the next. */
  detach(): void;
  request(environmentId: string | "all"): void;
  /** Looks now and, since the engine may say "changed" before it shows the change, a little later. */
  follow(environmentId: string): void;
}

/**
 * Looks at environments one after the other, each at most once more however many events came meanwhile, so that an older look never overwrites a newer.
 * @param options.onBug called with what was thrown when it is no failure of the engine.
 */
export function createInspections(options: {
  catalog: Catalog;
  log: Logger;
  onBug: (error: unknown) => void;
}): Inspections {
  const { catalog, log, onBug } = options;
  const wanted = new Set<string>();
  let runtime: RuntimeProvider | null = null;
  let isRunning = false;
  const settling = createLookAgain(request);
  const failed = createLookAgain(request);

  function request(id: string): void {
    wanted.add(id);
    if (runtime && !isRunning) run().catch(onBug);
  }

  async function run(): Promise<void> {
    isRunning = true;
    try {
      while (runtime && wanted.size > 0) await inspect(runtime, takeNext(wanted));
    } finally {
      isRunning = false;
    }
  }

  async function inspect(asked: RuntimeProvider, id: string): Promise<void> {
    try {
      const tell = await look(catalog, asked, id);
      if (runtime === asked) tell();
    } catch (error) {
      if (!(error instanceof CiloError)) throw error;
      log.warn({ code: error.code, error: error.message }, "an environment could not be inspected");
      if (runtime === asked) failed.after(id, retryMs);
    }
  }

  return {
    attach(next) {
      runtime = next;
    },
    detach() {
      runtime = null;
      settling.clear();
      failed.clear();
    },
    request,
    follow(id) {
      request(id);
      settling.after(id, settleMs);
    },
  };
}

/** A look at all is a look at each. */
function takeNext(wanted: Set<string>): string {
  const [first = "all"] = wanted;
  const next = wanted.has("all") ? "all" : first;
  if (next === "all") wanted.clear();
  else wanted.delete(next);
  return next;
}

/** Asks the engine. What it gives back tells the catalog. */
async function look(catalog: Catalog, runtime: RuntimeProvider, id: string): Promise<() => void> {
  const installation = catalog.installation();
  if (installation === null) return () => {};
  const began = catalog.moment();
  const filter = { [labelKeys.installation]: installation, ...(id === "all" ? {} : { [labelKeys.id]: id }) };
  const containers = await runtime.listContainers(filter);
  return () => {
    // Those of another installation are none of ours by now; everything is looked at again.
    if (catalog.installation() !== installation) return;
    if (id === "all") catalog.observeAll(containers, began);
    else catalog.observe(id, containers, began);
  };
}
