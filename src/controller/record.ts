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
    records[name] = { ...service, addresses: seen?.addresses ?? [], container: seen?.containers[0] ?? null };
  }
  return records;
}

/** The services' records when nothing runs. */
export function recordStopped(services: Readonly<Record<string, Service>>): Record<string, Service> {
  return recordObserved(services, {});
}

/** Adds volumes to those recorded; each once, sorted. */
export function addAnonymousVolumes(
  environment: Pick<Environment, "anonymousVolumes">,
  found: readonly string[],
): string[] {
  return [...new Set([...environment.anonymousVolumes, ...found])].sort();
}
