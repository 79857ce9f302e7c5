import { childOf, type NameKey, parentOf } from "../wire/name.ts";
import { discoveryPlaceOf } from "./discovery.ts";
import { claimsOf, type EntryList, firstEntry, toEntries } from "./entry-list.ts";
import { type Claim, type EntrySource, isAnchor, isClaim } from "./zone-entry.ts";
import type { ServicePorts, ZoneNode } from "./zone-node.ts";

/** What is known of one name, and what it answers. Never changed in place. */
export interface NameFacts {
  readonly entries: EntryList;
  /** How many names below it exist by what is put at them. */
  readonly existingBelow: number;
  /** How many names below it are held for a service that is down. */
  readonly heldBelow: number;
  /** What follows from all that and from the names around it; null for a name that is not in the zone. */
  readonly node: ZoneNode | null;
}

/** The facts of all names, finished or in the making. */
export interface FactsByName {
  get(name: NameKey): NameFacts | undefined;
}

/** Of a name that nothing is known of. */
export const noFacts: NameFacts = { entries: null, existingBelow: 0, heldBelow: 0, node: null };

/** How a name stands by what is put at it, the names around it apart. */
export interface Standing {
  readonly facts: NameFacts;
  /** Whose it is. */
  readonly claim: Claim | null;
  readonly exists: boolean;
  /** Held for a service that is down. */
  readonly isHeld: boolean;
}

/** It follows from the entries at the name and from domains. */
export function standingOf(all: FactsByName, name: NameKey): Standing {
  const facts = all.get(name) ?? noFacts;
  const claim = settleAmong(all, facts);
  const isUp = claim !== null && claim.rrset !== null;
  return { facts, claim, exists: isUp || hasRecordOrAnchor(facts), isHeld: claim !== null && !isUp };
}

function hasRecordOrAnchor({ entries }: NameFacts): boolean {
  return toEntries(entries).some((entry) => !isClaim(entry) && (!isAnchor(entry) || entry.exists));
}

/**
 * Who has a name: of all claims the first one, records of several are never put together. A hostname asked for in
 * another environment's domain is left out, whether that one has a service of the name or not: it may have one
 * tomorrow. Names of cilo's own servers are nobody's.
 */
export function settle(all: FactsByName, name: NameKey): Claim | null {
  return settleAmong(all, all.get(name) ?? noFacts);
}

function settleAmong(all: FactsByName, { entries }: NameFacts): Claim | null {
  const claims = claimsOf(entries);
  const [first] = claims;
  if (first === undefined || isReserved(entries)) return null;
  if (first.kind !== "hostname") return first;
  const domain = findDomain(all, first);
  return domain === null ? first : (claims.find(({ source }) => source.key === domain.owner.key) ?? null);
}

/** Whether a name is cilo's own server's. */
export function isReserved(entries: EntryList): boolean {
  return toEntries(entries).some(({ kind }) => kind === "server");
}

/** What makes a name exist below the host it is of, and the host; null for any other name. */
export function discoveryAt(
  all: FactsByName,
  name: NameKey,
): { host: NameKey; hasRecords: boolean; ports: ServicePorts } | null {
  const place = discoveryPlaceOf(name);
  const ports = place === null ? null : (settle(all, place.host)?.discovery ?? null);
  return place === null || ports === null ? null : { ...place, ports };
}

/** A domain and the environment it belongs to. */
export interface OwnedDomain {
  name: NameKey;
  owner: EntrySource;
}

/**
 * The nearest domain at or above a claim's name (for a wildcard what it stands below): `lab.e.test` is lab/e's, though
 * it lies in `e.test`. Null outside all.
 */
export function findDomain(all: FactsByName, { name, wildcard }: Pick<Claim, "name" | "wildcard">): OwnedDomain | null {
  for (let up = wildcard ? parentOf(name) : name; up !== ""; up = parentOf(up)) {
    const owner = domainOwner(all.get(up) ?? noFacts);
    if (owner !== null) return { name: up, owner };
  }
  return null;
}

/** Whose domain a name is; null when it is nobody's. */
export function domainOwner({ entries }: NameFacts): EntrySource | null {
  return toEntries(entries).find(({ kind }) => kind === "domain")?.source ?? null;
}

/** The claim of the wildcard below a name, answering or not; null when there is no wildcard. */
export function settleWildcard(all: FactsByName, name: NameKey, facts = all.get(name) ?? noFacts): Claim | null {
  if (facts.existingBelow + facts.heldBelow === 0) return null;
  const claim = settle(all, childOf(name, "*"));
  return claim?.wildcard === true ? claim : null;
}

/** Whether everything below a name is local because of an anchor at it. */
export function isAnchored({ entries }: NameFacts): boolean {
  const first = firstEntry(entries);
  return first !== null && isAnchor(first);
}

/** The nearest name at or above one that has an anchor; null outside all. */
export function findAnchored(all: FactsByName, name: NameKey): NameKey | null {
  for (let up = name; up !== ""; up = parentOf(up)) if (isAnchored(all.get(up) ?? noFacts)) return up;
  return null;
}
