import type { EnvironmentKey } from "../../model/environment.ts";
import type { NameKey } from "../wire/name.ts";
import type { Authority, RRset, ServicePorts } from "./zone-node.ts";

/** Whose an entry is: an environment's, or with null as its key the installation's own. */
export interface EntrySource {
  /** "" for the installation. */
  readonly id: string;
  readonly key: EnvironmentKey | null;
  /** ISO 8601; of two that want one name the older has it. */
  readonly createdAt: string;
}

/**
 * What can be put at a name, in the order in which the entries of one name are kept. Of `service`, `apex` and
 * `hostname` an earlier kind has the name before a later one, whichever environment asks.
 */
export const entryKinds = [
  "special",
  "suffix",
  "reverse",
  "server",
  "domain",
  "service",
  "apex",
  "hostname",
  "address",
] as const;

interface NamedEntry {
  /** Its owner name; a wildcard's begins with the asterisk. */
  readonly name: NameKey;
  readonly source: EntrySource;
}

/** Makes a name and everything below it local. */
export interface AnchorEntry extends NamedEntry {
  readonly kind: "special" | "suffix" | "reverse";
  readonly authority: Authority;
  /** Whether the name itself exists when nothing else makes it. */
  readonly exists: boolean;
  /** What records of special use are, for people; "" for other anchors. */
  readonly purpose: string;
  readonly rrsets: readonly RRset[];
  /** Answers for the names below. */
  readonly wildcard: readonly RRset[] | null;
}

/**
 * Records that stand by themselves: of the name server, of an environment's own domain (which is that environment's
 * with everything below it), or of an address.
 */
export interface RecordEntry extends NamedEntry {
  readonly kind: "server" | "domain" | "address";
  /** Whose address it is; null for the other kinds. */
  readonly service: string | null;
  readonly rrset: RRset;
}

/**
 * An environment's wish for a name. It stands while the service is down, so that a name never moves to another
 * environment on its own.
 */
export interface Claim extends NamedEntry {
  readonly kind: "service" | "apex" | "hostname";
  readonly service: string;
  readonly wildcard: boolean;
  /** Null while the service has no address. */
  readonly rrset: RRset | null;
  /** For SRV records at the name two labels below; null without an address or ports. */
  readonly discovery: ServicePorts | null;
}

/** What one source puts at one name. */
export type ZoneEntry = AnchorEntry | RecordEntry | Claim;

/** Tells entries that make a name and all below it local. */
export function isAnchor(entry: ZoneEntry): entry is AnchorEntry {
  return entry.kind === "special" || entry.kind === "suffix" || entry.kind === "reverse";
}

/** Tells entries of which one name can have only one. */
export function isClaim(entry: ZoneEntry): entry is Claim {
  return entry.kind === "service" || entry.kind === "apex" || entry.kind === "hostname";
}

/** The order of the entries of one name: by kind, then the oldest source, then by its key. */
export function compareEntries(left: ZoneEntry, right: ZoneEntry): number {
  if (left.kind !== right.kind) return entryKinds.indexOf(left.kind) - entryKinds.indexOf(right.kind);
  return compareSources(left.source, right.source);
}

/** By age, then by key; the id is there for sources that are equal in both, which nothing well-formed has. */
export function compareSources(left: EntrySource, right: EntrySource): number {
  return (
    compareText(left.createdAt, right.createdAt) ||
    compareText(left.key ?? "", right.key ?? "") ||
    compareText(left.id, right.id)
  );
}

/** By code units, so that the order is the same in every locale. */
export function compareText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
