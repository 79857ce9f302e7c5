import type { Finding } from "../finding.ts";
import { type ComposeService, compareText, sortedServices } from "../model.ts";
import type { Contribution, OverrideContext, RewriteContext } from "./concern.ts";
import { fixedAddressOf } from "./networks.ts";

/** Fields in which projects write the static address of one of their services. */
export const addressFields = ["dns", "environment", "extra_hosts", "command", "entrypoint", "healthcheck"] as const;

/** The address a service has in the environment, by each static address the project gives it; null where it has no fixed one. */
export function addressSubstitutions(context: RewriteContext): Map<string, string | null> {
  const substitutions = new Map<string, string | null>();
  for (const [name, service] of sortedServices(context.reading.base)) {
    for (const attachment of Object.values(service.networks ?? {})) {
      const old = attachment?.ipv4_address;
      if (old && !substitutions.has(old)) substitutions.set(old, fixedAddressOf(context, name));
    }
  }
  return substitutions;
}

/** Replaces static addresses of the project, which no longer exist, by the environment's, in the fields that `addressFields` names. */
export function rewriteOldAddresses(context: RewriteContext, service: ComposeService): ComposeService {
  const substitutions = addressSubstitutions(context);
  if (substitutions.size === 0) return service;
  const pattern = addressPattern([...substitutions.keys()]);
  const replace = (text: string) => text.replace(pattern, (old) => substitutions.get(old) ?? old);
  const rewritten: ComposeService = { ...service };
  for (const field of addressFields) {
    if (field in service) Object.assign(rewritten, { [field]: mapTexts(service[field], replace) });
  }
  return rewritten;
}

/** Matches the addresses as a whole only: 10.0.0.1 is not in 10.0.0.12 nor in 110.0.0.1. */
export function addressPattern(addresses: readonly string[]): RegExp {
  const alternatives = [...addresses].sort(compareText).map((address) => address.replaceAll(".", "\\."));
  return new RegExp(`(?<![\\d.])(?:${alternatives.join("|")})(?!\\d|\\.\\d)`, "g");
}

function mapTexts(value: unknown, replace: (text: string) => string): unknown {
  if (typeof value === "string") return replace(value);
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, replace));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, mapTexts(item, replace)]));
}

/** Tells where a static address of the project is left in a value, because it has no counterpart or the field is not one that is rewritten. */
export function describeOldAddresses(context: OverrideContext): Contribution {
  const substitutions = addressSubstitutions(context);
  const gone = [...substitutions.keys()].filter((old) => ![...substitutions.values()].includes(old));
  if (gone.length === 0) return {};
  const pattern = addressPattern(gone);
  return {
    findings: context.services.flatMap(({ name, service }) => {
      const { networks: _, ...rewritten } = rewriteOldAddresses(context, service);
      return Object.entries(rewritten).flatMap(([field, value]) =>
        [...new Set(JSON.stringify(value ?? null).match(pattern))].map((old) => leftAddress(name, field, old)),
      );
    }),
  };
}

function leftAddress(service: string, field: string, old: string): Finding {
  return {
    rule: "old-address",
    action: "kept",
    shared: false,
    level: "warning",
    path: ["services", service, field],
    item: old,
    statement: `${field} has the address ${old}, which no service has in the environment`,
    hint: "use the service's name",
  };
}
