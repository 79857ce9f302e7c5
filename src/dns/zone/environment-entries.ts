import { keyOf } from "../../model/environment.ts";
import { hostNamesOf, projectDomain, shortDomain } from "../../model/host-names.ts";
import type { PublishedService } from "../../model/published.ts";
import type { NameKey } from "../wire/name.ts";
import { childOf, formatName, toNameKey } from "../wire/name.ts";
import { parseCustomHostname } from "./custom-hostname.ts";
import { descriptionRRset, discoveryNameOf, discoveryRRset } from "./discovery.ts";
import { pointerEntries } from "./reverse.ts";
import { addressRRset, isSuffix } from "./rrsets.ts";
import { type Claim, compareText, type EntrySource, type RecordEntry, type ZoneEntry } from "./zone-entry.ts";
import type { ZoneEnvironment } from "./zone-environment.ts";
import type { RRset } from "./zone-node.ts";

/** A name that was left out, and why. */
export interface LeftOutName {
  kind: "hostname-taken" | "apex-taken" | "hostname-invalid";
  text: string;
  service: string;
  reason: string;
}

/** Everything one environment brings to the zone: it follows from this environment's facts alone. */
export interface EnvironmentEntries {
  readonly source: EntrySource & { readonly key: NonNullable<EntrySource["key"]> };
  /** Null when no zone can have it. */
  readonly suffix: NameKey | null;
  /** CIDR. */
  readonly subnet: string;
  /** One claim a name at most. */
  readonly entries: readonly ZoneEntry[];
  readonly leftOut: readonly LeftOutName[];
}

/** An environment's facts, with what is derived of them on the way. */
interface Derivation {
  environment: ZoneEnvironment;
  source: EnvironmentEntries["source"];
  services: ReadonlyMap<string, PublishedService>;
  leftOut: LeftOutName[];
}

/** Derives what an environment brings. Never throws: what is no name is in `leftOut`. */
export function entriesOfEnvironment(environment: ZoneEnvironment): EnvironmentEntries {
  const { id, createdAt, subnet } = environment;
  const source = { id, key: keyOf(environment), createdAt };
  const services = new Map(Object.entries(environment.services).sort(([left], [right]) => compareText(left, right)));
  const derivation: Derivation = { environment, source, services, leftOut: [] };
  const suffix = toNameKey(environment.suffix);
  const hasSuffix = suffix !== null && isSuffix(suffix);
  const claims = [
    ...serviceClaims(derivation, hasSuffix),
    ...hostnameClaims(derivation),
    ...(hasSuffix ? apexClaims(derivation) : []),
  ];
  const entries = [
    ...(hasSuffix ? domainEntries(derivation) : []),
    ...keepFirstOfEach(claims, derivation.leftOut),
    ...pointerEntries(environment, services, source),
  ];
  return { source, suffix: hasSuffix ? suffix : null, subnet, entries, leftOut: derivation.leftOut };
}

/** An environment's own domains; they exist as long as it does, with or without names below. */
function domainEntries({ environment, source }: Derivation): RecordEntry[] {
  const rrset = descriptionRRset(environment, source.key);
  const long = projectDomain(environment);
  const names = (environment.shortNames ? [shortDomain(environment), long] : [long]).map(toNameKey);
  return names.filter((name) => name !== null).map((name) => ({ kind: "domain", name, source, rrset }));
}

function serviceClaims(derivation: Derivation, hasSuffix: boolean): Claim[] {
  const { environment, services, leftOut } = derivation;
  const claims: Claim[] = [];
  for (const [service, names] of hostNamesOf(environment, [...services.keys()])) {
    const rrset = addressesRRset(derivation, "service", service);
    const ports = rrset === null ? [] : (services.get(service)?.ports ?? []);
    for (const text of names.all) {
      const name = hasSuffix ? toNameKey(text) : null;
      const reason = hasSuffix ? "it is longer than a domain name may be" : "its suffix cannot be one of a zone";
      if (name === null) leftOut.push({ kind: "hostname-invalid", text, service, reason });
      else claims.push(toClaim(derivation, { kind: "service", name, service, rrset, ports }));
    }
  }
  return claims;
}

function hostnameClaims(derivation: Derivation): Claim[] {
  const { environment, services, leftOut } = derivation;
  const claims: Claim[] = [];
  for (const [service, { hostnames }] of services) {
    const rrset = addressesRRset(derivation, "hostname", service);
    for (const entry of hostnames) {
      const hostname = parseCustomHostname(environment, entry);
      if (hostname.kind === "invalid") leftOut.push({ ...hostname, kind: "hostname-invalid", service });
      else {
        const wildcard = hostname.kind === "wildcard";
        claims.push(toClaim(derivation, { kind: "hostname", name: hostname.name, wildcard, service, rrset }));
      }
    }
  }
  return claims;
}

function apexClaims(derivation: Derivation): Claim[] {
  const text = projectDomain(derivation.environment);
  const service = [...derivation.services].find(([, { ingress }]) => ingress)?.[0];
  const name = toNameKey(text);
  if (service === undefined || name === null || toNameKey(`*.${text}`) === null) return [];
  const apex = { kind: "apex", name, service, rrset: addressesRRset(derivation, "apex", service) } as const;
  return [toClaim(derivation, apex), toClaim(derivation, { ...apex, wildcard: true })];
}

interface ClaimFacts extends Pick<Claim, "kind" | "service" | "rrset"> {
  /** What a wildcard stands below, else the owner name. */
  name: NameKey;
  wildcard?: boolean;
  ports?: readonly number[];
}

function toClaim({ source }: Derivation, facts: ClaimFacts): Claim {
  const { kind, name, service, rrset, wildcard = false, ports = [] } = facts;
  const hasDiscovery = ports.length > 0 && discoveryNameOf(name) !== null;
  const discovery = hasDiscovery ? discoveryRRset(name, ports, { service, environment: source.key }) : null;
  return { kind, name: wildcard ? childOf(name, "*") : name, source, service, wildcard, rrset, discovery };
}

function addressesRRset({ source, services }: Derivation, kind: Claim["kind"], service: string): RRset | null {
  const isApex = kind === "apex";
  const text = `${isApex ? "ingress " : ""}service "${service}" of ${source.key}`;
  return addressRRset(addressesOf(service, services), { kind, text });
}

/**
 * Within one environment the order is services, hostnames asked for, apex: what is asked for by name is meant more
 * than what follows from a rule.
 */
function keepFirstOfEach(claims: readonly Claim[], leftOut: LeftOutName[]): Claim[] {
  const kept = new Map<NameKey, Claim>();
  for (const claim of claims) {
    const first = kept.get(claim.name);
    if (first === undefined) kept.set(claim.name, claim);
    else if (first.service !== claim.service) leftOut.push(toLeftOut(claim, first));
  }
  return [...kept.values()];
}

function toLeftOut(claim: Claim, first: Claim): LeftOutName {
  const kind = claim.kind === "apex" ? "apex-taken" : "hostname-taken";
  const reason = `it is a name of its service "${first.service}"`;
  return { kind, text: formatName(claim.name), service: claim.service, reason };
}

/** A service in another's network namespace has that one's addresses. */
function addressesOf(service: string, services: Derivation["services"]): readonly string[] {
  const visited = new Set<string>();
  for (let name = service; !visited.has(name); ) {
    visited.add(name);
    const found = services.get(name);
    if (found === undefined) return [];
    if (found.namespaceOf === null) return found.addresses;
    name = found.namespaceOf;
  }
  return [];
}
