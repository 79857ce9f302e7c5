import type { Finding } from "../../model/finding.ts";
import { ownNetworkKey } from "../../model/names.ts";
import { keptKeysOf } from "../kept-networks.ts";
import { toEntries } from "../loose-values.ts";
import { type ComposeService, compareText, sortedServices } from "../model.ts";
import { fieldOf } from "../model-secrets.ts";
import type { Contribution, OverrideContext, RewriteContext } from "./concern.ts";
import { isInSubnet, oldSubnets } from "./old-subnets.ts";

/** An address that is no part of a longer number: IPv4 in dotted decimal, or what may be IPv6. */
const anyAddress = /(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?!\d|\.\d)|(?<![\w:])[\da-f]*:[\da-f]*:[\da-f:]*(?![\w:])/gi;

/** Fields in which projects write addresses of their networks. */
export const addressFields = ["dns", "environment", "extra_hosts", "command", "entrypoint", "healthcheck"] as const;

/**
 * What stands in the copy for each address of the project's networks that the project itself gives: the services' static ones, the gateways and the subnets as a whole. Null
 * where there is nothing, as a service with replicas has no fixed address.
 */
export function addressSubstitutions(context: RewriteContext): Map<string, string | null> {
  const { reading, fixedAddresses } = context;
  const kept = keptKeysOf(reading);
  const substitutions = new Map<string, string | null>();
  for (const [name, service] of activeFirst(reading)) {
    for (const [key, attachment] of Object.entries(service.networks ?? {})) {
      const old = attachment?.ipv4_address;
      if (old && !substitutions.has(old)) {
        substitutions.set(old, fixedAddresses.get(name)?.get(kept.get(key) ?? ownNetworkKey) ?? null);
      }
      // No copy's network has IPv6.
      if (attachment?.ipv6_address) substitutions.set(attachment.ipv6_address, null);
    }
  }
  for (const { key, cidr, gateway } of oldSubnets(reading.base)) {
    const prefix = prefixOf(context, kept.get(key) ?? ownNetworkKey);
    if (!substitutions.has(gateway)) substitutions.set(gateway, prefix === null ? null : `${prefix}.1`);
    if (!substitutions.has(cidr)) substitutions.set(cidr, prefix === null ? null : `${prefix}.0/24`);
  }
  return substitutions;
}

/** Where exclusive profiles share an address, it means the service that runs. */
function activeFirst({ base, active }: RewriteContext["reading"]): [string, ComposeService][] {
  const services = sortedServices(base);
  return [
    ...services.filter(([name]) => active.includes(name)),
    ...services.filter(([name]) => !active.includes(name)),
  ];
}

/** The first three numbers of a copy's network, which any fixed address in it tells. */
function prefixOf({ fixedAddresses }: RewriteContext, key: string): string | null {
  const address = [...fixedAddresses.values()].flatMap((addresses) => addresses.get(key) ?? [])[0];
  return address === undefined ? null : address.split(".").slice(0, 3).join(".");
}

/** Replaces addresses of the project's networks, which no longer exist, by the environment's, in the fields that `addressFields` names. */
export function rewriteOldAddresses(context: RewriteContext, service: ComposeService): ComposeService {
  const substitutions = addressSubstitutions(context);
  const replaced = [...substitutions].flatMap(([old, address]) => (address === null ? [] : [old]));
  if (replaced.length === 0) return service;
  const pattern = addressPattern(replaced);
  const replace = (text: string) => text.replace(pattern, (old) => substitutions.get(old) ?? old);
  const rewritten: ComposeService = { ...service };
  for (const field of addressFields) {
    if (field in service) Object.assign(rewritten, { [field]: mapTexts(service[field], replace) });
  }
  return rewritten;
}

/** Matches the addresses as a whole only: 10.0.0.1 is not in 10.0.0.12 nor in 110.0.0.1. */
export function addressPattern(addresses: readonly string[]): RegExp {
  // A subnet begins with an address.
  const ordered = [...addresses].sort((a, b) => b.length - a.length || compareText(a, b));
  const alternatives = ordered.map((address) => address.replaceAll(".", "\\."));
  return new RegExp(`(?<![\\d.])(?:${alternatives.join("|")})(?!\\d|\\.\\d)`, "g");
}

function mapTexts(value: unknown, replace: (text: string) => string): unknown {
  if (typeof value === "string") return replace(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, replace));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapTexts(item, replace)]));
}

/**
 * Tells where an address of the project's networks is left in a value, because it has no counterpart or the field is not one that is rewritten: of services, and in the
 * contents of configs.
 */
export function describeOldAddresses(context: OverrideContext): Contribution {
  const isLeft = leftAddressTest(context);
  const describeIn = (path: readonly string[], value: unknown) => {
    const found = new Set(textsOf(value).flatMap((text) => text.match(anyAddress) ?? []));
    return [...found].filter(isLeft).map((old) => leftAddress(path, old));
  };
  const ofServices = context.services.flatMap(({ name, service }) => {
    const { networks: _, ...rewritten } = rewriteOldAddresses(context, service);
    return Object.entries(rewritten).flatMap(([field, value]) => describeIn(["services", name, field], value));
  });
  const configs = toEntries(context.reading.base.configs).flatMap(([key, config]) =>
    describeIn(["configs", key, "content"], fieldOf(config, "content")),
  );
  return { findings: [...ofServices, ...configs] };
}

/** Tells the addresses that the project knows and the copy has not. */
function leftAddressTest(context: OverrideContext): (address: string) => boolean {
  const substitutions = addressSubstitutions(context);
  const given = new Set([...substitutions.values()].filter((address) => address !== null));
  const known = new Set([...substitutions.keys()].map((address) => address.toLowerCase()));
  const subnets = oldSubnets(context.reading.base);
  return (address) =>
    !given.has(address) && (known.has(address.toLowerCase()) || subnets.some((subnet) => isInSubnet(subnet, address)));
}

function textsOf(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.entries(value).flat().flatMap(textsOf) : [];
}

function leftAddress(path: readonly string[], old: string): Finding {
  return {
    rule: "old-address",
    action: "kept",
    shared: false,
    level: "warning",
    path,
    item: old,
    statement: `${path.at(-1)} has the address ${old}, which no service has in the environment`,
    hint: "use the service's name",
  };
}
