import { type ExtendedError, encodeExtendedError, encodeOpt, udpLimitOf } from "./edns.ts";
import { flagBits, headerBytes, rcodes } from "./protocol-numbers.ts";
import type { QueryHead } from "./query.ts";
import { skipPlainName } from "./records.ts";

export type Transport = "udp" | "tcp";

/** Records ready to send, one after the other. */
export interface EncodedRecords {
  readonly count: number;
  readonly bytes: Buffer;
}

/** What a reply says. Records are whole, and owners point to the question where they are the question's name. */
export interface ReplyContent {
  rcode: number;
  authoritative?: boolean;
  answer?: EncodedRecords;
  authority?: EncodedRecords;
  /** Given only to clients with EDNS. */
  extendedError?: ExtendedError;
}

/** The longest message TCP can carry, in octets (RFC 1035 section 4.2.2). */
const tcpLimitBytes = 65_535;

const noRecords: EncodedRecords = { count: 0, bytes: Buffer.alloc(0) };

/** How long a reply may be. */
export function limitOf(head: QueryHead, transport: Transport): number {
  return transport === "tcp" ? tcpLimitBytes : udpLimitOf(head.edns);
}

/**
 * Writes a reply: the question is echoed octet for octet, and there is an OPT record exactly when the query had one.
 * A reply that does not fit is cut down to header, question and OPT with TC set: never a part of an RRset (RFC 2181
 * section 9).
 */
export function encodeReply(head: QueryHead, content: ReplyContent, transport: Transport): Buffer {
  const { answer = noRecords, authority = noRecords } = content;
  const opt = head.edns === null ? noRecords.bytes : encodeReplyOpt(head.edns.dnssecOk, content);
  const question = head.packet.subarray(headerBytes, head.questionEnd);
  const reply = Buffer.concat([encodeHeader(head, content), question, answer.bytes, authority.bytes, opt]);
  if (reply.length <= limitOf(head, transport)) {
    reply.writeUInt16BE(answer.count, 6);
    reply.writeUInt16BE(authority.count, 8);
    return reply;
  }
  const truncated = Buffer.concat([encodeHeader(head, content), question, opt]);
  truncated.writeUInt16BE(truncated.readUInt16BE(2) | flagBits.tc, 2);
  return truncated;
}

/** The reply to a query that cannot be answered for a reason of ours or the network's. */
export function encodeServerFailure(head: QueryHead, transport: Transport, extendedError?: ExtendedError): Buffer {
  return encodeReply(head, { rcode: rcodes.SERVFAIL, ...(extendedError ? { extendedError } : {}) }, transport);
}

function encodeReplyOpt(dnssecOk: boolean, content: ReplyContent): Buffer {
  const options = content.extendedError ? encodeExtendedError(content.extendedError) : Buffer.alloc(0);
  return encodeOpt({ dnssecOk, rcode: content.rcode, options });
}

/** A header without answers and authority; QDCOUNT and ARCOUNT follow from the query. */
function encodeHeader(head: QueryHead, content: ReplyContent): Buffer {
  const header = Buffer.alloc(headerBytes);
  head.packet.copy(header, 0, 0, 2);
  header.writeUInt16BE(toReplyFlags(head.packet.readUInt16BE(2), content), 2);
  header.writeUInt16BE(head.questionEnd > headerBytes ? 1 : 0, 4);
  header.writeUInt16BE(head.edns === null ? 0 : 1, 10);
  return header;
}

function toReplyFlags(query: number, content: ReplyContent): number {
  const rcode = content.rcode & 0x0f;
  const opcode = query & flagBits.opcode;
  // The other flags have no meaning that is known for another opcode, so they are not set (RFC 8906 section 3.1.4).
  if (opcode !== 0) return flagBits.qr | opcode | rcode;
  const authoritative = content.authoritative === true ? flagBits.aa : 0;
  return flagBits.qr | authoritative | (query & (flagBits.rd | flagBits.cd)) | flagBits.ra | rcode;
}

/** The whole response code of a reply: the upper bits are in the OPT record, if there is one. */
export function rcodeOfReply(packet: Buffer): number {
  const low = (packet[3] ?? 0) & 0x0f;
  // Only replies without records have a code above 15 here: BADVERS, of all the codes there are.
  if (packet[11] !== 1 || packet.readUInt32BE(6) !== 0) return low;
  const questionEnd = packet[5] === 0 ? headerBytes : (skipPlainName(packet, headerBytes) ?? packet.length) + 4;
  return low | ((packet[questionEnd + 5] ?? 0) << 4);
}
