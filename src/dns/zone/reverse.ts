import type { ServiceHostNames } from "../../model/host-names.ts";
import type { PublishedService } from "../../model/published.ts";
import type { NameKey } from "../wire/name.ts";
import { toNameKey } from "../wire/name.ts";
import { recordTypes } from "../wire/protocol-numbers.ts";
import { keyOfConstant, nameRRset, parseIpv4 } from "./rrsets.ts";
import type { EntrySource, RecordEntry } from "./zone-entry.ts";

interface Cidr {
  address: number;
  prefixLength: number;
}

/**
 * The apexes of in-addr.arpa that cover a subnet: `224.10.in-addr.arpa` for 10.224.0.0/16. A prefix that is not on an
 * octet boundary takes the zones of the next one, at most 128; text that is no CIDR takes none.
 */
export function reverseApexes(subnet: string): NameKey[] {
  const cidr = parseCidr(subnet);
  if (cidr === null) return [];
  const octetCount = Math.max(1, Math.ceil(cidr.prefixLength / 8));
  const zoneCount = 2 ** (octetCount * 8 - Math.max(cidr.prefixLength, 1));
  const step = 2 ** (32 - octetCount * 8);
  return Array.from({ length: zoneCount }, (_, index) => {
    const octets = toOctets(cidr.address + index * step).slice(0, octetCount);
    return toReverseName(octets);
  });
}

/**
 * PTR records of an environment: each address of its subnets gives back the name that is shown of the service it
 * belongs to.
 * @param subnets CIDRs; text that is none has no records
 */
export function pointerEntries(
  subnets: readonly string[],
  services: ReadonlyMap<string, PublishedService & { names: ServiceHostNames }>,
  source: EntrySource,
): RecordEntry[] {
  const cidrs = subnets.map(parseCidr).filter((cidr) => cidr !== null);
  const pointers = new Map<number, RecordEntry>();
  for (const [service, { addresses, namespaceOf, names }] of services) {
    const target = toNameKey(names.advertised);
    if (namespaceOf !== null || target === null || target === "") continue;
    for (const text of addresses) {
      const address = parseIpv4(text);
      if (address === null || pointers.has(address) || !cidrs.some((cidr) => contains(cidr, address))) continue;
      const rrset = nameRRset(recordTypes.PTR, target);
      pointers.set(address, { kind: "address", name: toReverseName(toOctets(address)), source, service, rrset });
    }
  }
  return [...pointers.values()];
}

/** Whether the first subnet lies in the second; false when either is no CIDR. */
export function isWithin(inner: string, outer: string): boolean {
  const [a, b] = [parseCidr(inner), parseCidr(outer)];
  return a !== null && b !== null && a.prefixLength >= b.prefixLength && contains(b, a.address);
}

function parseCidr(text: string): Cidr | null {
  const match = /^([0-9.]+)\/(\d{1,2})$/.exec(text);
  const address = parseIpv4(match?.[1] ?? "");
  const prefixLength = Number(match?.[2]);
  if (address === null || prefixLength > 32) return null;
  const blockSize = 2 ** (32 - prefixLength);
  return { address: Math.floor(address / blockSize) * blockSize, prefixLength };
}

function contains(subnet: Cidr, address: number): boolean {
  return address >= subnet.address && address < subnet.address + 2 ** (32 - subnet.prefixLength);
}

function toOctets(address: number): number[] {
  return [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff);
}

function toReverseName(octets: number[]): NameKey {
  return keyOfConstant(`${octets.toReversed().join(".")}.in-addr.arpa`);
}
