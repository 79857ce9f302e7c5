import type { Environment, Service } from "../model/environment.ts";
import { judgeStatus, type ObservedServices } from "../model/observation.ts";

/** The services' records with what the engine shows of them: addresses and containers as they are now, reservations as they were. */
export function recordObserved(
  services: Readonly<Record<string, Service>>,
  observed: ObservedServices,
): Record<string, Service> {
  // A service may be called "constructor", which every object has, or "__proto__", which an assignment would lose.
  return Object.fromEntries(
    Object.entries(services).map(([name, service]): [string, Service] => {
      const seen = Object.hasOwn(observed, name) ? observed[name] : undefined;
      return [name, { ...service, addresses: seen?.addresses ?? [], container: seen?.containers[0] ?? null }];
    }),
  );
}

/** The services' records when nothing runs. */
export function recordStopped(services: Readonly<Record<string, Service>>): Record<string, Service> {
  return recordObserved(services, {});
}

/** What state remembers of what was last seen of an environment. */
export type RecordedFacts = Pick<Environment, "status" | "services" | "anonymousVolumes">;

/**
 * What an environment's record would say by what the engine shows, when nothing is being done to it. What is reserved
 * and what is wanted stays.
 * @param seen.volumes names of all volumes on the engine.
 */
export function recordFacts(
  environment: Environment,
  seen: { observed: ObservedServices; volumes: ReadonlySet<string> },
): RecordedFacts {
  // What an operation that died was about to make of it is no status.
  const recorded = environment.status === "starting" ? "running" : environment.status;
  return {
    status: judgeStatus(recorded, seen.observed),
    services: recordObserved(environment.services, seen.observed),
    anonymousVolumes: environment.anonymousVolumes.filter((name) => seen.volumes.has(name)),
  };
}

/** So many builds of an environment are remembered. */
const maxBuiltImages = 200;

/** What images with an environment's labels there were before and after an operation. */
export interface ImagesAround {
  before: ReadonlySet<string>;
  after: ReadonlySet<string>;
}

/** Adds the ids of what an operation has built to those recorded; each once, the latest last. */
export function addBuiltImages(
  { builtImages = [] }: Pick<Environment, "builtImages">,
  { before, after }: ImagesAround,
): string[] {
  const built = [...after].filter((id) => !before.has(id)).sort();
  return [...new Set([...builtImages, ...built])].slice(-maxBuiltImages);
}

/** Adds volumes to those recorded; each once, sorted. */
export function addAnonymousVolumes(
  environment: Pick<Environment, "anonymousVolumes">,
  found: readonly string[],
): string[] {
  return [...new Set([...environment.anonymousVolumes, ...found])].sort();
}
