import type { NameKey } from "../wire/name.ts";

/** Records of one name and type. */
export interface RRset {
  type: number;
  /**
   * Whole records, ready to send; the owner is a pointer to the question's name, which it equals whenever the RRset
   * answers.
   */
  records: readonly Buffer[];
}

/** Who answers for a name: the owner of the SOA record that negative answers carry. */
export interface Authority {
  apex: NameKey;
  /**
   * RDATA of its SOA record; the serial in it is 0 and put in when it is sent, so that a new serial leaves the node
   * as it is.
   */
  soaData: Buffer;
}

/** One name of the zone. */
export interface ZoneNode {
  /**
   * `exists`: answered from `rrsets`, with NODATA where the type is missing (an empty non-terminal has none at all).
   * `absent`: answered NXDOMAIN. `foreign`: not ours, though names below are.
   */
  self: "exists" | "absent" | "foreign";
  /**
   * Whether names below that are not in the zone are answered here (by the wildcard, else NXDOMAIN) or belong to
   * others.
   */
  below: "local" | "foreign";
  rrsets: RRset[];
  /** What a name below answers with when no closer name exists (RFC 4592). */
  wildcard: RRset[] | null;
  authority: Authority;
}
