import type { NameKey } from "../wire/name.ts";
import { childOf, maxNameBytes, parentOf, toNameKey, toWireName } from "../wire/name.ts";
import { classIn, headerBytes, pointerBits, recordTypes } from "../wire/protocol-numbers.ts";
import { type Authority, type RRset, soaSerialFromEnd } from "./zone-node.ts";

/**
 * How long anyone may keep a record or the news that there is none, in seconds. An address changes when its container
 * does; systemd-resolved and most others do not cache answers from a loopback server anyway.
 */
export const ttlSeconds = 1;

/** Octets of a record before its RDATA: owner pointer, type, class, TTL, length. */
const recordFixedBytes = 12;
const ipv4Bytes = 4;
const maxStringBytes = 255;
/** Before a suffix: the address of whoever is responsible for it, which nobody writes to. */
const mailboxLabel = "hostmaster";

/** A records of IPv4 addresses, in numeric order, each once; text that is none is left out. Null when none is left. */
export function addressRRset(addresses: readonly string[]): RRset | null {
  const distinct = new Set(addresses.map(parseIpv4).filter((address) => address !== null));
  if (distinct.size === 0) return null;
  const sorted = [...distinct].sort((left, right) => left - right);
  const stride = recordFixedBytes + ipv4Bytes;
  const bytes = Buffer.allocUnsafe(stride * sorted.length);
  let start = 0;
  for (const address of sorted) {
    writeRecordHead(bytes, start, { type: recordTypes.A, owner: headerBytes, dataBytes: ipv4Bytes });
    bytes.writeUInt32BE(address, start + recordFixedBytes);
    start += stride;
  }
  return { type: recordTypes.A, count: sorted.length, bytes, stride };
}

/** One record that has nothing but a name, like PTR and NS. */
export function nameRRset(type: number, target: NameKey): RRset {
  const dataBytes = target.length + 1;
  const bytes = Buffer.allocUnsafe(recordFixedBytes + dataBytes);
  writeRecordHead(bytes, 0, { type, owner: headerBytes, dataBytes });
  bytes.write(`${target}\0`, recordFixedBytes, "latin1");
  return { type, count: 1, bytes, stride: bytes.length };
}

/** One TXT record; of each text the octets that fit a character string (RFC 1035 section 3.3). */
export function textRRset(texts: readonly string[]): RRset {
  const strings = texts.map((text) => Buffer.from(text).subarray(0, maxStringBytes));
  const dataBytes = strings.reduce((sum, { length }) => sum + 1 + length, 0);
  const bytes = Buffer.allocUnsafe(recordFixedBytes + dataBytes);
  writeRecordHead(bytes, 0, { type: recordTypes.TXT, owner: headerBytes, dataBytes });
  let end = recordFixedBytes;
  for (const octets of strings) {
    bytes[end] = octets.length;
    end += 1 + octets.copy(bytes, end + 1);
  }
  return { type: recordTypes.TXT, count: 1, bytes, stride: bytes.length };
}

/** An IPv4 address as an unsigned number of 32 bits, or null. */
export function parseIpv4(text: string): number | null {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (match === null) return null;
  let address = 0;
  for (let index = 1; index <= ipv4Bytes; index += 1) {
    const octet = Number(match[index]);
    if (octet > 255) return null;
    address = address * 256 + octet;
  }
  return address;
}

/** Records of class IN with our TTL, one for each RDATA. */
export function toRRset(type: number, data: readonly Buffer[]): RRset {
  const lengths = data.map((rdata) => recordFixedBytes + rdata.length);
  // Small buffers share one piece of memory when they are made this way; every octet is written below.
  const bytes = Buffer.allocUnsafe(lengths.reduce((sum, length) => sum + length, 0));
  let end = 0;
  for (const rdata of data) end = writeRecord(bytes, end, { type, owner: headerBytes, data: rdata });
  const stride = lengths[0] ?? 0;
  return { type, count: data.length, bytes, stride: lengths.every((it) => it === stride) ? stride : 0 };
}

/** An authority with a name server, `ns.<suffix>`, as its primary server. */
export function toAuthority(apex: NameKey, nameServer: NameKey): Authority {
  const timers = Buffer.alloc(soaSerialFromEnd);
  // Nobody transfers the zone, so refresh, retry and expire only have to be sane; the minimum is the negative TTL
  // (RFC 2308 section 4).
  [0, 3600, 600, 86_400, ttlSeconds].forEach((seconds, index) => void timers.writeUInt32BE(seconds, index * 4));
  const mailbox = childOf(parentOf(nameServer), mailboxLabel);
  const data = Buffer.concat([toWireName(nameServer), toWireName(mailbox), timers]);
  const soa = Buffer.allocUnsafe(recordFixedBytes + data.length);
  writeRecord(soa, 0, { type: recordTypes.SOA, owner: 0, data });
  return { apex, soa };
}

/**
 * The SOA record of an authority, to be sent with a question for `name`, which is at or below the apex.
 * @param serial 32 bits.
 */
export function soaRecord(authority: Authority, name: NameKey, serial: number): Buffer {
  const record = Buffer.from(authority.soa);
  record.writeUInt16BE(pointerBits | (headerBytes + name.length - authority.apex.length), 0);
  record.writeUInt32BE(serial >>> 0, record.length - soaSerialFromEnd);
  return record;
}

/** Whether names of the suffix's own server and mailbox can be made. */
export function isSuffix(key: NameKey): boolean {
  return key !== "" && childOf(key, mailboxLabel).length < maxNameBytes;
}

/** The name server of a suffix; the daemon itself. */
export function nameServerOf(suffix: NameKey): NameKey {
  return childOf(suffix, "ns");
}

/** The key of text that is known to be a name. */
export function keyOfConstant(text: string): NameKey {
  const key = toNameKey(text);
  if (key === null) throw new Error(`not a domain name: ${text}`);
  return key;
}

/** @returns where it ends. */
function writeRecord(out: Buffer, start: number, record: { type: number; owner: number; data: Buffer }): number {
  const { type, owner, data } = record;
  writeRecordHead(out, start, { type, owner, dataBytes: data.length });
  return start + recordFixedBytes + data.copy(out, start + recordFixedBytes);
}

/** @param record.owner offset of its owner name in the message */
function writeRecordHead(
  out: Buffer,
  start: number,
  { type, owner, dataBytes }: { type: number; owner: number; dataBytes: number },
): void {
  out.writeUInt16BE(pointerBits | owner, start);
  out.writeUInt16BE(type, start + 2);
  out.writeUInt16BE(classIn, start + 4);
  out.writeUInt32BE(ttlSeconds, start + 6);
  out.writeUInt16BE(dataBytes, start + 10);
}
