import { childOf, formatName, type NameKey, parentOf } from "../wire/name.ts";
import type { Zone } from "../zone.ts";
import { anchorsAt, type FactsByName, settle } from "./name-facts.ts";
import type { Claim } from "./zone-entry.ts";
import type { Origin, RRset, ZoneNode } from "./zone-node.ts";

/** Why a name is answered as it is; for people, never sent. */
export interface NameExplanation {
  /**
   * `exact`: the name exists. `wildcard`: a wildcard answers for it. `absent`: it is in the zone as one that does not
   * exist. `below-nothing`: the zone has the names around it, and not this one. `foreign`: for upstreams to answer.
   */
  rule: "exact" | "wildcard" | "absent" | "below-nothing" | "foreign";
  /** The closest name of the zone at or above it; null for a name outside. */
  encloser: NameKey | null;
  /** What put the records there that answer. */
  origins: Origin[];
  /** One line, lower case, without a final stop. */
  text: string;
}

/** Explains what a zone has for a name, whatever its type. */
export function explainName(zone: Zone, name: NameKey): NameExplanation {
  const encloser = findEncloser(zone, name);
  const node = encloser === null ? undefined : zone.names.get(encloser);
  if (encloser === null || node === undefined) return foreign(null, "not a name of the zone");
  const { facts } = zone.index;
  if (encloser === name) return explainNode(facts, name, node);
  if (node.wildcard !== null) {
    const origins = originsOf(node.wildcard);
    const text = `wildcard ${formatName(childOf(encloser, "*"))}: ${join(origins)}`;
    return { rule: "wildcard", encloser, origins, text };
  }
  const wildcard = childOf(encloser, "*");
  const [held, heldWildcard] = [heldClaim(facts, encloser), heldClaim(facts, wildcard)];
  const text =
    heldWildcard !== null
      ? `wildcard ${formatName(wildcard)} is ${keptFor(heldWildcard)}`
      : `no such name below ${formatName(encloser)}${held === null ? "" : `, which is ${keptFor(held)}`}`;
  return { rule: "below-nothing", encloser, origins: [], text };
}

/** The name itself when the zone has it, else the nearest name above it that is local with everything below it. */
function findEncloser(zone: Zone, name: NameKey): NameKey | null {
  if (zone.names.get(name) !== undefined) return name;
  for (let up = name; up !== ""; ) {
    up = parentOf(up);
    if (zone.names.get(up)?.below === "local") return up;
  }
  return null;
}

function explainNode(facts: FactsByName, name: NameKey, node: ZoneNode): NameExplanation {
  if (node.self === "foreign") return foreign(name, "only the names below it are of the zone");
  const held = heldClaim(facts, name);
  if (node.self === "absent") {
    const isSpecial = anchorsAt(facts, name).length > 0;
    const otherwise = isSpecial
      ? "a name of special use, which does not exist"
      : "no such name; names below it are kept for services that are down";
    return { rule: "absent", encloser: name, origins: [], text: held === null ? otherwise : keptFor(held) };
  }
  const origins = originsOf(node.rrsets);
  const reason = anchorsAt(facts, name).length > 0 ? "a name of the zone's own" : "there for the names below it";
  const what = origins.length > 0 ? join(origins) : `${reason}, without records`;
  const kept = held === null ? "" : `; its address is ${keptFor(held)}`;
  return { rule: "exact", encloser: name, origins, text: `${what}${kept}` };
}

function foreign(encloser: NameKey | null, reason: string): NameExplanation {
  return { rule: "foreign", encloser, origins: [], text: `${reason}: for upstreams to answer` };
}

function heldClaim(facts: FactsByName, name: NameKey): Claim | null {
  const claim = settle(facts, name);
  return claim?.rrset === null ? claim : null;
}

function keptFor({ service, source }: Claim): string {
  return `kept for service "${service}" of ${source.key}, which is down`;
}

/** Each once, as records of several types have the same. */
function originsOf(rrsets: readonly RRset[]): Origin[] {
  return [...new Map(rrsets.map(({ origin }) => [origin.text, origin])).values()];
}

function join(origins: readonly Origin[]): string {
  return origins.map(({ text }) => text).join(", ");
}
