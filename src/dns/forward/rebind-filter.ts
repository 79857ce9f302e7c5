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
 * @param subnets CIDRs of the environments' networks.
 */
export function hasRebindingAddress(reply: UpstreamReply, questionEnd: number, subnets: readonly string[]): boolean {
  const { packet } = reply;
  const ranges = subnets.map(toRange);
  let offset = Math.max(questionEnd, headerBytes);
  for (let index = 0; index < readCounts(packet).answers; index += 1) {
    const record = readRecord(packet, offset);
    if (record === null) return false;
    if (isAboutUs(record.type, packet.subarray(record.dataStart, record.end), ranges)) return true;
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

function isAboutUs(type: number, data: Buffer, ranges: readonly Ipv4Range[]): boolean {
  switch (type) {
    case recordTypes.A:
      return hasOurs(data, ipv4Bytes, ranges);
    case recordTypes.AAAA:
      return hasOurs(data, ipv6Bytes, ranges);
    case recordTypes.SVCB:
    case recordTypes.HTTPS:
      return hasOurHint(data, ranges);
    default:
      return false;
  }
}

/** The addresses that a service binding tells along with its name (RFC 9460 sections 2.2 and 7.3). */
function hasOurHint(data: Buffer, ranges: readonly Ipv4Range[]): boolean {
  let offset = skipPlainName(data, 2) ?? data.length;
  while (offset + 4 <= data.length) {
    const key = data.readUInt16BE(offset);
    const end = offset + 4 + data.readUInt16BE(offset + 2);
    const hint = data.subarray(offset + 4, end);
    if (key === ipv4HintKey && hasOurs(hint, ipv4Bytes, ranges)) return true;
    if (key === ipv6HintKey && hasOurs(hint, ipv6Bytes, ranges)) return true;
    offset = end;
  }
  return false;
}

/** Data of another length holds no addresses. */
function hasOurs(data: Buffer, addressBytes: number, ranges: readonly Ipv4Range[]): boolean {
  if (data.length % addressBytes !== 0) return false;
  const isOurs = addressBytes === ipv4Bytes ? isOurIpv4 : isOurIpv6;
  for (let offset = 0; offset < data.length; offset += addressBytes) if (isOurs(data, offset, ranges)) return true;
  return false;
}

/** 127.0.0.0/8, and 0.0.0.0/8, which is connected to as this machine. */
function isOurIpv4(data: Buffer, offset: number, ranges: readonly Ipv4Range[]): boolean {
  const first = data[offset];
  if (first === 127 || first === 0) return true;
  const address = data.readInt32BE(offset);
  return ranges.some(({ start, mask }) => (address & mask) === start);
}

/** `::1`, `::`, and IPv4-mapped addresses of ours (RFC 4291 section 2.5.5.2). */
function isOurIpv6(data: Buffer, offset: number, ranges: readonly Ipv4Range[]): boolean {
  if (data.readUInt32BE(offset) !== 0 || data.readUInt32BE(offset + 4) !== 0) return false;
  const third = data.readUInt32BE(offset + 8);
  if (third === 0xffff) return isOurIpv4(data, offset + 12, ranges);
  return third === 0 && data.readUInt32BE(offset + 12) <= 1;
}
