import { encodeOpt } from "../wire/edns.ts";
import { flagBits, headerBytes, rcodes } from "../wire/protocol-numbers.ts";
import type { ParsedQuery } from "../wire/query.ts";
import { equalsIgnoringCase, readCounts } from "../wire/records.ts";

/**
 * The query that is sent on for a client's: the same question and CD; our own id and our own OPT. The client's UDP size
 * and options are between it and us (RFC 6891 section 6.1.1); systemd-resolved, for one, announces 65,508 octets to a
 * loopback server. AD says that we understand the bit in replies (RFC 6840 section 5.7): whether a client does is
 * looked at when it gets its reply, so that one answer serves all of them.
 * @param id from a CSPRNG (RFC 5452 section 9.2).
 */
export function encodeUpstreamQuery(query: ParsedQuery, id: number, withOpt: boolean): Buffer {
  const header = Buffer.alloc(headerBytes);
  header.writeUInt16BE(id, 0);
  header.writeUInt16BE(flagBits.rd | flagBits.ad | (query.checkingDisabled ? flagBits.cd : 0), 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(withOpt ? 1 : 0, 10);
  const question = query.packet.subarray(headerBytes, query.questionEnd);
  const opt = withOpt ? [encodeOpt({ dnssecOk: query.edns?.dnssecOk === true })] : [];
  return Buffer.concat([header, question, ...opt]);
}

/** What a server may say without repeating the question, because it could not read it. */
const bareFailures = new Set<number>([rcodes.FORMERR, rcodes.SERVFAIL, rcodes.NOTIMP, rcodes.REFUSED]);

/**
 * Tells whether a message is the reply to a query: id, QR, opcode and the whole question, case apart (RFC 5452
 * section 9.1). A header alone is taken from a server that could not read the query, and then only as the failure it
 * says.
 */
export function isReplyTo(sent: Buffer, received: Buffer): boolean {
  if (received.length < headerBytes || received.readUInt16BE(0) !== sent.readUInt16BE(0)) return false;
  const flags = received.readUInt16BE(2);
  if ((flags & flagBits.qr) === 0 || (flags & flagBits.opcode) !== 0) return false;
  const { questions } = readCounts(received);
  if (questions === 0) return received.length === headerBytes && bareFailures.has(flags & 0x0f);
  const question = sent.subarray(headerBytes, endOfPlainQuestion(sent));
  const echoed = received.subarray(headerBytes, headerBytes + question.length);
  return questions === 1 && equalsQuestion(question, echoed);
}

/** Type and class are numbers: an octet of theirs must not be taken for a letter. */
function equalsQuestion(question: Buffer, echoed: Buffer): boolean {
  const nameEnd = question.length - 4;
  return (
    echoed.length === question.length &&
    question.subarray(nameEnd).equals(echoed.subarray(nameEnd)) &&
    equalsIgnoringCase(question.subarray(0, nameEnd), echoed.subarray(0, nameEnd))
  );
}

/** The octet after the question of a message that we wrote. */
function endOfPlainQuestion(packet: Buffer): number {
  let offset = headerBytes;
  while (packet[offset] !== undefined && packet[offset] !== 0) offset += 1 + (packet[offset] ?? 0);
  return offset + 5;
}
