import type { Upstream } from "../upstreams/upstream.ts";
import { copyExtendedErrors, encodeOpt, extendedRcodeOf } from "../wire/edns.ts";
import { flagBits, headerBytes, recordTypes } from "../wire/protocol-numbers.ts";
import type { ParsedQuery } from "../wire/query.ts";
import { type RecordSpan, readCounts, readRecord, skipPlainName } from "../wire/records.ts";
import { limitOf, type Transport } from "../wire/reply.ts";

/** Octets of an OPT record without options; the last two are RDLENGTH. */
const bareOptBytes = 11;

/** A reply of an upstream, looked through once. */
export interface UpstreamReply {
  packet: Buffer;
  /** The whole response code, with the bits that the OPT record holds. */
  rcode: number;
  truncated: boolean;
  opt: RecordSpan | null;
  /** The octet after the records that are relayed. */
  end: number;
  /** How many of the additional records are relayed. */
  additional: number;
}

/**
 * Looks through a reply that is known to answer our query. Null when it is malformed.
 *
 * The OPT record is between us and the upstream. It is the last record nearly always; what follows it (a TSIG) is for
 * us as well, so the message is cut there and no offset within it moves.
 */
export function parseUpstreamReply(packet: Buffer): UpstreamReply | null {
  const flags = packet.readUInt16BE(2);
  const counts = readCounts(packet);
  const beforeAdditional = counts.answers + counts.authority;
  const reply: UpstreamReply = {
    packet,
    rcode: flags & 0x0f,
    truncated: (flags & flagBits.tc) !== 0,
    opt: null,
    end: headerBytes,
    additional: 0,
  };
  if (counts.questions === 1) {
    const nameEnd = skipPlainName(packet, headerBytes);
    if (nameEnd === null || nameEnd + 4 > packet.length) return null;
    reply.end = nameEnd + 4;
  }
  for (let index = 0; index < beforeAdditional + counts.additional; index += 1) {
    const record = readRecord(packet, reply.end);
    // What is cut short is not looked into: it is asked for again by TCP.
    if (record === null) return reply.truncated ? reply : null;
    if (record.type === recordTypes.OPT && index >= beforeAdditional) {
      return { ...reply, opt: record, rcode: reply.rcode | (extendedRcodeOf(record) << 4) };
    }
    reply.end = record.end;
    reply.additional += index >= beforeAdditional ? 1 : 0;
  }
  return reply;
}

/** An answer that any client gets who asks the same question with the same DO and CD bits. */
export interface SharedAnswer {
  /** Header, question and records octet for octet as they came, then our OPT record, which ARCOUNT includes. */
  readonly packet: Buffer;
  /** Where the OPT record starts. */
  readonly optStart: number;
  /** AA, TC and AD as they may be handed on, and the response code. */
  readonly flags: number;
}

/** Takes an upstream's reply over: its OPT gives way to ours, with its extended errors in it. */
export function toSharedAnswer(query: ParsedQuery, reply: UpstreamReply, server: Upstream): SharedAnswer {
  const options = reply.opt === null ? Buffer.alloc(0) : copyExtendedErrors(reply.packet, reply.opt);
  const opt = encodeOpt({ dnssecOk: query.edns?.dnssecOk === true, rcode: reply.rcode, options });
  const packet = join(reply.packet, reply.end, opt);
  packet.writeUInt16BE(reply.additional + 1, 10);
  // That an answer was validated is only worth something when the way it came is trusted (RFC 6840 section 5.8).
  const ad = isLoopback(server) ? flagBits.ad : 0;
  const kept = reply.packet.readUInt16BE(2) & (flagBits.aa | flagBits.tc | ad);
  return { packet, optStart: reply.end, flags: kept | (reply.rcode & 0x0f) };
}

function isLoopback({ address }: Upstream): boolean {
  return address.startsWith("127.") || address === "::1";
}

/** An answer of our own without records. @param options extended errors on the wire. */
export function toEmptyAnswer(query: ParsedQuery, rcode: number, options: Buffer): SharedAnswer {
  const opt = encodeOpt({ dnssecOk: query.edns?.dnssecOk === true, rcode, options });
  const packet = join(query.packet, query.questionEnd, opt);
  packet.fill(0, 6, headerBytes);
  packet[11] = 1;
  return { packet, optStart: query.questionEnd, flags: rcode & 0x0f };
}

/** A buffer of its own, not one of Node's pooled ones: an answer may be kept for long, and would keep the pool. */
function join(packet: Buffer, end: number, opt: Buffer): Buffer {
  const joined = Buffer.allocUnsafeSlow(end + opt.length);
  packet.copy(joined, 0, 0, end);
  opt.copy(joined, end);
  return joined;
}

/**
 * Makes one client's reply of an answer: its id, its writing of the name, its RD and CD, AD when it asked for that bit
 * or for DNSSEC (RFC 6840 section 5.8), and the OPT record exactly when it sent one. Too long for the client: TC and
 * the question only. On the path of every cached answer, so nothing is made but the reply.
 */
export function writeReply(query: ParsedQuery, answer: SharedAnswer, transport: Transport): Buffer {
  const { packet: asked, questionEnd, edns } = query;
  const limit = limitOf(query, transport);
  const length = edns === null ? answer.optStart : answer.packet.length;
  const fits = (answer.flags & flagBits.tc) === 0 && length <= limit;
  const reply = fits ? copyWhole(answer, length) : copyTruncated(query, answer, limit);
  if (edns === null) reply.writeUInt16BE(reply.readUInt16BE(10) - 1, 10);
  asked.copy(reply, 0, 0, 6);
  asked.copy(reply, headerBytes, headerBytes, questionEnd);
  const wantsAd = edns?.dnssecOk === true || ((asked[3] ?? 0) & flagBits.ad) !== 0;
  const copied = asked.readUInt16BE(2) & (flagBits.rd | flagBits.cd);
  const kept = wantsAd ? answer.flags : answer.flags & ~flagBits.ad;
  reply.writeUInt16BE(flagBits.qr | flagBits.ra | copied | kept | (fits ? 0 : flagBits.tc), 2);
  return reply;
}

function copyWhole({ packet }: SharedAnswer, length: number): Buffer {
  const reply = Buffer.allocUnsafe(length);
  packet.copy(reply, 6, 6, length);
  return reply;
}

/**
 * Room for the question, and the OPT record, without its extended errors where those do not fit either. ARCOUNT
 * includes it, as in the answer.
 */
function copyTruncated({ questionEnd, edns }: ParsedQuery, { packet, optStart }: SharedAnswer, limit: number): Buffer {
  const optBytes = packet.length - optStart;
  const hasRoom = questionEnd + optBytes <= limit;
  const length = edns === null ? questionEnd : questionEnd + (hasRoom ? optBytes : bareOptBytes);
  const reply = Buffer.allocUnsafe(length);
  packet.copy(reply, questionEnd, optStart);
  if (edns !== null && !hasRoom) reply.writeUInt16BE(0, length - 2);
  reply.fill(0, 6, headerBytes);
  reply[11] = 1;
  return reply;
}
