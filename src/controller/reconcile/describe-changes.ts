import type { Environment, Service } from "../../model/environment.ts";
import type { RecordedFacts } from "../record.ts";

/** Says in words what differs between an environment's record and what it would be by what the engine shows; empty when nothing does. */
export function describeChanges(environment: Environment, facts: RecordedFacts): string[] {
  const services = Object.keys(environment.services).sort();
  const gone = environment.anonymousVolumes.filter((name) => !facts.anonymousVolumes.includes(name));
  return [
    ...(facts.status === environment.status ? [] : [`it is ${facts.status}, state says ${environment.status}`]),
    ...services.flatMap((name) => describeService(name, environment.services[name], facts.services[name])),
    ...gone.map((name) => `volume ${name.slice(0, 12)} is gone`),
  ];
}

function describeService(name: string, before: Service | undefined, after: Service | undefined): string[] {
  if (before === undefined || after === undefined) return [];
  if (before.container !== null && after.container === null && after.addresses.length === 0) {
    const where = before.addresses.length === 0 ? "" : ` at ${listAddresses(before.addresses)}`;
    return [`${name} has no container, state says ${before.container}${where}`];
  }
  return [
    ...(isSameSet(before.addresses, after.addresses)
      ? []
      : [`${name} is at ${listAddresses(after.addresses)}, state says ${listAddresses(before.addresses)}`]),
    ...(before.container === after.container
      ? []
      : [`the container of ${name} is ${after.container ?? "gone"}, state says ${before.container ?? "none"}`]),
  ];
}

/** "10.224.0.10, 10.224.0.11", or "no address". */
export function listAddresses(addresses: readonly string[]): string {
  return addresses.length === 0 ? "no address" : [...addresses].sort().join(", ");
}

/** Whether both have the same elements, in any order. */
export function isSameSet(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((element) => b.includes(element));
}
