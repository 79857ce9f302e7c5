import type { Environment, Service } from "./environment.ts";

/** A service as the DNS zone needs it. */
export type PublishedService = Pick<Service, "addresses" | "ports" | "hostnames" | "ingress" | "namespaceOf">;

/**
 * The facts of one environment that its names follow from: what a command sends to the daemon and what the zone is built of.
 * Services without an address have no name (their name is answered NXDOMAIN).
 */
export interface PublishedEnvironment
  extends Pick<
    Environment,
    "id" | "project" | "name" | "suffix" | "shortNames" | "subnet" | "keptNetworks" | "createdAt"
  > {
  services: Record<string, PublishedService>;
}

/** Takes from a record of state what is published of it. */
export function toPublished(environment: Environment): PublishedEnvironment {
  const { id, project, name, suffix, shortNames, subnet, keptNetworks, createdAt } = environment;
  // A service may be called "__proto__", which an assignment would lose.
  const services = Object.fromEntries(
    Object.entries(environment.services).map(([service, record]): [string, PublishedService] => {
      const { addresses, ports, hostnames, ingress, namespaceOf } = record;
      return [service, { addresses, ports, hostnames, ingress, namespaceOf }];
    }),
  );
  const kept = keptNetworks === undefined ? {} : { keptNetworks };
  return { id, project, name, suffix, shortNames, subnet, ...kept, createdAt, services };
}
