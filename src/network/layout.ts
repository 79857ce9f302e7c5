import { formatAddress, formatCidr, parseCidr, toBlock } from "./cidr.ts";

/** What the addresses of an environment's /24 are for. `.0` and `.255` are its network and broadcast address. */
export interface Layout {
  /** `.1` */
  gateway: string;
  /** `.2` to `.9`: shared services that are connected to the environment. */
  shared: string[];
  /** `.10` to `.191`: services of the environment, one address each. */
  fixed: string[];
  /** CIDR text, `.192/26`: what the engine gives out by itself, to replicas and `compose run`. */
  dynamicRange: string;
}

/**
 * Divides an environment's subnet.
 * @throws RangeError when it is not an IPv4 /24; state holds no other.
 */
export function layoutOf(subnet: string): Layout {
  const block = parseCidr(subnet);
  if (block === null || block.prefixLength !== 24) throw new RangeError(`not an IPv4 /24 subnet: ${subnet}`);
  const addresses = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_, index) => formatAddress(block.first + from + index));
  return {
    gateway: formatAddress(block.first + 1),
    shared: addresses(2, 9),
    fixed: addresses(10, 191),
    dynamicRange: formatCidr(toBlock(block.first + 192, 26)),
  };
}
