import ipaddr from "ipaddr.js";

/** A block of IPv4 addresses as numbers from 0 to 2^32 - 1; `first` is its network address. */
export interface Block {
  first: number;
  last: number;
  prefixLength: number;
}

/** Number of addresses in a block with that prefix length. */
export function sizeOfPrefix(prefixLength: number): number {
  return 2 ** (32 - prefixLength);
}

/**
 * Reads an IPv4 CIDR; bits beyond the prefix are dropped, so that "10.1.2.3/24" is the block 10.1.2.0/24.
 * @returns null for anything else: IPv6, addresses in octal or with fewer than four parts, names.
 */
export function parseCidr(text: string): Block | null {
  if (!ipaddr.IPv4.isValidCIDRFourPartDecimal(text)) return null;
  const [address, prefixLength] = ipaddr.IPv4.parseCIDR(text);
  return toBlock(toNumber(address), prefixLength);
}

/** The block of that prefix length which the address lies in. */
export function toBlock(address: number, prefixLength: number): Block {
  const size = sizeOfPrefix(prefixLength);
  const first = Math.floor(address / size) * size;
  return { first, last: first + size - 1, prefixLength };
}

/** CIDR text, network address first: "10.224.3.0/24". */
export function formatCidr(block: Block): string {
  return `${formatAddress(block.first)}/${block.prefixLength}`;
}

/** "10.224.3.1" */
export function formatAddress(address: number): string {
  const octets = [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff);
  return new ipaddr.IPv4(octets).toString();
}

/** Tells whether two blocks share an address; of two blocks that do, one lies within the other. */
export function overlaps(a: Block, b: Block): boolean {
  return a.first <= b.last && b.first <= a.last;
}

/** Tells whether all of `inner` lies within `outer`; equal blocks do. */
export function contains(outer: Block, inner: Block): boolean {
  return outer.first <= inner.first && inner.last <= outer.last;
}

/** Tells whether a subnet lies within a block, both as CIDR text; false when either is none. */
export function isSubnetOf(subnet: string, block: string): boolean {
  const [inner, outer] = [parseCidr(subnet), parseCidr(block)];
  return inner !== null && outer !== null && contains(outer, inner);
}

/** The prefix length of a netmask such as 0xffffff00, or null when its ones are not all in front. */
export function toPrefixLength(netmask: number): number | null {
  return new ipaddr.IPv4([24, 16, 8, 0].map((shift) => (netmask >>> shift) & 0xff)).prefixLengthFromSubnetMask();
}

function toNumber(address: ipaddr.IPv4): number {
  return address.octets.reduce((sum, octet) => sum * 256 + octet, 0);
}
