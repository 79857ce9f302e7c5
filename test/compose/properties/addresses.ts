import { containerServices, containersOf } from "./canonical-model.ts";
import type { Copy } from "./copies.ts";
import { expectedMode } from "./own-network.ts";

/** Host numbers of fixed addresses: below are the gateway and shared services, above is what the engine gives out itself (`.192/26`). */
const firstHost = 10;
const lastHost = 191;

/** P5 and P14: a service of one container has the address reserved for it, no other service has any, and nothing else is said of the attachment. */
export function findWrongAddresses({ base, merged, active, facts }: Copy): string[] {
  const holders = new Map<string, string>();
  return containerServices(base).flatMap(([name, service]) => {
    const attachment = merged.services[name]?.networks?.default ?? {};
    const { ipv4_address: address, aliases: _, mac_address: mac, ...others } = attachment;
    const isOnNetwork = expectedMode(base, service.network_mode ?? "", active.base) === "";
    const isFixed = isOnNetwork && containersOf(service) === 1 && !facts.shared.includes(name);
    const expected = isFixed ? (facts.addresses[name] ?? undefined) : undefined;
    const problems = Object.keys(others).map((field) => `service ${name}: networks.default.${field} is left`);
    if (address !== expected) problems.push(`service ${name}: has the address ${address} instead of ${expected}`);
    if (isFixed && expected === undefined) problems.push(`service ${name}: no address is reserved for it`);
    if (address !== undefined) problems.push(...findMisplaced(name, address, facts.subnet, holders));
    const isStub = facts.shared.includes(name);
    if (isOnNetwork && !isStub) problems.push(...findLostMac(name, service, merged.services[name]?.mac_address ?? mac));
    return problems;
  });
}

function findMisplaced(name: string, address: string, subnet: string, holders: Map<string, string>): string[] {
  const holder = holders.get(address);
  holders.set(address, name);
  if (holder !== undefined) return [`service ${name}: ${address} is the address of ${holder}`];
  const host = address.startsWith(`${subnet}.`) ? Number(address.slice(subnet.length + 1)) : Number.NaN;
  return host >= firstHost && host <= lastHost ? [] : [`service ${name}: ${address} is not among the fixed addresses`];
}

/** Bridges of two copies are apart, so an address of the link layer stays; of several, one. */
function findLostMac(name: string, service: { [field: string]: unknown }, actual: unknown): string[] {
  const networks = Object.values((service.networks ?? {}) as Record<string, { mac_address?: string } | null>);
  const given = [service.mac_address, ...networks.map((attachment) => attachment?.mac_address)].filter(
    (mac) => mac !== undefined && mac !== "",
  );
  const isKept = given.length === 0 ? actual === undefined : given.includes(actual);
  return isKept ? [] : [`service ${name}: mac_address is ${actual}, the project says ${given.join(" and ") || "none"}`];
}
