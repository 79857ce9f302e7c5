import { childOf, formatName, type NameKey, parentOf } from "../wire/name.ts";
import type { Zone } from "../zone.ts";
import { anchorsOf, recordEntriesOf } from "./entry-list.ts";
import { findNode } from "./find-node.ts";
import { discoveryAt, type FactsByName, isAnchored, noFacts, settle, settleWildcard } from "./name-facts.ts";
import type { AnchorEntry, Claim, RecordEntry } from "./zone-entry.ts";
import type { ZoneNode } from "./zone-node.ts";

/** What put records at a name: shown by a trace, never sent. */
export interface Origin {
  kind: "service" | "apex" | "hostname" | "address" | "discovery" | "special" | "server";
  /** `service "web" of shop/login`, `localhost (RFC 6761)`. */
  text: string;
}

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
  const { names } = zone;
  const encloser = findEncloser(names, name);
  const node = encloser === null ? null : findNode(names, encloser);
  if (encloser === null || node === null) return foreign(null, "not a name of the zone");
  if (encloser === name) return explainNode(names, name, node);
  const wildcard = childOf(encloser, "*");
  if (node.wildcard !== null) {
    const origins = wildcardOrigins(names, encloser);
    const text = `wildcard ${formatName(wildcard)}: ${join(origins)}`;
    return { rule: "wildcard", encloser, origins, text };
  }
  const [held, heldWildcard] = [heldClaim(names, encloser), heldClaim(names, wildcard)];
  const text =
    heldWildcard !== null
      ? `wildcard ${formatName(wildcard)} is ${keptFor(heldWildcard)}`
      : `no such name below ${formatName(encloser)}${held === null ? "" : `, which is ${keptFor(held)}`}`;
  return { rule: "below-nothing", encloser, origins: [], text };
}

/** The name itself when the zone has it, else the nearest name above it that is local with everything below it. */
function findEncloser(names: FactsByName, name: NameKey): NameKey | null {
  if (findNode(names, name) !== null) return name;
  for (let up = name; up !== ""; ) {
    up = parentOf(up);
    if (findNode(names, up)?.below === "local") return up;
  }
  return null;
}

function explainNode(names: FactsByName, name: NameKey, node: ZoneNode): NameExplanation {
  if (node.self === "foreign") return foreign(name, "only the names below it are of the zone");
  const facts = names.get(name) ?? noFacts;
  const held = heldClaim(names, name);
  if (node.self === "absent") {
    const otherwise = isAnchored(facts)
      ? "a name of special use, which does not exist"
      : "no such name; names below it are kept for services that are down";
    return { rule: "absent", encloser: name, origins: [], text: held === null ? otherwise : keptFor(held) };
  }
  const origins = originsAt(names, name);
  const reason = isAnchored(facts) ? "a name of the zone's own" : "there for the names below it";
  const what = origins.length > 0 ? join(origins) : `${reason}, without records`;
  const kept = held === null ? "" : `; its address is ${keptFor(held)}`;
  return { rule: "exact", encloser: name, origins, text: `${what}${kept}` };
}

function foreign(encloser: NameKey | null, reason: string): NameExplanation {
  return { rule: "foreign", encloser, origins: [], text: `${reason}: for upstreams to answer` };
}

function heldClaim(names: FactsByName, name: NameKey): Claim | null {
  const claim = settle(names, name);
  return claim?.rrset === null ? claim : null;
}

function keptFor({ service, source }: Claim): string {
  return `kept for service "${service}" of ${source.key}, which is down`;
}

/** In the order of the records. */
function originsAt(names: FactsByName, name: NameKey): Origin[] {
  const claim = settle(names, name);
  const origins = claim === null || claim.rrset === null ? [] : [originOfClaim(claim)];
  const entries = recordEntriesOf((names.get(name) ?? noFacts).entries);
  for (const entry of entries) if (!("rrsets" in entry) || entry.rrsets.length > 0) origins.push(originOfEntry(entry));
  const discovery = discoveryAt(names, name);
  if (discovery?.hasRecords === true) {
    const { service, environment } = discovery.ports;
    origins.push({ kind: "discovery", text: `ports of service "${service}" of ${environment}` });
  }
  return distinct(origins);
}

function wildcardOrigins(names: FactsByName, encloser: NameKey): Origin[] {
  const claim = settleWildcard(names, encloser);
  if (claim !== null) return [originOfClaim(claim)];
  const anchors = anchorsOf((names.get(encloser) ?? noFacts).entries);
  return distinct(anchors.filter(({ wildcard }) => wildcard !== null).map(originOfEntry));
}

function originOfClaim({ kind, service, source }: Claim): Origin {
  const text = `${kind === "apex" ? "ingress " : ""}service "${service}" of ${source.key}`;
  return { kind, text: kind === "hostname" ? `${text}, which asks for it (cilo.hostnames)` : text };
}

function originOfEntry(entry: AnchorEntry | RecordEntry): Origin {
  switch (entry.kind) {
    case "special":
      return { kind: "special", text: entry.purpose };
    case "suffix":
    case "reverse":
    case "server":
      return { kind: "server", text: "cilo's own name server" };
    case "domain":
      return { kind: "discovery", text: `description of ${entry.source.key}` };
    case "address":
      return { kind: "address", text: `address of service "${entry.service}" of ${entry.source.key}` };
  }
}

/** Each once, as records of several types have the same. */
function distinct(origins: readonly Origin[]): Origin[] {
  return [...new Map(origins.map((origin) => [origin.text, origin])).values()];
}

function join(origins: readonly Origin[]): string {
  return origins.map(({ text }) => text).join(", ");
}
