import { recordTypes } from "./protocol-numbers.ts";
import type { RecordSpan } from "./records.ts";

/**
 * The UDP size cilo announces and never exceeds: what passes every path unfragmented (DNS flag day 2020; RFC 9715
 * recommends the same order of size).
 */
export const ednsUdpBytes = 1232;
/** What a client without EDNS takes by UDP (RFC 1035 section 4.2.1). */
export const plainUdpBytes = 512;

/** What an OPT record of a client says. */
export interface Edns {
  udpBytes: number;
  version: number;
  dnssecOk: boolean;
}

/** An extended DNS error (RFC 8914): `text` is for people. */
export interface ExtendedError {
  code: number;
  text: string;
}

const optionExtendedError = 15;
const flagDnssecOk = 0x8000;

/** Reads an OPT record; null when its owner is not the root or an option runs out of it (RFC 6891 section 6.1.2). */
export function parseOpt(packet: Buffer, record: RecordSpan): Edns | null {
  if (!record.ownerIsRoot || readOptions(packet, record) === null) return null;
  return {
    udpBytes: record.class,
    version: (record.ttl >>> 16) & 0xff,
    dnssecOk: (record.ttl & flagDnssecOk) !== 0,
  };
}

/** The upper eight bits of a reply's response code. */
export function extendedRcodeOf(record: RecordSpan): number {
  return record.ttl >>> 24;
}

interface OptOption {
  code: number;
  /** Octets of the whole option within the message. */
  start: number;
  end: number;
}

function readOptions(packet: Buffer, record: RecordSpan): OptOption[] | null {
  const options: OptOption[] = [];
  for (let offset = record.dataStart; offset < record.end; ) {
    if (offset + 4 > record.end) return null;
    const end = offset + 4 + packet.readUInt16BE(offset + 2);
    if (end > record.end) return null;
    options.push({ code: packet.readUInt16BE(offset), start: offset, end });
    offset = end;
  }
  return options;
}

/**
 * The extended errors of an OPT record as they stand on the wire, to be handed on; empty when it has none or is
 * broken.
 */
export function copyExtendedErrors(packet: Buffer, record: RecordSpan): Buffer {
  const options = readOptions(packet, record) ?? [];
  const found = options.filter((option) => option.code === optionExtendedError);
  return Buffer.concat(found.map((option) => packet.subarray(option.start, option.end)));
}

/** One extended error as an option on the wire. */
export function encodeExtendedError(error: ExtendedError): Buffer {
  const text = Buffer.from(error.text, "utf8");
  const option = Buffer.alloc(6 + text.length);
  option.writeUInt16BE(optionExtendedError, 0);
  option.writeUInt16BE(2 + text.length, 2);
  option.writeUInt16BE(error.code, 4);
  text.copy(option, 6);
  return option;
}

export interface OptContent {
  dnssecOk: boolean;
  /** The whole response code, of which the upper bits are put here. */
  rcode?: number;
  /** Options on the wire. */
  options?: Buffer;
}

/** An OPT record of version 0 with our UDP size. */
export function encodeOpt(content: OptContent): Buffer {
  const options = content.options ?? Buffer.alloc(0);
  const record = Buffer.alloc(11 + options.length);
  record.writeUInt16BE(recordTypes.OPT, 1);
  record.writeUInt16BE(ednsUdpBytes, 3);
  record[5] = (content.rcode ?? 0) >>> 4;
  record.writeUInt16BE(content.dnssecOk ? flagDnssecOk : 0, 7);
  record.writeUInt16BE(options.length, 9);
  options.copy(record, 11);
  return record;
}

/**
 * How long a reply by UDP may be: what the client announced, within our own limits; less than 512 counts as 512 (RFC
 * 6891 section 6.2.3).
 */
export function udpLimitOf(edns: Edns | null): number {
  return edns === null ? plainUdpBytes : Math.min(Math.max(edns.udpBytes, plainUdpBytes), ednsUdpBytes);
}
