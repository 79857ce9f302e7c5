import { maxNameBytes } from "./name.ts";

/** Where one resource record lies in a message; offsets in octets. */
export interface RecordSpan {
  start: number;
  /** Whether the owner is the root, written as one zero octet. */
  ownerIsRoot: boolean;
  type: number;
  class: number;
  ttl: number;
  dataStart: number;
  /** The octet after the record. */
  end: number;
}

/**
 * The octet after a name, or null when it is malformed: it runs out of the message, has a label type other than plain
 * and pointer (RFC 1035 section 4.1.4, RFC 6891 section 5), or is longer than a name may be. Pointers are stepped
 * over, never followed.
 */
export function skipName(packet: Buffer, start: number): number | null {
  let offset = start;
  for (;;) {
    const length = packet[offset];
    if (length === undefined) return null;
    if (length === 0) return offset + 1 - start > maxNameBytes ? null : offset + 1;
    if (length >= 0xc0) return offset + 2 > packet.length ? null : offset + 2;
    if (length >= 0x40) return null;
    offset += 1 + length;
  }
}

/**
 * The octet after a question's name, or null when it is malformed. A pointer is, too: nothing stands before the first
 * name that it could point to.
 */
export function skipPlainName(packet: Buffer, start: number): number | null {
  let offset = start;
  for (;;) {
    const length = packet[offset];
    if (length === undefined || length >= 0x40) return null;
    offset += 1 + length;
    if (offset - start > maxNameBytes) return null;
    if (length === 0) return offset;
  }
}

/** Reads the fixed part of a record, or null when it runs out of the message. */
export function readRecord(packet: Buffer, start: number): RecordSpan | null {
  const nameEnd = skipName(packet, start);
  if (nameEnd === null || nameEnd + 10 > packet.length) return null;
  const dataStart = nameEnd + 10;
  const end = dataStart + packet.readUInt16BE(nameEnd + 8);
  if (end > packet.length) return null;
  return {
    start,
    ownerIsRoot: nameEnd === start + 1,
    type: packet.readUInt16BE(nameEnd),
    class: packet.readUInt16BE(nameEnd + 2),
    ttl: packet.readUInt32BE(nameEnd + 4),
    dataStart,
    end,
  };
}

/** The four counts of a header. */
export interface SectionCounts {
  questions: number;
  answers: number;
  authority: number;
  additional: number;
}

/** Reads the counts of a message of at least 12 octets. */
export function readCounts(packet: Buffer): SectionCounts {
  return {
    questions: packet.readUInt16BE(4),
    answers: packet.readUInt16BE(6),
    authority: packet.readUInt16BE(8),
    additional: packet.readUInt16BE(10),
  };
}

/** Tells whether two stretches of equal length are the same but for ASCII case. */
export function equalsIgnoringCase(left: Buffer, right: Buffer): boolean {
  if (left.length !== right.length) return false;
  for (let index = 0; index < left.length; index += 1) {
    if (foldCase(left[index] ?? 0) !== foldCase(right[index] ?? 0)) return false;
  }
  return true;
}

function foldCase(octet: number): number {
  return octet >= 0x41 && octet <= 0x5a ? octet + 0x20 : octet;
}
