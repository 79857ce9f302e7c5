import type { EnvironmentKey } from "../../model/environment.ts";
import type { NameKey } from "../wire/name.ts";

/** Records of one name and type, ready to send. */
export interface RRset {
  readonly type: number;
  /** How many records. */
  readonly count: number;
  /**
   * The records, one after the other; the owner of each is a pointer to the question's name, which it equals whenever
   * the RRset answers.
   */
  readonly bytes: Buffer;
  /** Octets of each record when all are equally long, else 0; only those are rotated. */
  readonly stride: number;
}

/** Who answers for a name: the owner of the SOA record that negative answers carry. */
export interface Authority {
  readonly apex: NameKey;
  /**
   * Its SOA record. The owner's pointer depends on the question and the serial on the zone, so both are 0 here (but for
   * the two bits of the pointer) and put in when it is sent: a new serial leaves the node as it is.
   */
  readonly soa: Buffer;
}

/** Octets from the end of an SOA record back to its serial. */
export const soaSerialFromEnd = 20;

/** The ports of a service that is up, for SRV records at a name below each of its own. */
export interface ServicePorts {
  /** As they were given, in any order; at least one of them is a port. */
  readonly ports: readonly number[];
  readonly service: string;
  readonly environment: EnvironmentKey;
}

/**
 * What one name of the zone answers. Names that answer the same have the same node: the short and the long one of a
 * service, for example.
 */
export interface ZoneNode {
  /**
   * `exists`: answered from `rrsets`, with NODATA where the type is missing (an empty non-terminal has none at all).
   * `absent`: answered NXDOMAIN. `foreign`: not ours, though names below are.
   */
  readonly self: "exists" | "absent" | "foreign";
  /**
   * Whether names below that are not in the zone are answered here (by the wildcard, else NXDOMAIN) or belong to
   * others.
   */
  readonly below: "local" | "foreign";
  readonly rrsets: readonly RRset[];
  /** What a name below answers with when no closer name exists (RFC 4592). */
  readonly wildcard: readonly RRset[] | null;
  readonly authority: Authority;
  /** What makes the names of SRV records exist below a service's name; those are not kept (see `findNode`). */
  readonly discovery: ServicePorts | null;
}
