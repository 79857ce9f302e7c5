import { type NameKey, parentOf } from "../wire/name.ts";
import { serviceRecords } from "./discovery.ts";
import { anchorsOf, recordEntriesOf } from "./entry-list.ts";
import { ownAuthority } from "./installation-entries.ts";
import {
  discoveryAt,
  type FactsByName,
  findAnchored,
  isAnchored,
  type NameFacts,
  noFacts,
  type Standing,
  settleWildcard,
  standingOf,
} from "./name-facts.ts";
import { isAnchor } from "./zone-entry.ts";
import type { Authority, RRset, ServicePorts, ZoneNode } from "./zone-node.ts";

/** Makes nodes from facts; those that one maker makes share what is equal in them. */
export interface NodeMaker {
  /** Null for a name that is not in the zone. */
  make(name: NameKey): ZoneNode | null;
}

/** @param facts of all names; they must not change while nodes are made. */
export function createNodeMaker(facts: FactsByName): NodeMaker {
  const apexes = new Map<NameKey, NameKey | null>();
  const authorities = new Map<NameKey, Authority>();
  const plainNodes = new Map<ServicePorts | RRset | Authority, ZoneNode>();

  /** Names next to each other have the same apex, apexes apart. */
  function apexOf(name: NameKey, own: NameFacts): NameKey | null {
    if (isAnchored(own)) return name;
    const parent = parentOf(name);
    let apex = apexes.get(parent);
    if (apex === undefined) {
      apex = findApex(facts, parent);
      apexes.set(parent, apex);
    }
    return apex ?? findApex(facts, name);
  }

  function authorityOf(apex: NameKey): Authority {
    let authority = authorities.get(apex);
    if (authority === undefined) {
      authority = anchorsOf((facts.get(apex) ?? noFacts).entries).at(-1)?.authority ?? ownAuthority(apex);
      authorities.set(apex, authority);
    }
    return authority;
  }

  /** Most names have one RRset or none, and those of one service have the same. */
  function share(node: ZoneNode): ZoneNode {
    const { self, rrsets, wildcard, authority, discovery } = node;
    if (self !== "exists" || wildcard !== null || rrsets.length > 1) return node;
    const [rrset] = rrsets;
    const content = discovery ?? rrset ?? authority;
    const known = plainNodes.get(content);
    if (known?.authority === authority && known.discovery === discovery && known.rrsets[0] === rrset) return known;
    plainNodes.set(content, node);
    return node;
  }

  return {
    make(name) {
      const standing = standingOf(facts, name);
      if (standing.facts === noFacts) return null;
      const apex = apexOf(name, standing.facts);
      const records = recordsAt(facts, name, standing);
      const self = apex === null ? selfOutside(standing) : selfInside(standing, { isApex: name === apex, records });
      if (self === null) return null;
      const rrsets = self === "exists" ? (records ?? []) : [];
      const discovery = standing.claim?.discovery ?? null;
      if (apex === null) {
        return { self, below: "foreign", rrsets, wildcard: null, authority: authorityOf(name), discovery };
      }
      const wildcard = wildcardAt(facts, name, standing.facts);
      return share({ self, below: "local", rrsets, wildcard, authority: authorityOf(apex), discovery });
    },
  };
}

/**
 * All records of a name, addresses first; null for a name that does not exist by itself. A name of SRV records, or
 * between those and their host, exists because of the host, and is here only when it is someone's name as well.
 */
function recordsAt(facts: FactsByName, name: NameKey, { exists, claim, facts: own }: Standing): RRset[] | null {
  const discovery = discoveryAt(facts, name);
  if (!exists && discovery === null) return null;
  const records = claim === null || claim.rrset === null ? [] : [claim.rrset];
  for (const entry of recordEntriesOf(own.entries)) {
    if (isAnchor(entry)) records.push(...entry.rrsets);
    else records.push(entry.rrset);
  }
  if (discovery?.hasRecords === true) records.push(serviceRecords(discovery.host, discovery.ports));
  return records;
}

/**
 * The apex whose authority answers for a name: the nearest anchor at or above it; outside all anchors what the widest
 * wildcard around it stands below, which makes everything below that local. Null for names that stand alone.
 */
function findApex(facts: FactsByName, name: NameKey): NameKey | null {
  const anchored = findAnchored(facts, name);
  if (anchored !== null) return anchored;
  let widest: NameKey | null = null;
  for (let up = name; up !== ""; up = parentOf(up)) if (settleWildcard(facts, up) !== null) widest = up;
  return widest;
}

/** A name that nothing local encloses is an authority of its own; the names around it stay foreign. */
function selfOutside({ exists, isHeld, facts }: Standing): ZoneNode["self"] | null {
  if (exists) return "exists";
  return isHeld ? existsOrAbsent(facts) : null;
}

function selfInside(
  { isHeld, facts }: Standing,
  { isApex, records }: { isApex: boolean; records: readonly RRset[] | null },
): ZoneNode["self"] | null {
  if (records !== null) return "exists";
  // Only the names below are an outside wildcard's; the name itself is for upstreams, unless someone has it.
  if (isApex && !isAnchored(facts)) return isHeld ? existsOrAbsent(facts) : "foreign";
  // Names between a name and its apex exist without records (RFC 4592 section 2.2.2). Were the held ones below to
  // exist, they would, and no wildcard would answer for them: so none does now.
  return isApex || isHeld || facts.existingBelow + facts.heldBelow > 0 ? existsOrAbsent(facts) : null;
}

/** Above a name that exists nothing is absent (RFC 8020 section 2). */
function existsOrAbsent({ existingBelow }: NameFacts): "exists" | "absent" {
  return existingBelow > 0 ? "exists" : "absent";
}

/** A wildcard whose service is down leaves the names below to nobody. */
function wildcardAt(all: FactsByName, name: NameKey, facts: NameFacts): readonly RRset[] | null {
  const claim = settleWildcard(all, name, facts);
  if (claim !== null) return claim.rrset === null ? null : [claim.rrset];
  return anchorsOf(facts.entries).findLast(({ wildcard }) => wildcard !== null)?.wildcard ?? null;
}
