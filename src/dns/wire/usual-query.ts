import { ednsUdpBytes, plainUdpBytes } from "./edns.ts";
import { maxNameBytes } from "./name.ts";
import { headerBytes, recordTypes } from "./protocol-numbers.ts";
import { maxQueryBytes } from "./query.ts";

/** Octets of an OPT record without options, from its owner to its RDLENGTH. */
export const bareOptBytes = 11;
/** Length octets from here on are pointers or of no known label type. */
export const firstNoLength = 0x40;

/** One question, no record before the additional ones and one of those at most, opcode QUERY. */
export function hasUsualHeader(packet: Buffer): boolean {
  return (
    packet.length > headerBytes &&
    packet.length <= maxQueryBytes &&
    ((packet[2] ?? 0) & 0xf8) === 0 &&
    readWord(packet, 4) === 1 &&
    readWord(packet, 6) === 0 &&
    readWord(packet, 8) === 0 &&
    readWord(packet, 10) <= 1
  );
}

/** Where the root label of the question's name is; 0 when the name is malformed or its type and class are missing. */
export function findNameEnd(packet: Buffer): number {
  let end = headerBytes;
  for (;;) {
    const length = packet[end] ?? firstNoLength;
    if (length >= firstNoLength) return 0;
    if (length === 0) return end + 5 > packet.length ? 0 : end;
    end += 1 + length;
    if (end - headerBytes >= maxNameBytes) return 0;
  }
}

/**
 * How long a reply by UDP may be to whom sent this OPT record of version 0; 0 when it is none, or one that is broken
 * or of another version.
 */
export function readUdpLimit(packet: Buffer, start: number): number {
  const end = start + bareOptBytes + readWord(packet, start + 9);
  if (end > packet.length || packet[start] !== 0 || readWord(packet, start + 1) !== recordTypes.OPT) return 0;
  if (packet[start + 6] !== 0) return 0;
  let offset = start + bareOptBytes;
  while (offset + 4 <= end) offset += 4 + readWord(packet, offset + 2);
  if (offset !== end) return 0;
  return Math.min(Math.max(readWord(packet, start + 3), plainUdpBytes), ednsUdpBytes);
}

/** A sixteen-bit number; what is not there counts as 0. */
export function readWord(packet: Buffer, offset: number): number {
  return ((packet[offset] ?? 0) << 8) | (packet[offset + 1] ?? 0);
}
