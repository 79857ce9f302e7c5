import { childOf, type NameKey, parentOf } from "../wire/name.ts";
import { hostOfDiscoveryName } from "./discovery.ts";
import { type AnchorEntry, type Claim, type EntrySource, isAnchor, type RecordEntry } from "./zone-entry.ts";
import type { RRset } from "./zone-node.ts";

/** What is known of one name, before it follows what it answers. Never changed in place. */
export interface NameFacts {
  /** In the order of `compareEntries`, like the claims. */
  readonly entries: readonly (AnchorEntry | RecordEntry)[];
  readonly claims: readonly Claim[];
  /** How many names below it exist by what is put at them. */
  readonly existingBelow: number;
  /** How many names below it are held for a service that is down. */
  readonly heldBelow: number;
}

/** The facts of all names, finished or in the making. */
export interface FactsByName {
  get(name: NameKey): NameFacts | undefined;
}

/** Of a name that nothing is known of. */
export const noFacts: NameFacts = { entries: [], claims: [], existingBelow: 0, heldBelow: 0 };

/** How a name stands by what is put at it, the names around it apart. */
export interface Standing {
  /** Whose it is. */
  claim: Claim | null;
  exists: boolean;
  /** Held for a service that is down. */
  isHeld: boolean;
}

/** How a name stands: it follows from the entries at it, at its host when it is a name of SRV records, and from domains. */
export function standingOf(facts: FactsByName, name: NameKey): Standing {
  const { entries } = facts.get(name) ?? noFacts;
  const claim = settle(facts, name);
  const hasRecords = claim !== null && claim.rrset !== null;
  const isPut = entries.some((entry) => !isAnchor(entry) || entry.exists);
  return { claim, exists: hasRecords || isPut || discoveryAt(facts, name) !== null, isHeld: claim?.rrset === null };
}

/**
 * Who has a name: of all claims the first one, records of several are never put together. A hostname asked for in
 * another environment's domain is left out, whether that one has a service of the name or not: it may have one tomorrow.
 * Names of cilo's own servers are nobody's.
 */
export function settle(facts: FactsByName, name: NameKey): Claim | null {
  const { entries, claims } = facts.get(name) ?? noFacts;
  const [first] = claims;
  if (first === undefined || entries.some(({ kind }) => kind === "server")) return null;
  if (first.kind !== "hostname") return first;
  const domain = findDomain(facts, first);
  return domain === null ? first : (claims.find(({ source }) => source.key === domain.owner.key) ?? null);
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
export function findDomain(
  facts: FactsByName,
  { name, wildcard }: Pick<Claim, "name" | "wildcard">,
): OwnedDomain | null {
  for (let up = wildcard ? parentOf(name) : name; up !== ""; up = parentOf(up)) {
    const owner = domainOwner(facts, up);
    if (owner !== null) return { name: up, owner };
  }
  return null;
}

/** Whose domain a name is; null when it is nobody's. */
export function domainOwner(facts: FactsByName, name: NameKey): EntrySource | null {
  return facts.get(name)?.entries.find(({ kind }) => kind === "domain")?.source ?? null;
}

/** The claim of the wildcard below a name, answering or not; null when there is no wildcard. */
export function settleWildcard(facts: FactsByName, name: NameKey): Claim | null {
  const { existingBelow, heldBelow } = facts.get(name) ?? noFacts;
  if (existingBelow + heldBelow === 0) return null;
  const claim = settle(facts, childOf(name, "*"));
  return claim?.wildcard === true ? claim : null;
}

/** The anchors at a name: several when a suffix is also a name of special use. */
export function anchorsAt(facts: FactsByName, name: NameKey): AnchorEntry[] {
  return facts.get(name)?.entries.filter(isAnchor) ?? [];
}

/** Whether everything below a name is local because of an anchor at it. */
export function isAnchored(facts: FactsByName, name: NameKey): boolean {
  const first = facts.get(name)?.entries[0];
  return first !== undefined && isAnchor(first);
}

/** The nearest name at or above one that has an anchor; null outside all. */
export function findAnchored(facts: FactsByName, name: NameKey): NameKey | null {
  for (let up = name; up !== ""; up = parentOf(up)) if (isAnchored(facts, up)) return up;
  return null;
}

/** All records of a name itself. Of several environments' descriptions or addresses the oldest one's counts. */
export function recordsAt(facts: FactsByName, name: NameKey, claim: Claim | null): RRset[] {
  const records = claim === null || claim.rrset === null ? [] : [claim.rrset];
  let kind: RecordEntry["kind"] | null = null;
  for (const entry of facts.get(name)?.entries ?? []) {
    if (isAnchor(entry)) records.push(...entry.rrsets);
    else if (entry.kind !== kind) records.push(entry.rrset);
    if (!isAnchor(entry)) kind = entry.kind;
  }
  const discovery = discoveryAt(facts, name);
  if (discovery !== null) records.push(discovery);
  return records;
}

/** SRV records follow the service's own name: whoever has that has them. */
function discoveryAt(facts: FactsByName, name: NameKey): RRset | null {
  const host = hostOfDiscoveryName(name);
  return host === null ? null : (settle(facts, host)?.discovery ?? null);
}
