import ipaddr from "ipaddr.js";
import { headerBytes, recordTypes } from "../wire/protocol-numbers.ts";
import { readCounts, readRecord, skipPlainName } from "../wire/records.ts";
import type { UpstreamReply } from "./relay.ts";

/** Addresses that begin with `start` where `mask` has ones. */
interface Ipv4Range {
  start: number;
  mask: number;
}

const ipv4Bytes = 4;
const ipv6Bytes = 16;

/** Keys of service parameters (RFC 9460 section 14.3.2). */
const ipv4HintKey = 4;
const ipv6HintKey = 6;

/**
 * Tells whether a foreign name's answer has an address of this machine or of an environment: a web page could make a
 * browser talk to them as if they were its own server (DNS rebinding). Other private addresses are left alone: names of
 * offices and VPNs have them. Works on octets: a reply may hold 16,000 addresses, and others wait meanwhile.
 * @param questionEnd the octet after the reply's question.
 * @param baseSubnet CIDR of the environments' networks; null when there is none.
 */
export function hasRebindingAddress(reply: UpstreamReply, questionEnd: number, baseSubnet: string | null): boolean {
  const { packet } = reply;
  const base = baseSubnet === null ? null : toRange(baseSubnet);
  let offset = Math.max(questionEnd, headerBytes);
  for (let index = 0; index < readCounts(packet).answers; index += 1) {
    const record = readRecord(packet, offset);
    if (record === null) return false;
    if (isAboutUs(record.type, packet.subarray(record.dataStart, record.end), base)) return true;
    offset = record.end;
  }
  return false;
}

function toRange(cidr: string): Ipv4Range {
  const [address, prefixBits] = ipaddr.IPv4.parseCIDR(cidr);
  const mask = ipaddr.IPv4.subnetMaskFromPrefixLength(prefixBits);
  const [start, ones] = [address, mask].map((octets) => Buffer.from(octets.toByteArray()).readInt32BE());
  return { start: (start ?? 0) & (ones ?? 0), mask: ones ?? 0 };
}

function isAboutUs(type: number, data: Buffer, base: Ipv4Range | null): boolean {
  switch (type) {
    case recordTypes.A:
      return hasOurs(data, ipv4Bytes, base);
    case recordTypes.AAAA:
      return hasOurs(data, ipv6Bytes, base);
    case recordTypes.SVCB:
    case recordTypes.HTTPS:
      return hasOurHint(data, base);
    default:
      return false;
  }
}

/** The addresses that a service binding tells along with its name (RFC 9460 sections 2.2 and 7.3). */
function hasOurHint(data: Buffer, base: Ipv4Range | null): boolean {
  let offset = skipPlainName(data, 2) ?? data.length;
  while (offset + 4 <= data.length) {
    const key = data.readUInt16BE(offset);
    const end = offset + 4 + data.readUInt16BE(offset + 2);
    const hint = data.subarray(offset + 4, end);
    if (key === ipv4HintKey && hasOurs(hint, ipv4Bytes, base)) return true;
    if (key === ipv6HintKey && hasOurs(hint, ipv6Bytes, base)) return true;
    offset = end;
  }
  return false;
}

/** Data of another length holds no addresses. */
function hasOurs(data: Buffer, addressBytes: number, base: Ipv4Range | null): boolean {
  if (data.length % addressBytes !== 0) return false;
  const isOurs = addressBytes === ipv4Bytes ? isOurIpv4 : isOurIpv6;
  for (let offset = 0; offset < data.length; offset += addressBytes) if (isOurs(data, offset, base)) return true;
  return false;
}

/** 127.0.0.0/8, and 0.0.0.0/8, which is connected to as this machine. */
function isOurIpv4(data: Buffer, offset: number, base: Ipv4Range | null): boolean {
  const first = data[offset];
  if (first === 127 || first === 0) return true;
  return base !== null && (data.readInt32BE(offset) & base.mask) === base.start;
}

/** `::1`, `::`, and IPv4-mapped addresses of ours (RFC 4291 section 2.5.5.2). */
function isOurIpv6(data: Buffer, offset: number, base: Ipv4Range | null): boolean {
  if (data.readUInt32BE(offset) !== 0 || data.readUInt32BE(offset + 4) !== 0) return false;
  const third = data.readUInt32BE(offset + 8);
  if (third === 0xffff) return isOurIpv4(data, offset + 12, base);
  return third === 0 && data.readUInt32BE(offset + 12) <= 1;
}
