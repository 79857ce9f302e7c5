import type { Environment, Service } from "../model/environment.ts";
import type { ObservedServices } from "../model/observation.ts";

/** The services' records with what the engine shows of them: addresses and containers as they are now, reservations as they were. */
export function recordObserved(
  services: Readonly<Record<string, Service>>,
  observed: ObservedServices,
): Record<string, Service> {
  const records: Record<string, Service> = {};
  for (const [name, service] of Object.entries(services)) {
    const seen = observed[name];
    records[name] = {
      ...service,
      addresses: seen?.addresses ?? [],
      container: seen?.containers[0] ?? null,
    };
  }
  return records;
}

/** The services' records when nothing runs. */
export function recordStopped(services: Readonly<Record<string, Service>>): Record<string, Service> {
  return recordObserved(services, {});
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
