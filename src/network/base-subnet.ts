import { type Block, contains, formatCidr, parseCidr } from "./cidr.ts";

/** Blocks that no machine on the internet has: RFC 1918, and RFC 6598 for addresses shared behind a carrier. */
const privateBlocks = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"];

/** An environment's subnet is a /24: a longer prefix has no room for one. */
const longestPrefix = 24;

/**
 * What keeps a text from being a block of addresses that subnets are taken from, as a clause that follows it: ", which
 * is no IPv4 CIDR ..."; null when it can be one.
 */
export function findBaseSubnetProblem(text: string): string | null {
  const block = parseCidr(text);
  if (block === null) return 'which is no IPv4 CIDR; allowed is one such as "10.224.0.0/16"';
  if (formatCidr(block) !== text)
    return `which has bits beyond its prefix; the block it lies in is "${formatCidr(block)}"`;
  if (!isPrivate(block)) return `which is not private; allowed is a block of ${privateBlocks.join(", ")}`;
  if (block.prefixLength <= longestPrefix) return null;
  return `which has no room for a /${longestPrefix}; allowed are prefixes up to /${longestPrefix}`;
}

function isPrivate(block: Block): boolean {
  return privateBlocks.some((text) => {
    const allowed = parseCidr(text);
    return allowed !== null && contains(allowed, block);
  });
}
