import { classIn, rcodes, recordTypes } from "./wire/protocol-numbers.ts";
import { type ParsedQuery, parseQuery, type QueryHead } from "./wire/query.ts";
import { type EncodedRecords, encodeReply, type ReplyContent, type Transport } from "./wire/reply.ts";
import { soaRecord } from "./zone/rrsets.ts";
import type { RRset } from "./zone/zone-node.ts";
import { type Finding, findName, type Zone } from "./zone.ts";

/**
 * `reply`: from the zone, or a refusal of the server's. `forward`: the name is not ours. `drop`: no reply may be sent.
 */
export type Answer =
  | { kind: "reply"; packet: Buffer; source: "zone" | "server" }
  | { kind: "forward"; query: ParsedQuery }
  | { kind: "drop" };

/**
 * Answers one message from the zone. Pure, never throws: what is malformed, of another opcode or class, or must not
 * leave this machine has its response code at once. It knows every kind of message; the usual ones have a quicker way,
 * which gives the same replies (`answer-bytes.ts`).
 */
export function answer(message: Uint8Array, zone: Zone, transport: Transport): Answer {
  const packet = Buffer.isBuffer(message)
    ? message
    : Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  const parsed = parseQuery(packet);
  if (parsed.kind === "drop") return parsed;
  if (parsed.kind === "refused") return refusal(parsed.head, parsed.rcode, transport);
  const { query } = parsed;
  const rcode = findRefusal(query);
  if (rcode !== null) return refusal(query, rcode, transport);
  const finding = findName(zone, query.name);
  if (finding.kind !== "foreign") {
    const packet = encodeReply(query, toContent(query, finding, zone.serial), transport);
    return { kind: "reply", packet, source: "zone" };
  }
  // Types that are for queries only have no answer anywhere.
  return isQueryOnlyType(query.type) ? refusal(query, rcodes.REFUSED, transport) : { kind: "forward", query };
}

/**
 * The reply to a client that may not ask: not silence, as a resolver that is refused goes on to its next server at
 * once. Null for what is no query.
 */
export function refuse(message: Buffer, transport: Transport): Buffer | null {
  const parsed = parseQuery(message);
  if (parsed.kind === "drop") return null;
  return encodeReply(parsed.kind === "query" ? parsed.query : parsed.head, { rcode: rcodes.REFUSED }, transport);
}

function refusal(head: QueryHead, rcode: number, transport: Transport): Answer {
  return { kind: "reply", packet: encodeReply(head, { rcode }, transport), source: "server" };
}

/** The response code of a query that no zone and no upstream is asked about, else null. */
function findRefusal(query: ParsedQuery): number | null {
  if (query.edns !== null && query.edns.version !== 0) return rcodes.BADVERS;
  if (query.class !== classIn) return rcodes.REFUSED;
  switch (query.type) {
    case recordTypes.OPT:
      return rcodes.FORMERR;
    case recordTypes.TKEY:
    case recordTypes.TSIG:
    case recordTypes.IXFR:
    case recordTypes.AXFR:
      return rcodes.REFUSED;
    default:
      return null;
  }
}

/** Types 128 to 254 are Q and meta types (RFC 6895 section 3.1); 0 is reserved. */
function isQueryOnlyType(type: number): boolean {
  return type === 0 || (type >= 128 && type <= 254);
}

function toContent(query: ParsedQuery, finding: Exclude<Finding, { kind: "foreign" }>, serial: number): ReplyContent {
  const authoritative = true;
  const soa = { count: 1, bytes: soaRecord(finding.authority, query.name, serial) };
  if (finding.kind === "absent") return { rcode: rcodes.NXDOMAIN, authoritative, authority: soa };
  const isApex = query.name === finding.authority.apex;
  if (isApex && query.type === recordTypes.SOA) return { rcode: rcodes.NOERROR, authoritative, answer: soa };
  const rrset = chooseRRset(finding.rrsets, query.type);
  if (rrset === undefined) return { rcode: rcodes.NOERROR, authoritative, authority: soa };
  return { rcode: rcodes.NOERROR, authoritative, answer: rotate(rrset, query.id) };
}

/** ANY gets one RRset, the addresses where there are some (RFC 8482 section 4.1). */
export function chooseRRset(rrsets: readonly RRset[], type: number): RRset | undefined {
  for (const rrset of rrsets) if (rrset.type === type) return rrset;
  if (type !== recordTypes.ANY) return undefined;
  for (const rrset of rrsets) if (rrset.type === recordTypes.A) return rrset;
  return rrsets[0];
}

/**
 * Starts an RRset at another record. Clients choose ids at random, so every record comes first equally often while the
 * answer stays a function of the query.
 */
function rotate(rrset: RRset, id: number): EncodedRecords {
  const start = (id % rrset.count) * rrset.stride;
  if (start === 0) return rrset;
  return { count: rrset.count, bytes: Buffer.concat([rrset.bytes.subarray(start), rrset.bytes.subarray(0, start)]) };
}
