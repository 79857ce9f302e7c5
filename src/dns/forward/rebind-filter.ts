import ipaddr from "ipaddr.js";
import { headerBytes, recordTypes } from "../wire/protocol-numbers.ts";
import { readCounts, readRecord, skipPlainName } from "../wire/records.ts";
import type { UpstreamReply } from "./relay.ts";

type Address = ipaddr.IPv4 | ipaddr.IPv6;
type Ipv4Range = [ipaddr.IPv4, number];

/** Keys of service parameters (RFC 9460 section 14.3.2). */
const ipv4HintKey = 4;
const ipv6HintKey = 6;

/**
 * Tells whether a foreign name's answer has an address of this machine or of an environment: a web page could make a
 * browser talk to them as if they were its own server (DNS rebinding). Other private addresses are left alone: names of
 * offices and VPNs have them.
 * @param questionEnd the octet after the reply's question.
 * @param baseSubnet CIDR of the environments' networks; null when there is none.
 */
export function hasRebindingAddress(reply: UpstreamReply, questionEnd: number, baseSubnet: string | null): boolean {
  const { packet } = reply;
  const base = baseSubnet === null ? null : ipaddr.IPv4.parseCIDR(baseSubnet);
  let offset = Math.max(questionEnd, headerBytes);
  for (let index = 0; index < readCounts(packet).answers; index += 1) {
    const record = readRecord(packet, offset);
    if (record === null) return false;
    const addresses = readAddresses(record.type, packet.subarray(record.dataStart, record.end));
    if (addresses.some((address) => isOurs(address, base))) return true;
    offset = record.end;
  }
  return false;
}

function readAddresses(type: number, data: Buffer): Address[] {
  switch (type) {
    case recordTypes.A:
      return toAddresses(data, 4);
    case recordTypes.AAAA:
      return toAddresses(data, 16);
    case recordTypes.SVCB:
    case recordTypes.HTTPS:
      return readHints(data);
    default:
      return [];
  }
}

/** The addresses that a service binding tells along with its name (RFC 9460 sections 2.2 and 7.3). */
function readHints(data: Buffer): Address[] {
  const hints: Address[] = [];
  let offset = skipPlainName(data, 2) ?? data.length;
  while (offset + 4 <= data.length) {
    const key = data.readUInt16BE(offset);
    const end = offset + 4 + data.readUInt16BE(offset + 2);
    const hintBytes = key === ipv4HintKey ? 4 : key === ipv6HintKey ? 16 : 0;
    if (hintBytes > 0) hints.push(...toAddresses(data.subarray(offset + 4, end), hintBytes));
    offset = end;
  }
  return hints;
}

/** Data of another length holds no addresses. */
function toAddresses(data: Buffer, addressBytes: number): Address[] {
  if (data.length % addressBytes !== 0) return [];
  const count = data.length / addressBytes;
  return Array.from({ length: count }, (_, index) => {
    const bytes = data.subarray(index * addressBytes, (index + 1) * addressBytes);
    const address = ipaddr.fromByteArray([...bytes]);
    return address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() ? address.toIPv4Address() : address;
  });
}

/** "Unspecified" addresses (0.0.0.0, ::) are connected to as this machine. */
function isOurs(address: Address, base: Ipv4Range | null): boolean {
  const range = address.range();
  if (range === "loopback" || range === "unspecified") return true;
  return base !== null && address instanceof ipaddr.IPv4 && address.match(base);
}
