import type { Environment } from "../../../src/model/environment.ts";
import { makeEnvironment, makeService } from "../../support/environment.ts";

/** Services of every environment of the bench. */
export const serviceNames = ["web", "api", "db", "cache", "worker"] as const;

/** The most environments whose /24 networks fit into the default base subnet. */
const defaultPoolSize = 256;
const firstCreation = Date.UTC(2026, 10, 20);

/** The base subnet that the environments' own lie in: the default one, or for more of them all of 10.0.0.0/8. */
export function baseSubnetFor(count: number): string {
  return count <= defaultPoolSize ? "10.224.0.0/16" : "10.0.0.0/8";
}

/** Running environments of five services with one address each, so 200 of them are a thousand names. */
export function makeEnvironments(count: number): Environment[] {
  return Array.from({ length: count }, (_, index) => {
    const prefix =
      count <= defaultPoolSize
        ? `10.224.${index}`
        : `10.${Math.floor(index / defaultPoolSize)}.${index % defaultPoolSize}`;
    const services = serviceNames.map((service, host) => {
      const address = `${prefix}.${10 + host}`;
      return [
        service,
        makeService({ address, addresses: [address], ports: [80], ingress: service === "web" }),
      ] as const;
    });
    return makeEnvironment({
      name: `env-${index}`,
      createdAt: new Date(firstCreation + index * 1_000).toISOString(),
      subnet: `${prefix}.0/24`,
      services: Object.fromEntries(services),
    });
  });
}

/** The short names of the environments' services, each with its address. */
export function addressesByName(environments: readonly Environment[]): Map<string, string> {
  const entries = environments.flatMap(({ name, services }) =>
    Object.entries(services).map(
      ([service, { addresses }]) => [`${service}.${name}.test`, addresses[0] ?? ""] as const,
    ),
  );
  return new Map(entries);
}

/** Names of others, for what is forwarded. */
export function makeForeignNames(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `host-${index}.bench.example.com`);
}
