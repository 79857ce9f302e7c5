import { type CanonicalModel, containerOwners, containerServices } from "./canonical-model.ts";
import type { Copy } from "./copies.ts";

/** P3: the copy's networks are its own one, made by cilo, under the key that services without `networks` join. */
export function findForeignNetworks({ merged, facts }: Copy): string[] {
  const networks = Object.entries(merged.networks ?? {});
  const isUsed = Object.values(merged.services).some(({ networks }) => networks !== undefined);
  if (networks.length === 0) return isUsed ? ["there is no network"] : [];
  return networks.flatMap(([key, network]) => {
    if (key !== "default") return [`network ${key}: it is not the environment's`];
    const { name, external, ipam, ...others } = network ?? {};
    const rest = [...Object.keys(others), ...Object.keys(ipam ?? {})];
    return external === true && name === facts.networkName && rest.length === 0
      ? []
      : [`network ${key}: it is ${JSON.stringify(network)}`];
  });
}

/** P4: every service is on that network alone, or deliberately on none. */
export function findWrongModes({ base, merged, active, facts }: Copy): string[] {
  return containerServices(base).flatMap(([name, { network_mode: given }]) => {
    if (facts.shared.includes(name)) return [];
    const { network_mode: mode, networks } = merged.services[name] ?? {};
    const keys = Object.keys(networks ?? {});
    const expected = expectedMode(base, given ?? "", active.base);
    if ((mode ?? "") !== expected) return [`service ${name}: network_mode is ${mode} instead of ${expected}`];
    const expectedKeys = expected === "" ? "default" : "";
    return keys.join() === expectedKeys ? [] : [`service ${name}: is on the networks ${keys.join(", ") || "(none)"}`];
  });
}

/**
 * The network mode that a service has in the copy; empty when it is on the environment's network, which stands in for the engine's own and for networks
 * that exist outside the project.
 */
export function expectedMode(base: CanonicalModel, given: string, active: readonly string[]): string {
  if (given === "none" || given === "host" || given.startsWith("service:")) return given;
  if (!given.startsWith("container:")) return "";
  const owner = containerOwners(base, active).get(given.slice("container:".length));
  return owner === undefined ? given : `service:${owner}`;
}
