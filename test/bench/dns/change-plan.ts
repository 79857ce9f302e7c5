import type { Environment } from "../../../src/model/environment.ts";
import { makeEnvironment, makeService } from "../../support/environment.ts";
import { serviceNames } from "./served-names.ts";

/** One change of the zone: an environment gets other addresses, goes, or comes back. */
export interface Change {
  /** Of the environment that changes. */
  index: number;
  /** What is so afterwards; null when it is gone. */
  environment: Environment | null;
}

/** Replicas of the service `worker`: a reply that mixes two zones would show in them. */
const replicas = 3;
/** Addresses one version of an environment takes, and the last octet of the first. */
const addressesPerVersion = serviceNames.length - 1 + replicas;
const firstHost = 10;
/** Versions of an environment whose addresses differ from each other. */
const distinctVersions = 34;
/** Coprime to the number of environments that is measured, so that all are changed before one is again. */
const stride = 37;
/** Every tenth change takes an environment away, and the next one brings it back. */
const removalInterval = 10;

/** An environment whose addresses tell the version. @param index at most 255. */
export function environmentAt(index: number, version: number): Environment {
  const services = serviceNames.map((service) => {
    const addresses = addressesAt(index, version, service);
    return [service, makeService({ addresses, ports: [80], ingress: service === "web" })] as const;
  });
  return makeEnvironment({
    name: `env-${index}`,
    createdAt: new Date(Date.UTC(2026, 10, 20) + index * 1_000).toISOString(),
    subnet: `10.224.${index}.0/24`,
    services: Object.fromEntries(services),
  });
}

/** The addresses of a service at a version, in the order of their text. */
export function addressesAt(index: number, version: number, service: (typeof serviceNames)[number]): string[] {
  const start = firstHost + (version % distinctVersions) * addressesPerVersion + serviceNames.indexOf(service);
  const count = service === "worker" ? replicas : 1;
  return Array.from({ length: count }, (_, replica) => `10.224.${index}.${start + replica}`).sort();
}

/**
 * The change of a number.
 * @param number 1 for the first; it is also the version that the environment then has.
 */
export function changeAt(number: number, environmentCount: number): Change {
  const isReturn = number % removalInterval === 0;
  const index = ((isReturn ? number - 1 : number) * stride) % environmentCount;
  const isRemoval = number % removalInterval === removalInterval - 1;
  return { index, environment: isRemoval ? null : environmentAt(index, number) };
}
