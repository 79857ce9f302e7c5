import { keyOf } from "../../model/environment.ts";
import { hostNamesOf, projectDomain, type ServiceHostNames, shortDomain } from "../../model/host-names.ts";
import { subnetsOf } from "../../model/kept-networks.ts";
import type { PublishedService } from "../../model/published.ts";
import type { NameKey } from "../wire/name.ts";
import { childOf, formatName, toNameKey } from "../wire/name.ts";
import { parseCustomHostname } from "./custom-hostname.ts";
import { descriptionRRset, portsFor } from "./discovery.ts";
import { pointerEntries } from "./reverse.ts";
import { addressRRset, isSuffix } from "./rrsets.ts";
import { type Claim, compareText, type EntrySource, type RecordEntry, type ZoneEntry } from "./zone-entry.ts";
import type { ZoneEnvironment } from "./zone-environment.ts";
import type { RRset, ServicePorts } from "./zone-node.ts";

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
  /** CIDRs of its networks. */
  readonly subnets: readonly string[];
  /** One claim a name at most. */
  readonly entries: readonly ZoneEntry[];
  readonly leftOut: readonly LeftOutName[];
}

/** A service, with what is derived of it once. */
interface DerivedService extends PublishedService {
  names: ServiceHostNames;
  /** Its addresses, under whatever name; null when it has none. */
  rrset: RRset | null;
}

/** An environment's facts, with what is derived of them on the way. */
interface Derivation {
  environment: ZoneEnvironment;
  source: EnvironmentEntries["source"];
  services: ReadonlyMap<string, DerivedService>;
  leftOut: LeftOutName[];
}

/** Derives what an environment brings. Never throws: what is no name is in `leftOut`. */
export function entriesOfEnvironment(environment: ZoneEnvironment): EnvironmentEntries {
  const { id, createdAt } = environment;
  const subnets = subnetsOf(environment);
  const source = { id, key: keyOf(environment), createdAt };
  const derivation: Derivation = { environment, source, services: deriveServices(environment), leftOut: [] };
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
    ...pointerEntries(subnets, derivation.services, source),
  ];
  return { source, suffix: hasSuffix ? suffix : null, subnets, entries, leftOut: derivation.leftOut };
}

/** In the order of their names. */
function deriveServices(environment: ZoneEnvironment): Map<string, DerivedService> {
  const published = new Map(Object.entries(environment.services));
  const derived = new Map<string, DerivedService>();
  const inOrder = [...published.keys()].sort(compareText);
  for (const [service, names] of hostNamesOf(environment, inOrder)) {
    const facts = published.get(service);
    if (facts === undefined) continue;
    derived.set(service, { ...facts, names, rrset: addressRRset(addressesOf(service, published)) });
  }
  return derived;
}

/** An environment's own domains; they exist as long as it does, with or without names below. */
function domainEntries({ environment, source }: Derivation): RecordEntry[] {
  const rrset = descriptionRRset(environment);
  const long = projectDomain(environment);
  const names = (environment.shortNames ? [shortDomain(environment), long] : [long]).map(toNameKey);
  return names.filter((name) => name !== null).map((name) => ({ kind: "domain", name, source, service: null, rrset }));
}

function serviceClaims({ services, source, leftOut }: Derivation, hasSuffix: boolean): Claim[] {
  const claims: Claim[] = [];
  for (const [service, { names, ports, rrset }] of services) {
    const known: ServicePorts = { ports, service, environment: source.key };
    for (const text of names.all) {
      const name = hasSuffix ? toNameKey(text) : null;
      const reason = hasSuffix ? "it is longer than a domain name may be" : "its suffix cannot be one of a zone";
      if (name === null) leftOut.push({ kind: "hostname-invalid", text, service, reason });
      else {
        const discovery = rrset === null ? null : portsFor(name, known);
        claims.push({ kind: "service", name, source, service, wildcard: false, rrset, discovery });
      }
    }
  }
  return claims;
}

function hostnameClaims({ environment, services, source, leftOut }: Derivation): Claim[] {
  const claims: Claim[] = [];
  for (const [service, { hostnames, rrset }] of services) {
    for (const entry of hostnames) {
      const hostname = parseCustomHostname(environment, entry);
      if (hostname.kind === "invalid") leftOut.push({ ...hostname, kind: "hostname-invalid", service });
      else {
        const wildcard = hostname.kind === "wildcard";
        const name = wildcard ? childOf(hostname.name, "*") : hostname.name;
        claims.push({ kind: "hostname", name, source, service, wildcard, rrset, discovery: null });
      }
    }
  }
  return claims;
}

function apexClaims({ environment, services, source }: Derivation): Claim[] {
  const text = projectDomain(environment);
  const name = toNameKey(text);
  const wildcardName = toNameKey(`*.${text}`);
  const [service, ingress] = [...services].find(([, { ingress }]) => ingress) ?? [];
  if (service === undefined || ingress === undefined || name === null || wildcardName === null) return [];
  const apex = { kind: "apex", source, service, rrset: ingress.rrset, discovery: null } as const;
  return [
    { ...apex, name, wildcard: false },
    { ...apex, name: wildcardName, wildcard: true },
  ];
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
function addressesOf(service: string, services: ReadonlyMap<string, PublishedService>): readonly string[] {
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
