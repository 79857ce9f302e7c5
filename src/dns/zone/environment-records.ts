import { type EnvironmentKey, keyOf } from "../../model/environment.ts";
import { hostNamesOf, projectDomain, shortDomain } from "../../model/host-names.ts";
import type { PublishedEnvironment, PublishedService } from "../../model/published.ts";
import type { NameKey } from "../wire/name.ts";
import { childOf, toNameKey } from "../wire/name.ts";
import { parseCustomHostname } from "./custom-hostname.ts";
import { pointersOf, type ReversePointer } from "./reverse.ts";
import { addressRRset } from "./rrsets.ts";
import type { RRset } from "./zone-node.ts";

/** What a name is asked for as; an earlier kind has it before a later one, whichever environment asks. */
export const claimKinds = ["service", "apex", "hostname"] as const;
export type ClaimKind = (typeof claimKinds)[number];

/**
 * An environment's wish for a name. It stands while the service is down, so that a name never moves to another
 * environment on its own.
 */
export interface Claim {
  kind: ClaimKind;
  /** Lower case, without a final dot, "*." in front of a wildcard. */
  text: string;
  name: NameKey;
  /** `name` is what the wildcard stands below. */
  wildcard: boolean;
  /** Null while the service has no address. */
  rrset: RRset | null;
  service: string;
}

/** A name that was left out, and why. */
export interface LeftOutName {
  kind: "hostname-taken" | "apex-taken" | "hostname-invalid";
  text: string;
  service: string;
  reason: string;
}

/** Everything one environment brings to the zone: it follows from this environment's facts alone. */
export interface EnvironmentRecords {
  key: EnvironmentKey;
  createdAt: string;
  suffix: NameKey | null;
  /** Its own domains; they exist as long as it does, with or without names below. */
  domains: NameKey[];
  claims: Claim[];
  pointers: ReversePointer[];
  leftOut: LeftOutName[];
}

type Services = ReadonlyMap<string, PublishedService>;

/** Of all environments of a zone, few are other objects in the next one. */
const memo = new WeakMap<PublishedEnvironment, EnvironmentRecords>();

/**
 * Derives an environment's records, once for every object. Never throws: what is no name is in `leftOut`.
 * @param environment not changed afterwards.
 */
export function recordsOfEnvironment(environment: PublishedEnvironment): EnvironmentRecords {
  const known = memo.get(environment);
  if (known !== undefined) return known;
  const records = deriveRecords(environment);
  memo.set(environment, records);
  return records;
}

function deriveRecords(environment: PublishedEnvironment): EnvironmentRecords {
  const services: Services = new Map(
    Object.entries(environment.services).sort(([left], [right]) => (left < right ? -1 : 1)),
  );
  const leftOut: LeftOutName[] = [];
  const domains = environment.shortNames
    ? [shortDomain(environment), projectDomain(environment)]
    : [projectDomain(environment)];
  const claims = [
    ...serviceClaims(environment, services, leftOut),
    ...hostnameClaims(environment, services, leftOut),
    ...apexClaims(environment, services),
  ];
  return {
    key: keyOf(environment),
    createdAt: environment.createdAt,
    suffix: toNameKey(environment.suffix),
    domains: domains.map(toNameKey).filter((key) => key !== null),
    claims: keepFirstOfEach(claims, leftOut),
    pointers: pointersOf(environment, services),
    leftOut,
  };
}

function serviceClaims(environment: PublishedEnvironment, services: Services, leftOut: LeftOutName[]): Claim[] {
  const claims: Claim[] = [];
  for (const [service, names] of hostNamesOf(environment, [...services.keys()])) {
    const rrset = addressRRset(addressesOf(service, services));
    for (const text of names.all) {
      const name = toNameKey(text);
      if (name === null)
        leftOut.push({ kind: "hostname-invalid", text, service, reason: "it is longer than a domain name may be" });
      else claims.push({ kind: "service", text, name, wildcard: false, rrset, service });
    }
  }
  return claims;
}

function hostnameClaims(environment: PublishedEnvironment, services: Services, leftOut: LeftOutName[]): Claim[] {
  const claims: Claim[] = [];
  for (const [service, { hostnames }] of services) {
    const rrset = addressRRset(addressesOf(service, services));
    for (const entry of hostnames) {
      const hostname = parseCustomHostname(environment, entry);
      if (hostname.kind === "invalid") leftOut.push({ ...hostname, kind: "hostname-invalid", service });
      else claims.push({ ...hostname, kind: "hostname", wildcard: hostname.kind === "wildcard", rrset, service });
    }
  }
  return claims;
}

function apexClaims(environment: PublishedEnvironment, services: Services): Claim[] {
  const service = [...services].find(([, { ingress }]) => ingress)?.[0];
  const text = projectDomain(environment);
  const name = toNameKey(text);
  if (service === undefined || name === null || toNameKey(`*.${text}`) === null) return [];
  const rrset = addressRRset(addressesOf(service, services));
  const apex = { kind: "apex", name, rrset, service } as const;
  return [
    { ...apex, text, wildcard: false },
    { ...apex, text: `*.${text}`, wildcard: true },
  ];
}

/** The name that a claim is about, the asterisk of a wildcard included. */
export function ownerNameOf(claim: Claim): NameKey {
  return claim.wildcard ? childOf(claim.name, "*") : claim.name;
}

/**
 * Within one environment the order is services, hostnames asked for, apex: what is asked for by name is meant more
 * than what follows from a rule.
 */
function keepFirstOfEach(claims: readonly Claim[], leftOut: LeftOutName[]): Claim[] {
  const kept = new Map<NameKey, Claim>();
  for (const claim of claims) {
    const owner = ownerNameOf(claim);
    const first = kept.get(owner);
    if (first === undefined) kept.set(owner, claim);
    else if (first.service !== claim.service) leftOut.push(toLeftOut(claim, first));
  }
  return [...kept.values()];
}

function toLeftOut(claim: Claim, first: Claim): LeftOutName {
  const kind = claim.kind === "apex" ? "apex-taken" : "hostname-taken";
  return { kind, text: claim.text, service: claim.service, reason: `it is a name of its service "${first.service}"` };
}

/** A service in another's network namespace has that one's addresses. */
function addressesOf(service: string, services: Services): readonly string[] {
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
