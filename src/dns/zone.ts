import type { PublishedEnvironment } from "../model/published.ts";
import type { NameKey } from "./wire/name.ts";
import { countLabels, parentOf, toNameKey, toWireName } from "./wire/name.ts";
import { recordTypes } from "./wire/protocol-numbers.ts";
import { byAge, settleClaims, type ZoneWarning } from "./zone/claims.ts";
import { type Claim, type EnvironmentRecords, recordsOfEnvironment } from "./zone/environment-records.ts";
import {
  type NameTree,
  placeAbsent,
  placeEmpty,
  placeRecords,
  placeSubtree,
  placeWildcard,
  type Subtree,
} from "./zone/name-tree.ts";
import { isWithin, reverseApexes } from "./zone/reverse.ts";
import { isSuffix, nameServerOf, toAuthority, toRRset } from "./zone/rrsets.ts";
import { loopback, specialSubtrees, testNameServer, testSuffix } from "./zone/special-names.ts";
import type { Authority, RRset, ZoneNode } from "./zone/zone-node.ts";

export type { ZoneWarning } from "./zone/claims.ts";

export interface ZoneInput {
  environments: readonly PublishedEnvironment[];
  /** The installation's suffix; local like every environment's own suffix and `test`. */
  suffix: string;
  /** CIDR whose reverse names are answered here and nowhere else. */
  baseSubnet: string;
  /** Serial of the SOA records, 32 bits, growing with every zone. */
  serial: number;
}

/** All names that are answered here, at one moment. Immutable: a change is another zone, swapped in whole. */
export interface Zone {
  readonly serial: number;
  readonly nodes: ReadonlyMap<NameKey, Readonly<ZoneNode>>;
  readonly warnings: readonly ZoneWarning[];
}

/** What the zone has for a name. `foreign`: it is for upstreams to answer. */
export type Finding =
  | { kind: "found"; rrsets: readonly RRset[]; authority: Authority }
  | { kind: "absent"; authority: Authority }
  | { kind: "foreign" };

/**
 * Builds the zone of a set of environments: each environment's records by themselves, then the names that several
 * want settled, then all put into one tree. Never throws; what cannot be published is in `warnings`.
 */
export function buildZone(input: ZoneInput): Zone {
  const environments = input.environments.map(recordsOfEnvironment).sort(byAge);
  const suffixes = collectSuffixes(input.suffix, environments);
  const { claims, warnings } = settleClaims(environments, new Set(suffixes.map(nameServerOf)));
  const tree: NameTree = new Map();
  const subtrees = [
    ...specialSubtrees(),
    ...suffixes.map(suffixSubtree),
    ...reverseSubtrees(input.baseSubnet, input.environments),
  ];
  // A name's authority is the nearest one above it, so enclosing subtrees go in first.
  for (const subtree of subtrees.sort(byDepth)) placeSubtree(tree, subtree);
  for (const suffix of suffixes) placeRecords(tree, nameServerOf(suffix), loopback, ownAuthority);
  for (const { domains } of environments) for (const domain of domains) placeEmpty(tree, domain);
  placeClaims(tree, claims);
  placePointers(tree, environments);
  return { serial: input.serial >>> 0, nodes: tree, warnings };
}

/**
 * Looks a name up: itself, else through its closest encloser (RFC 4592 section 3.3.1), whose wildcard answers, or
 * which says that the name does not exist.
 */
export function findName(zone: Zone, name: NameKey): Finding {
  const node = zone.nodes.get(name);
  if (node?.self === "exists") return { kind: "found", rrsets: node.rrsets, authority: node.authority };
  if (node?.self === "absent") return { kind: "absent", authority: node.authority };
  if (node?.self === "foreign") return { kind: "foreign" };
  for (let up = name; up !== ""; ) {
    up = parentOf(up);
    const encloser = zone.nodes.get(up);
    if (encloser === undefined || encloser.below === "foreign") continue;
    const { authority, wildcard } = encloser;
    return wildcard === null ? { kind: "absent", authority } : { kind: "found", rrsets: wildcard, authority };
  }
  return { kind: "foreign" };
}

function collectSuffixes(suffix: string, environments: readonly EnvironmentRecords[]): NameKey[] {
  const keys = [testSuffix, toNameKey(suffix), ...environments.map((environment) => environment.suffix)];
  return [...new Set(keys.filter((key): key is NameKey => key !== null && isSuffix(key)))];
}

function suffixSubtree(suffix: NameKey): Subtree {
  const nameServer = nameServerOf(suffix);
  const rrsets = [toRRset(recordTypes.NS, [toWireName(nameServer)])];
  return { authority: toAuthority(suffix, nameServer), self: "exists", rrsets };
}

function reverseSubtrees(baseSubnet: string, environments: readonly PublishedEnvironment[]): Subtree[] {
  const outside = environments.map(({ subnet }) => subnet).filter((subnet) => !isWithin(subnet, baseSubnet));
  const apexes = new Set([baseSubnet, ...outside].flatMap(reverseApexes));
  return [...apexes].map((apex) => ({
    authority: ownAuthority(apex),
    self: "exists",
    rrsets: [toRRset(recordTypes.NS, [toWireName(testNameServer)])],
  }));
}

/** A claim of a service that is down keeps its name from every other one, wildcards and upstreams included. */
function placeClaims(tree: NameTree, claims: readonly Claim[]): void {
  const byLabelCount = Map.groupBy(claims, ({ name }) => countLabels(name));
  const byDepthOfName = [...byLabelCount].sort(([left], [right]) => left - right).flatMap(([, group]) => group);
  for (const { wildcard, name, rrset } of byDepthOfName) {
    if (wildcard) placeWildcard(tree, name, rrset, ownAuthority);
  }
  for (const { wildcard, name, rrset } of byDepthOfName) {
    if (wildcard) continue;
    if (rrset === null) placeAbsent(tree, name, ownAuthority);
    else placeRecords(tree, name, rrset, ownAuthority);
  }
}

/** An address that two environments hold (one of them by a stale fact) has the name that the older one gives it. */
function placePointers(tree: NameTree, environments: readonly EnvironmentRecords[]): void {
  const placed = new Set<NameKey>();
  for (const { name, rrset } of environments.flatMap(({ pointers }) => pointers)) {
    if (placed.has(name)) continue;
    placed.add(name);
    placeRecords(tree, name, rrset, ownAuthority);
  }
}

function ownAuthority(apex: NameKey): Authority {
  return toAuthority(apex, testNameServer);
}

function byDepth(left: Subtree, right: Subtree): number {
  return countLabels(left.authority.apex) - countLabels(right.authority.apex);
}
