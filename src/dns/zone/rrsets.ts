import type { NameKey } from "../wire/name.ts";
import { childOf, maxNameBytes, parentOf, toNameKey, toWireName } from "../wire/name.ts";
import { classIn, headerBytes, recordTypes } from "../wire/protocol-numbers.ts";
import type { Authority, RRset } from "./zone-node.ts";

/**
 * How long anyone may keep a record or the news that there is none, in seconds. An address changes when its container
 * does; systemd-resolved and most others do not cache answers from a loopback server anyway.
 */
export const ttlSeconds = 1;

/** The two bits that make a length octet a compression pointer (RFC 1035 section 4.1.4). */
const pointerBits = 0xc000;
/** Before a suffix: the address of whoever is responsible for it, which nobody writes to. */
const mailboxLabel = "hostmaster";
/** Octets of the SOA's RDATA after its two names: serial, refresh, retry, expire, minimum. */
const soaTimersBytes = 20;

/** A records of IPv4 addresses, in numeric order, each once; text that is none is left out. Null when none is left. */
export function addressRRset(addresses: readonly string[]): RRset | null {
  const octets = addresses.map(parseIpv4).filter((data) => data !== null);
  const distinct = new Map(octets.map((data) => [data.readUInt32BE(0), data]));
  const sorted = [...distinct].sort(([left], [right]) => left - right).map(([, data]) => data);
  return sorted.length === 0 ? null : toRRset(recordTypes.A, sorted);
}

/** Four octets of an IPv4 address, or null. */
export function parseIpv4(address: string): Buffer | null {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(address);
  if (match === null) return null;
  const octets = match.slice(1).map(Number);
  return octets.every((octet) => octet <= 255) ? Buffer.from(octets) : null;
}

/** Records of class IN with our TTL. */
export function toRRset(type: number, data: readonly Buffer[]): RRset {
  return { type, records: data.map((rdata) => encodeRecord({ ownerOffset: headerBytes, type, data: rdata })) };
}

/** An authority with a name server, `ns.<suffix>`, as its primary server. */
export function toAuthority(apex: NameKey, nameServer: NameKey): Authority {
  const timers = Buffer.alloc(soaTimersBytes);
  // Nobody transfers the zone, so refresh, retry and expire only have to be sane; the minimum is the negative TTL
  // (RFC 2308 section 4).
  [0, 3600, 600, 86_400, ttlSeconds].forEach((seconds, index) => void timers.writeUInt32BE(seconds, index * 4));
  const mailbox = childOf(parentOf(nameServer), mailboxLabel);
  return { apex, soaData: Buffer.concat([toWireName(nameServer), toWireName(mailbox), timers]) };
}

/**
 * The SOA record of an authority, to be sent with a question for `name`, which is at or below the apex.
 * @param serial 32 bits.
 */
export function soaRecord(authority: Authority, name: NameKey, serial: number): Buffer {
  const ownerOffset = headerBytes + name.length - authority.apex.length;
  const record = encodeRecord({ ownerOffset, type: recordTypes.SOA, data: authority.soaData });
  record.writeUInt32BE(serial >>> 0, record.length - soaTimersBytes);
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

function encodeRecord(record: { ownerOffset: number; type: number; data: Buffer }): Buffer {
  const encoded = Buffer.alloc(12 + record.data.length);
  encoded.writeUInt16BE(pointerBits | record.ownerOffset, 0);
  encoded.writeUInt16BE(record.type, 2);
  encoded.writeUInt16BE(classIn, 4);
  encoded.writeUInt32BE(ttlSeconds, 6);
  encoded.writeUInt16BE(record.data.length, 10);
  record.data.copy(encoded, 12);
  return encoded;
}
