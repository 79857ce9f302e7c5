import { type NameKey, parentOf } from "../wire/name.ts";
import { ownAuthority } from "./installation-entries.ts";
import {
  anchorsAt,
  type FactsByName,
  findAnchored,
  isAnchored,
  noFacts,
  recordsAt,
  type Standing,
  settleWildcard,
  standingOf,
} from "./name-facts.ts";
import type { Authority, RRset, ZoneNode } from "./zone-node.ts";

/** Makes nodes from facts; those that one maker makes share what is equal in them. */
export interface NodeMaker {
  /** Null for a name that is not in the zone. */
  make(name: NameKey): ZoneNode | null;
}

/** @param facts of all names; they must not change while nodes are made. */
export function createNodeMaker(facts: FactsByName): NodeMaker {
  const apexes = new Map<NameKey, NameKey | null>();
  const authorities = new Map<NameKey, Authority>();
  const plainNodes = new Map<RRset | Authority, ZoneNode>();

  /** Names that are next to each other have the same apex, but for an apex itself. */
  function apexOf(name: NameKey): NameKey | null {
    const parent = parentOf(name);
    let apex = apexes.get(parent);
    if (apex === undefined) {
      apex = findApex(facts, parent);
      apexes.set(parent, apex);
    }
    return isAnchored(facts, name) ? name : (apex ?? findApex(facts, name));
  }

  function authorityOf(apex: NameKey): Authority {
    const known = authorities.get(apex) ?? anchorsAt(facts, apex).at(-1)?.authority ?? ownAuthority(apex);
    authorities.set(apex, known);
    return known;
  }

  /** Most names have one RRset or none, and several of one service have the same. */
  function share(node: ZoneNode): ZoneNode {
    const { self, rrsets, wildcard, authority } = node;
    if (self !== "exists" || wildcard !== null || rrsets.length > 1) return node;
    const content = rrsets[0] ?? authority;
    const known = plainNodes.get(content);
    if (known?.authority === authority) return known;
    plainNodes.set(content, node);
    return node;
  }

  return {
    make(name) {
      const apex = apexOf(name);
      const standing = standingOf(facts, name);
      const self = apex === null ? selfOutside(facts, name, standing) : selfInside(facts, { name, apex }, standing);
      if (self === null) return null;
      const rrsets = self === "exists" ? recordsAt(facts, name, standing.claim) : [];
      if (apex === null) return { self, below: "foreign", rrsets, wildcard: null, authority: authorityOf(name) };
      return share({ self, below: "local", rrsets, wildcard: wildcardAt(facts, name), authority: authorityOf(apex) });
    },
  };
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
function selfOutside(facts: FactsByName, name: NameKey, { exists, isHeld }: Standing): ZoneNode["self"] | null {
  if (exists) return "exists";
  return isHeld ? existsOrAbsent(facts, name) : null;
}

function selfInside(
  facts: FactsByName,
  { name, apex }: { name: NameKey; apex: NameKey },
  { exists, isHeld }: Standing,
): ZoneNode["self"] | null {
  if (exists) return "exists";
  const { entries, existingBelow, heldBelow } = facts.get(name) ?? noFacts;
  const isApex = name === apex;
  // Only the names below are an outside wildcard's; the name itself is for upstreams, unless someone has it.
  if (isApex && entries.length === 0) return isHeld ? existsOrAbsent(facts, name) : "foreign";
  // Names between a name and its apex exist without records (RFC 4592 section 2.2.2). Were the held ones below to
  // exist, they would, and no wildcard would answer for them: so none does now.
  if (existingBelow > 0) return "exists";
  return isApex || heldBelow > 0 || isHeld ? "absent" : null;
}

/** Above a name that exists nothing is absent (RFC 8020 section 2). */
function existsOrAbsent(facts: FactsByName, name: NameKey): "exists" | "absent" {
  return (facts.get(name)?.existingBelow ?? 0) > 0 ? "exists" : "absent";
}

/** A wildcard whose service is down leaves the names below to nobody. */
function wildcardAt(facts: FactsByName, name: NameKey): readonly RRset[] | null {
  const claim = settleWildcard(facts, name);
  if (claim !== null) return claim.rrset === null ? null : [claim.rrset];
  const { entries } = facts.get(name) ?? noFacts;
  return entries.length === 0 ? null : (anchorsAt(facts, name).findLast(({ wildcard }) => wildcard)?.wildcard ?? null);
}
