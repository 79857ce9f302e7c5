import { copyExtendedErrors, encodeOpt, extendedRcodeOf } from "../wire/edns.ts";
import { flagBits, headerBytes, recordTypes } from "../wire/protocol-numbers.ts";
import type { ParsedQuery } from "../wire/query.ts";
import { type RecordSpan, readCounts, readRecord, skipPlainName } from "../wire/records.ts";
import { limitOf, type Transport } from "../wire/reply.ts";

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

export interface RelayOptions {
  transport: Transport;
  /**
   * Whether the way to the upstream is trusted, so that its word that an answer was validated (AD) may be handed on
   * (RFC 6840 section 5.8).
   */
  trusted: boolean;
}

/**
 * Makes of an upstream's reply the reply to a client: the sections octet for octet, with the client's id, the
 * client's writing of the name, and an OPT record exactly when the client sent one. Too long for the client: TC and
 * the question only.
 */
export function relayReply(query: ParsedQuery, reply: UpstreamReply, options: RelayOptions): Buffer {
  const opt = query.edns === null ? [] : [toClientOpt(query.edns.dnssecOk, reply)];
  const whole = Buffer.concat([reply.packet.subarray(0, reply.end), ...opt]);
  const fits = whole.length <= limitOf(query, options.transport) && !reply.truncated;
  const relayed = fits ? whole : Buffer.concat([reply.packet.subarray(0, query.questionEnd), ...opt]);
  query.packet.copy(relayed, 0, 0, 2);
  query.packet.copy(relayed, headerBytes, headerBytes, query.questionEnd);
  relayed.writeUInt16BE(toClientFlags(query, reply, { fits, trusted: options.trusted }), 2);
  if (!fits) relayed.fill(0, 6, headerBytes);
  relayed.writeUInt16BE((fits ? reply.additional : 0) + opt.length, 10);
  return relayed;
}

function toClientOpt(dnssecOk: boolean, reply: UpstreamReply): Buffer {
  const options = reply.opt === null ? Buffer.alloc(0) : copyExtendedErrors(reply.packet, reply.opt);
  return encodeOpt({ dnssecOk, rcode: reply.rcode, options });
}

function toClientFlags(query: ParsedQuery, reply: UpstreamReply, how: { fits: boolean; trusted: boolean }): number {
  const upstream = reply.packet.readUInt16BE(2);
  const asked = query.packet.readUInt16BE(2) & (flagBits.rd | flagBits.cd);
  const kept = upstream & (flagBits.aa | (how.trusted ? flagBits.ad : 0));
  return flagBits.qr | flagBits.ra | asked | kept | (how.fits ? 0 : flagBits.tc) | (reply.rcode & 0x0f);
}
