import { type CanonicalModel, type CanonicalService, containerServices, containersOf } from "./canonical-model.ts";
import type { Copy } from "./copies.ts";
import { expectedMode } from "./own-network.ts";

/** Fields in which an address of the project's is put right (trap T6). */
const rewrittenFields = ["environment", "command", "entrypoint", "dns", "extra_hosts", "healthcheck"];

/** The service with the addresses that the project gives its services and networks replaced by those they have in the copy. */
export function withNewAddresses(copy: Copy, service: CanonicalService): CanonicalService {
  const replacements = replacementsOf(copy);
  const rewritten = { ...service };
  for (const field of rewrittenFields) {
    if (field in service) rewritten[field] = mapTexts(service[field], (text) => replaceNumbers(text, replacements));
  }
  return rewritten;
}

/**
 * What stands in the copy for each address of the project: those of its services (of services that are never on together and have one, the one that is on
 * counts), the gateways of its networks, and their subnets as a whole.
 */
export function replacementsOf({ base, active, facts }: Copy): Map<string, string> {
  const names = containerServices(base)
    .map(([name]) => name)
    .sort();
  const replacements = new Map<string, string>();
  const decided = new Set<string>();
  const allOld = new Set(names.flatMap((name) => addressesOf(base, name)));
  for (const name of [...names.filter((some) => active.base.includes(some)), ...names]) {
    for (const old of addressesOf(base, name)) {
      const address = newAddress({ base, active, facts }, name);
      if (!decided.has(old) && address !== null) replacements.set(old, address);
      decided.add(old);
    }
  }
  // A network on which nothing has an address of its own has no known place in the copy.
  if (!names.some((name) => newAddress({ base, active, facts }, name) !== null)) return replacements;
  for (const { subnet, gateway } of blocksOf(base)) {
    if (!allOld.has(gateway)) replacements.set(gateway, `${facts.subnet}.1`);
    replacements.set(subnet, `${facts.subnet}.0/24`);
  }
  return replacements;
}

/** IPv4 subnets with the gateway that is written down, else the one the engine takes. */
function blocksOf(base: CanonicalModel): { subnet: string; gateway: string }[] {
  const blocks = Object.values(base.networks ?? {}).flatMap((network) => network?.ipam?.config ?? []);
  return blocks.flatMap(({ subnet = "", gateway }) =>
    subnet.includes(":") ? [] : [{ subnet, gateway: gateway ?? subnet.replace(/\d+\/\d+$/, "1") }],
  );
}

function addressesOf(base: CanonicalModel, name: string): string[] {
  const attachments = Object.values(base.services[name]?.networks ?? {});
  return attachments.flatMap((attachment) => (attachment?.ipv4_address ? [attachment.ipv4_address] : []));
}

function newAddress({ base, active, facts }: Pick<Copy, "base" | "active" | "facts">, name: string): string | null {
  const service = base.services[name];
  if (service === undefined || containersOf(service) !== 1 || facts.shared.includes(name)) return null;
  return expectedMode(base, service.network_mode ?? "", active.base) === "" ? (facts.addresses[name] ?? null) : null;
}

/** Replaces numbers with dots as a whole: 10.0.0.1 is not part of 10.0.0.12. A full stop at the end of a sentence is none of the address. */
function replaceNumbers(text: string, replacements: ReadonlyMap<string, string>): string {
  const replaceOne = (number: string) => replacements.get(number) ?? number;
  return text.replace(/([\d.]*\d)(\/\d+)?/g, (whole, number: string, length = "") =>
    replacements.has(whole) ? replaceOne(whole) : `${replaceOne(number)}${length}`,
  );
}

function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === "string") return change(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, change));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapTexts(item, change)]));
}
