import type { NameKey } from "./wire/name.ts";
import { parentOf } from "./wire/name.ts";
import { changeIndex } from "./zone/change-index.ts";
import { findNode } from "./zone/find-node.ts";
import type { Installation } from "./zone/installation-entries.ts";
import type { NameFacts } from "./zone/name-facts.ts";
import type { NameTable } from "./zone/name-table.ts";
import type { ZoneEnvironment } from "./zone/zone-environment.ts";
import { emptyIndex, type ZoneIndex } from "./zone/zone-index.ts";
import type { Authority, RRset } from "./zone/zone-node.ts";
import { warningsOfZone, type ZoneWarning } from "./zone/zone-warnings.ts";

export type { ZoneEnvironment } from "./zone/zone-environment.ts";
export type { ZoneWarning } from "./zone/zone-warnings.ts";

export interface ZoneInput extends Installation {
  environments: readonly ZoneEnvironment[];
  /** Serial of the SOA records, 32 bits, growing with every zone. */
  serial: number;
}

/** All names that are answered here, at one moment. Immutable: a change is another zone, swapped in whole. */
export interface Zone {
  readonly serial: number;
  readonly names: NameTable<NameFacts>;
  /** What the names follow from, and they themselves. */
  readonly index: ZoneIndex;
  /** Worked out when asked for first. */
  readonly warnings: readonly ZoneWarning[];
}

/** What is different in the next zone. */
export interface ZoneChange {
  /** Environments that are new, or others than before. */
  set: readonly ZoneEnvironment[];
  /** Ids of environments that are no more. */
  remove: readonly string[];
  serial: number;
}

/** What the zone has for a name. `foreign`: it is for upstreams to answer. */
export type Finding =
  | { kind: "found"; rrsets: readonly RRset[]; authority: Authority }
  | { kind: "absent"; authority: Authority }
  | { kind: "foreign" };

/** Builds the zone of a set of environments. Never throws; what cannot be published is in `warnings`. */
export function buildZone({ environments, suffix, baseSubnet, serial }: ZoneInput): Zone {
  const nothing = createZone(0, emptyIndex({ suffix, baseSubnet }));
  return changeZone(nothing, { set: environments, remove: [], serial });
}

/**
 * Makes the next zone of a zone, which stays as it is: the one that `buildZone` would make of the environments that
 * result, in time for the names that change. Only a suffix or subnet that begins to enclose names that are there
 * already, or ceases to, takes time for all.
 */
export function changeZone(zone: Zone, { set, remove, serial }: ZoneChange): Zone {
  return createZone(serial, changeIndex(zone.index, { set, remove }));
}

/**
 * Looks a name up: itself, else through its closest encloser (RFC 4592 section 3.3.1), whose wildcard answers, or
 * which says that the name does not exist.
 */
export function findName(zone: Zone, name: NameKey): Finding {
  const node = findNode(zone.names, name);
  if (node?.self === "exists") return { kind: "found", rrsets: node.rrsets, authority: node.authority };
  if (node?.self === "absent") return { kind: "absent", authority: node.authority };
  if (node?.self === "foreign") return { kind: "foreign" };
  for (let up = name; up !== ""; ) {
    up = parentOf(up);
    const encloser = findNode(zone.names, up);
    if (encloser === null || encloser.below === "foreign") continue;
    const { authority, wildcard } = encloser;
    return wildcard === null ? { kind: "absent", authority } : { kind: "found", rrsets: wildcard, authority };
  }
  return { kind: "foreign" };
}

function createZone(serial: number, index: ZoneIndex): Zone {
  let warnings: readonly ZoneWarning[] | null = null;
  return {
    serial: serial >>> 0,
    names: index.names,
    index,
    get warnings() {
      warnings ??= warningsOfZone(index);
      return warnings;
    },
  };
}
