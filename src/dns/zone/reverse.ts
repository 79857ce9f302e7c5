import { hostNamesOf } from "../../model/host-names.ts";
import type { PublishedEnvironment, PublishedService } from "../../model/published.ts";
import type { NameKey } from "../wire/name.ts";
import { toNameKey, toWireName } from "../wire/name.ts";
import { recordTypes } from "../wire/protocol-numbers.ts";
import { keyOfConstant, parseIpv4, toRRset } from "./rrsets.ts";
import type { EntrySource, RecordEntry } from "./zone-entry.ts";
import type { Origin } from "./zone-node.ts";

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
 * PTR records of an environment: each address of its subnet gives back the name that is shown of the service it
 * belongs to.
 */
export function pointerEntries(
  environment: PublishedEnvironment,
  services: ReadonlyMap<string, PublishedService>,
  source: EntrySource,
): RecordEntry[] {
  const subnet = parseCidr(environment.subnet);
  const pointers = new Map<NameKey, RecordEntry>();
  if (subnet === null) return [];
  const names = hostNamesOf(environment, [...services.keys()]);
  for (const [service, { addresses, namespaceOf }] of services) {
    const target = toNameKey(names.get(service)?.advertised ?? "");
    if (namespaceOf !== null || target === null || target === "") continue;
    const origin: Origin = { kind: "address", text: `address of service "${service}" of ${source.key}` };
    for (const address of addresses) {
      const octets = parseIpv4(address);
      if (octets === null || !contains(subnet, octets.readUInt32BE(0))) continue;
      const name = toReverseName([...octets]);
      const rrset = toRRset(recordTypes.PTR, [toWireName(target)], origin);
      if (!pointers.has(name)) pointers.set(name, { kind: "address", name, source, rrset });
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
  const octets = parseIpv4(match?.[1] ?? "");
  const prefixLength = Number(match?.[2]);
  if (octets === null || prefixLength > 32) return null;
  const blockSize = 2 ** (32 - prefixLength);
  return { address: Math.floor(octets.readUInt32BE(0) / blockSize) * blockSize, prefixLength };
}

function contains(subnet: Cidr, address: number): boolean {
  return address >= subnet.address && address < subnet.address + 2 ** (32 - subnet.prefixLength);
}

function toOctets(address: number): number[] {
  const octets = Buffer.alloc(4);
  octets.writeUInt32BE(address);
  return [...octets];
}

function toReverseName(octets: number[]): NameKey {
  return keyOfConstant(`${octets.toReversed().join(".")}.in-addr.arpa`);
}
