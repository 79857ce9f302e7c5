import type { NameKey } from "./wire/name.ts";
import { parentOf } from "./wire/name.ts";
import { changeIndex } from "./zone/change-index.ts";
import type { Installation } from "./zone/installation-entries.ts";
import { createNodeMaker } from "./zone/make-node.ts";
import { NameTable } from "./zone/name-table.ts";
import type { ZoneEnvironment } from "./zone/zone-environment.ts";
import { emptyIndex, type ZoneIndex } from "./zone/zone-index.ts";
import type { Authority, RRset, ZoneNode } from "./zone/zone-node.ts";
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
  readonly names: NameTable<ZoneNode>;
  /** What the names follow from. */
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
  const nothing = createZone(0, emptyIndex({ suffix, baseSubnet }), NameTable.empty());
  return changeZone(nothing, { set: environments, remove: [], serial });
}

/**
 * Makes the next zone of a zone, which stays as it is. It is the one that `buildZone` would make of the environments that
 * result, in time for the names that change. Only a suffix or subnet that begins to enclose names that are there already, or
 * ceases to, takes time for all.
 */
export function changeZone(zone: Zone, { set, remove, serial }: ZoneChange): Zone {
  const { index, changed } = changeIndex(zone.index, { set, remove }, () => zone.names.keys());
  const names = zone.names.edit();
  const maker = createNodeMaker(index.facts);
  for (const name of changed) {
    const node = maker.make(name);
    if (node === null) names.delete(name);
    else names.set(name, node);
  }
  return createZone(serial, index, names.finish());
}

/**
 * Looks a name up: itself, else through its closest encloser (RFC 4592 section 3.3.1), whose wildcard answers, or
 * which says that the name does not exist.
 */
export function findName(zone: Zone, name: NameKey): Finding {
  const node = zone.names.get(name);
  if (node?.self === "exists") return { kind: "found", rrsets: node.rrsets, authority: node.authority };
  if (node?.self === "absent") return { kind: "absent", authority: node.authority };
  if (node?.self === "foreign") return { kind: "foreign" };
  for (let up = name; up !== ""; ) {
    up = parentOf(up);
    const encloser = zone.names.get(up);
    if (encloser === undefined || encloser.below === "foreign") continue;
    const { authority, wildcard } = encloser;
    return wildcard === null ? { kind: "absent", authority } : { kind: "found", rrsets: wildcard, authority };
  }
  return { kind: "foreign" };
}

function createZone(serial: number, index: ZoneIndex, names: NameTable<ZoneNode>): Zone {
  let warnings: readonly ZoneWarning[] | null = null;
  return {
    serial: serial >>> 0,
    names,
    index,
    get warnings() {
      warnings ??= warningsOfZone(index);
      return warnings;
    },
  };
}
