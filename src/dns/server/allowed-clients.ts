import { isIPv4 } from "node:net";
import ipaddr from "ipaddr.js";
import { CiloError } from "../../base/errors.ts";

type Range = [ipaddr.IPv4 | ipaddr.IPv6, number];

/** Verdicts kept, so that a client costs one look-up however often it asks. */
const maxKnownClients = 1_024;

/**
 * Makes the check for who is answered: this machine (127.0.0.0/8, ::1, also written as ::ffff:127.0.0.1) always, and
 * clients in one of the ranges given.
 * @param ranges CIDRs or single addresses, IPv4 or IPv6.
 * @returns a check of an address as Node's sockets give it; false for what is no address. Cheap enough for every query.
 * @throws CILO_USAGE when a range is none; details = { range }.
 */
export function createAllowedClients(ranges: readonly string[]): (address: string) => boolean {
  const parsed = ranges.map(parseRange);
  const known = new Map<string, boolean>();
  return (address) => {
    if (isOwnAddress(address)) return true;
    if (parsed.length === 0) return false;
    let verdict = known.get(address);
    if (verdict === undefined) {
      verdict = isInAny(address, parsed);
      // Source addresses are free to make up, so what is known of them must not grow with their number.
      if (known.size >= maxKnownClients) known.clear();
      known.set(address, verdict);
    }
    return verdict;
  };
}

/** By its text: sockets give addresses in one form only. */
function isOwnAddress(address: string): boolean {
  const plain = address.startsWith("::ffff:") ? address.slice(7) : address;
  return plain === "127.0.0.1" || plain === "::1" || (plain.startsWith("127.") && isIPv4(plain));
}

function isInAny(text: string, ranges: readonly Range[]): boolean {
  // A link-local client comes with its interface, fe80::1%eth0, which is none of the range's business.
  const unscoped = text.replace(/%.*$/, "");
  if (!ipaddr.isValid(unscoped)) return false;
  const address = ipaddr.process(unscoped);
  return ranges.some(([base, prefixLength]) => base.kind() === address.kind() && address.match(base, prefixLength));
}

function parseRange(text: string): Range {
  const range = text.includes("/") ? text : `${text}/${isIPv4(text) ? 32 : 128}`;
  if (ipaddr.IPv4.isValidCIDRFourPartDecimal(range) || ipaddr.IPv6.isValidCIDR(range)) return ipaddr.parseCIDR(range);
  throw new CiloError("CILO_USAGE", `cannot allow clients of ${JSON.stringify(text)}: it is no address and no CIDR`, {
    hint: 'give a range of addresses: "cilo dns start --allow 192.168.1.0/24"',
    details: { range: text },
  });
}
