import { classIn, rcodes, recordTypes } from "./wire/protocol-numbers.ts";
import { type ParsedQuery, parseQuery } from "./wire/query.ts";
import { encodeReply, type ReplyContent, type Transport } from "./wire/reply.ts";
import { soaRecord } from "./zone/rrsets.ts";
import type { RRset } from "./zone/zone-node.ts";
import { type Finding, findName, type Zone } from "./zone.ts";

/** `forward`: the name is not ours. `drop`: no reply may be sent. */
export type Answer = { kind: "reply"; packet: Buffer } | { kind: "forward"; query: ParsedQuery } | { kind: "drop" };

/**
 * Answers one message from the zone. Pure, never throws: what is malformed, of another opcode or class, or must not
 * leave this machine has its response code at once.
 */
export function answer(message: Uint8Array, zone: Zone, transport: Transport): Answer {
  const packet = Buffer.from(message.buffer, message.byteOffset, message.byteLength);
  const parsed = parseQuery(packet);
  if (parsed.kind === "drop") return parsed;
  if (parsed.kind === "refused") {
    return { kind: "reply", packet: encodeReply(parsed.head, { rcode: parsed.rcode }, transport) };
  }
  const { query } = parsed;
  const rcode = findRefusal(query);
  if (rcode !== null) return { kind: "reply", packet: encodeReply(query, { rcode }, transport) };
  const finding = findName(zone, query.name);
  if (finding.kind === "foreign") return answerForeign(query, transport);
  return { kind: "reply", packet: encodeReply(query, toContent(query, finding, zone.serial), transport) };
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

function answerForeign(query: ParsedQuery, transport: Transport): Answer {
  // Without RD the answer would have to come from a cache, and types that are for queries only have no answer anywhere.
  if (query.recursionDesired && !isQueryOnlyType(query.type)) return { kind: "forward", query };
  return { kind: "reply", packet: encodeReply(query, { rcode: rcodes.REFUSED }, transport) };
}

/** Types 128 to 254 are Q and meta types (RFC 6895 section 3.1); 0 is reserved. */
function isQueryOnlyType(type: number): boolean {
  return type === 0 || (type >= 128 && type <= 254);
}

function toContent(query: ParsedQuery, finding: Exclude<Finding, { kind: "foreign" }>, serial: number): ReplyContent {
  const authoritative = true;
  const soa = soaRecord(finding.authority, query.name, serial);
  if (finding.kind === "absent") return { rcode: rcodes.NXDOMAIN, authoritative, authority: [soa] };
  const isApex = query.name === finding.authority.apex;
  if (isApex && query.type === recordTypes.SOA) return { rcode: rcodes.NOERROR, authoritative, answers: [soa] };
  const answers = chooseRRset(finding.rrsets, query.type)?.records;
  if (answers === undefined) return { rcode: rcodes.NOERROR, authoritative, authority: [soa] };
  // Clients choose ids at random, so every record comes first equally often and the answer stays a function of the
  // query.
  return { rcode: rcodes.NOERROR, authoritative, answers, firstAnswer: query.id };
}

/** ANY gets one RRset, the addresses where there are some (RFC 8482 section 4.1). */
function chooseRRset(rrsets: readonly RRset[], type: number): RRset | undefined {
  if (type !== recordTypes.ANY) return rrsets.find((rrset) => rrset.type === type);
  return rrsets.find((rrset) => rrset.type === recordTypes.A) ?? rrsets[0];
}
